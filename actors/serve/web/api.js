// Talks to the service. Only GET: this page changes nothing.

/** The server's clock minus the browser's in milliseconds. */
let skew = 0;

/** Milliseconds since the epoch by the server's clock. */
export function now() {
  return Date.now() + skew;
}

export function address(path, parameters) {
  return `${path}?${new URLSearchParams(parameters)}`;
}

async function ask(path, parameters, signal) {
  const response = await fetch(address(path, parameters), {signal});
  const date = Date.parse(response.headers.get('Date'));
  // The field has whole seconds: smaller differences mean nothing.
  if (!Number.isNaN(date) && Math.abs(date - now()) > 2000)
    skew = date - Date.now();
  return response;
}

async function get(path, parameters, signal) {
  const response = await ask(path, parameters, signal);
  if (response.ok)
    return response.json();
  const text = await response.json().then(x => x.error, () => '');
  throw new Error(text || `HTTP status ${response.status}`);
}

/** A page of series that match, behind the name `after`. */
export function search(query, after, limit, signal) {
  return get('/api/v1/series', {query, after, limit}, signal);
}

/** What is known of one series, or nothing. */
export async function series(name, signal) {
  return (await get('/api/v1/series', {name, limit: 1}, signal))[0];
}

/** One level of the tree, behind the node `after`. */
export function tree(prefix, after, limit, signal) {
  return get('/api/v1/tree', {prefix, after, limit}, signal);
}

/**
 * Rows of a series (times in seconds): {step, times in ms, mean, low, high};
 * null is unknown.
 */
export async function data(name, from, to, points, signal) {
  const {start, step, average, min, max} = await get('/api/v1/data', {
    series: name, from: Math.floor(from), to: Math.ceil(to), points,
    cf: 'average,min,max', format: 'columns',
  }, signal);
  return {
    step,
    times: average.map((_, i) => (start + (i + 1) * step) * 1000),
    mean: average,
    // A file may have no archive for the band.
    low: average.map((x, i) => x === null ? null : min?.[i] ?? x),
    high: average.map((x, i) => x === null ? null : max?.[i] ?? x),
  };
}

export async function metrics(signal) {
  const response = await ask('/metrics', {}, signal);
  if (!response.ok)
    throw new Error(`HTTP status ${response.status}`);
  return response.text();
}

/** What keeps the service from being ready; empty: nothing. */
export async function readiness(signal) {
  const response = await ask('/readyz', {}, signal);
  const {ready, reasons, error} = await response.json();
  return ready ? [] : reasons ?? [error ?? 'not ready'];
}

export function dead(signal) {
  return get('/api/v1/dead', {}, signal);
}

export function quarantine(signal) {
  return get('/api/v1/quarantine', {}, signal);
}

/**
 * What of this topic or series was not stored, and what is known of it: {series,
 * reasons}; without a name the last of each reason.
 */
export function why(name, signal) {
  return get('/api/v1/why', name ? {topic: name} : {}, signal);
}

// -- live values -------------------------------------------------------------

const retryPause = 5000;

/**
 * Last values as they come, by server-sent events. A hidden page does not
 * listen: browsers have few connections for all tabs together.
 */
export class Live {
  /**
   * `on.value({series, time in ms, value})` for each new value; `on.state(true
   * or false)`: whether the connection is open.
   */
  constructor(on) {
    this.on = on;
    this.names = [];
    this.source = null;
    this.retry = 0;
    document.addEventListener('visibilitychange', () => this.connect());
  }

  /** Listens to these series only; to none: not at all. */
  listen(names) {
    if (names.join('\n') === this.names.join('\n'))
      return;
    this.names = names;
    this.connect();
  }

  connect() {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = null;
    this.on.state(false);
    if (document.hidden || this.names.length === 0)
      return;
    const source = new EventSource(
      address('/api/v1/live', this.names.map(x => ['series', x])));
    source.onopen = () => this.on.state(true);
    source.onmessage = event => {
      const x = JSON.parse(event.data);
      this.on.value({...x, time: Date.parse(x.time)});
    };
    source.onerror = () => {
      this.on.state(false);
      // Refused, e.g. because there are too many: the browser gives up then.
      if (source.readyState === EventSource.CLOSED && this.source === source)
        this.retry = setTimeout(() => this.connect(), retryPause);
    };
    this.source = source;
  }
}
