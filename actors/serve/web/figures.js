// Reads the text of /metrics, and says which metrics the view of the service
// shows, and how. Knows nothing of the page.

import * as format from './format.js';

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

// -- what the view shows -----------------------------------------------------

const name = x => `rrdflow_${x}`;

/** "json: 3, number: 1" of a metric's values by reason. */
function reasons(metrics, metric) {
  return [...metrics.by(name(metric), 'reason')].filter(([, x]) => x > 0)
    .map(([reason, x]) => `${reason}: ${format.count(x)}`).join(', ');
}

function seconds(x) {
  return Number.isNaN(x) ? '–' : format.duration(x);
}

/** The large figures; `read(now, before)`: the value, null without one. */
export const cards = [
  {
    name: 'Messages in', rate: true,
    read: (now, before) => now.rate(name('messages_taken_total'), before),
    show: x => `${format.rate(x)} /s`,
    note_: x => `${format.count(x.total(name('messages_taken_total')))} taken`,
  },
  {
    name: 'Rows out', rate: true,
    read: (now, before) => now.rate(name('rows_written_total'), before),
    show: x => `${format.rate(x)} /s`,
    note_: x => `${format.count(x.total(name('rows_written_total')))} written`,
  },
  {
    name: 'Messages waiting',
    read: now => now.total(name('journal_waiting_messages')),
    show: format.count,
    note_: x => `journal: ${format.bytes(x.total(name('journal_bytes')))}`,
  },
  {
    name: 'Rows waiting',
    read: now => now.total(name('rows_waiting')),
    show: format.count,
    note_: x => `oldest: ${seconds(x.total(
      name('oldest_waiting_row_seconds')))}`,
  },
];

/**
 * Lists of [name, value, whether it is trouble] by the id of their place;
 * `time` in seconds since the epoch.
 */
export const facts = {
  'broker-facts': m => {
    const connected = m.total(name('mqtt_connected')) > 0;
    const dropped = m.total(name('broker_dropped_messages'));
    const stalled = [...m.by(name('stalled'), 'reason')]
      .filter(([, x]) => x > 0).map(([reason]) => reason);
    const refused = m.total(name('mqtt_subscriptions_refused_total'));
    const lost = m.total(name('mqtt_sessions_lost_total'));
    return [
      ['Connection', connected ? 'connected' : 'not connected', !connected],
      ['Intake', stalled.length > 0 ? `stalled: ${stalled.join(', ')}`
        : 'open', stalled.length > 0],
      ['Reconnects', format.count(m.total(name('mqtt_reconnects_total')))],
      ['Sessions lost', format.count(lost), lost > 0],
      ['Subscriptions refused', format.count(refused), refused > 0],
      ['Dropped by the broker', Number.isNaN(dropped) ? 'it does not say'
        : format.count(dropped), dropped > 0],
    ];
  },
  'message-facts': m => [
    ['Taken', format.count(m.total(name('messages_taken_total')))],
    ['Decoded', format.count(m.total(name('messages_decoded_total')))],
    ['Ignored', reasons(m, 'messages_ignored_total') || '0'],
    ['Dead', reasons(m, 'messages_dead_total') || '0',
      m.total(name('messages_dead_total')) > 0],
    ['Rows abandoned', reasons(m, 'rows_abandoned_total') || '0',
      m.total(name('rows_abandoned_total')) > 0],
    ['Lost to damaged bytes',
      format.count(m.total(name('journal_gap_messages_total'))),
      m.total(name('journal_gap_messages_total')) > 0],
  ],
  'store-facts': (m, time) => [
    ['Series', format.count(m.total(name('series')))],
    ['Files', format.count(m.total(name('files')))],
    ['In quarantine', format.count(m.total(name('files_quarantined'))),
      m.total(name('files_quarantined')) > 0],
    ['Last snapshot', seconds(m.total(name('snapshot_age_seconds')))],
    ['Restarts of the flow', format.count(m.total(name('restarts_total'))),
      m.total(name('restarts_total')) > 0],
    ['Runs since', seconds(time - m.total('process_start_time_seconds'))],
    ['Memory', format.bytes(m.total('process_resident_memory_bytes'))],
    ['Version', m.all(name('build_info'))[0]?.labels.version ?? '–'],
  ],
};

/** A line for each rule. */
export function ruleLines(now, before, time) {
  const by = (look, metric) => look.by(name(metric), 'rule');
  const [samples, late, refused, last] = ['samples_total',
    'samples_late_total', 'samples_refused_total',
    'rule_last_message_seconds'].map(x => by(now, x));
  const earlier = by(before, 'samples_total');
  const gone = (now.time - before.time) / 1000;
  return [...new Set([...samples.keys(), ...last.keys()])].sort().map(rule => {
    const count = samples.get(rule) ?? 0;
    const more = count - (earlier.get(rule) ?? 0);
    return {
      rule,
      samples: format.count(count),
      rate: gone > 0 && more >= 0 ? format.rate(more / gone) : '–',
      late: format.count(late.get(rule) ?? 0),
      refused: format.count(refused.get(rule) ?? 0),
      last: last.get(rule) > 0
        ? `${format.duration(time - last.get(rule))} ago` : '–',
    };
  });
}
