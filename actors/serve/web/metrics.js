// Reads the text of /metrics. Knows nothing of the page.

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

function unescape(text) {
  return text.replace(/\\(.)/g, (_, x) => x === 'n' ? '\n' : x);
}

/** One look at the metrics. */
export class Metrics {
  constructor(text, time) {
    this.time = time;
    this.samples = new Map();
    for (const x of text.split('\n')) {
      const [, name, labels, value] = line.exec(x) ?? [];
      if (!name)
        continue;
      if (!this.samples.has(name))
        this.samples.set(name, []);
      this.samples.get(name).push({
        labels: Object.fromEntries([...(labels ?? '').matchAll(label)]
          .map(([, key, text_]) => [key, unescape(text_)])),
        value: Number(value),
      });
    }
  }

  /** All samples of a metric: {labels, value}. */
  all(name) {
    return this.samples.get(name) ?? [];
  }

  /** Their sum; NaN without any. */
  total(name) {
    const xs = this.all(name);
    return xs.length === 0 ? NaN : xs.reduce((sum, x) => sum + x.value, 0);
  }

  /** Values by a label, e.g. by reason. */
  by(name, key) {
    const result = new Map();
    for (const x of this.all(name))
      result.set(x.labels[key], (result.get(x.labels[key]) ?? 0) + x.value);
    return result;
  }

  /** Per second since an earlier look; null if a restart lies between. */
  rate(name, before) {
    const [now, then] = [this.total(name), before?.total(name)];
    return before && now >= then
      ? (now - then) / ((this.time - before.time) / 1000) : null;
  }
}
