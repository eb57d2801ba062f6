// Which metrics the view of the service shows, and how.

import * as format from './format.js';

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
