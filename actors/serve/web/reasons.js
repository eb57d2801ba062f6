// What was not stored: a list by reason, or all that is known of one topic or
// series.

import * as api from './api.js';
import {at, breakable, element, place} from './dom.js';
import * as format from './format.js';

// -- the reasons -------------------------------------------------------------

/** In the order of the list: the API's kinds and reasons in plain English. */
const kinds = {
  refused: ['Refused', {
    collision: 'The name belongs to another topic or field',
    limit: 'Too many series',
    name: 'No file can have the name',
    file: 'The file cannot take it',
    future: 'Time too far in the future',
    past: 'Time too far in the past',
    range: 'The value does not fit the type',
    time: 'No time that can be read',
    field: 'A field that the name needs is missing',
  }],
  late: ['Late', {late: 'The rows of its time were sealed'}],
  abandoned: ['Abandoned', {
    forgotten: 'The file was let go and could not be written',
    redefined: 'The file was defined anew, and the rows fit nowhere',
    unknown_file: 'The rows belong to no file that is known',
    unwritable: 'The file refuses the rows',
  }],
  dead: ['Dead', {
    too_large: 'Payload too large',
    bad_topic: 'No valid topic',
    json: 'No valid JSON',
    depth: 'JSON nested too deeply',
    number: 'No number',
    internal: 'Decoding failed',
    journal_damaged: 'Damaged in the journal',
    poison: 'The service ended over it',
  }],
  warning: ['Warning', {
    identity: 'Values of several devices in one series',
    decimals: 'Decimals in a series of whole numbers',
    heartbeat: 'Heartbeat shorter than the pauses',
    reset: 'A counter that went back',
  }],
  ignored: ['Ignored', {
    no_rule: 'No rule takes the topic',
    dropped: 'A rule says drop',
    empty: 'No payload',
    text: 'Text that is no value',
    no_value: 'No field that is stored',
    retained: 'Retained by the broker',
    overlap: 'Another copy of it counts',
  }],
};

const order = Object.entries(kinds).flatMap(([kind, [, reasons]]) =>
  Object.keys(reasons).map(reason => `${kind} ${reason}`));

/** What a later service may add goes last. */
function rank(key) {
  return order.includes(key) ? order.indexOf(key) : order.length;
}

/** [kind and reason, their entries with the newest first] of each. */
function grouped(entries) {
  const groups = new Map();
  for (const x of entries) {
    const key = `${x.kind} ${x.reason}`;
    if (!groups.has(key))
      groups.set(key, []);
    groups.get(key).push({...x, time: Date.parse(x.time)});
  }
  // Those of several shards come one behind the other.
  for (const list of groups.values())
    list.sort((a, b) => b.time - a.time);
  return [...groups].sort(([a], [b]) => rank(a) - rank(b));
}

// -- one entry: a line of a table --------------------------------------------

/** What is to be searched for to see more of it. */
function nameOf(x) {
  return x.topic || x.series;
}

/** `text` whose times are not broken at their dashes. */
function prose(text) {
  return format.visible(text).split(/(\d{4}-\d\d-\d\dT[\d:.]+Z)/)
    .map((x, i) => i % 2 === 0 ? x : element('span.time', {}, x));
}

class Line {
  constructor(link) {
    this.link = link;
    this.name = element('a');
    this.parts = element('span.parts.muted');
    this.count = element('td.number', {'data-label': 'Times'});
    this.time = element('td.time', {'data-label': 'Last'});
    this.payload = element('td.payload', {'data-label': 'Payload'});
    this.row = element('tr', {},
      element('td.topic', {'data-label': 'Topic or series'}, this.name,
        this.parts),
      this.count, this.time, this.payload);
    this.why = element('td', {colspan: 4, 'data-label': 'Why'});
    this.below = element('tr.below', {}, this.why);
  }

  /** `apart`: its text is not that of the others. */
  update(x, apart) {
    const name = nameOf(x);
    this.link(this.name, name);
    const shown = format.visible(name);
    if (this.name.textContent !== shown)
      this.name.replaceChildren(breakable(shown));
    this.parts.replaceChildren(...[x.path && `field ${x.path}`,
      x.topic && x.series && x.series !== x.topic && `series ${x.series}`]
      .filter(Boolean).map(text => element('bdi', {}, format.visible(text))));
    this.count.textContent = format.count(x.count ?? undefined);
    this.time.textContent = format.time(x.time);
    this.payload.replaceChildren(x.payload || x.topic
      ? element('code', {}, format.visible(x.payload) || '(empty)') : '–');
    this.why.replaceChildren(...prose(x.text));
    this.below.hidden = !apart;
  }
}

function table(body) {
  return element('table.stack', {}, element('thead', {}, element('tr', {},
    element('th.topic', {scope: 'col'}, 'Topic or series'),
    element('th.number', {scope: 'col'}, 'Times'),
    element('th.time', {scope: 'col'}, 'Last'),
    element('th.payload', {scope: 'col'}, 'Payload'))), body);
}

// -- the entries of one reason -----------------------------------------------

const few = 3;

/** The service tells no more of a reason, unless it is asked for a topic. */
const most = 20;

function howMany(entries, whole) {
  const what = entries[0].topic ? ['topic', 'topics'] : ['series', 'series'];
  const n = new Set(entries.map(nameOf)).size;
  return n === 1 ? `1 ${what[0]}`
    : `${!whole && entries.length >= most ? 'the last ' : ''}${n} ${what[1]}`;
}

class Group {
  constructor({kind, reason}, link) {
    this.link = link;
    this.lines = new Map();
    const [label, reasons] = kinds[kind] ?? [format.visible(kind), {}];
    this.count = element('span.muted');
    this.text = element('p.why');
    this.newest = element('tbody');
    this.older = element('tbody');
    this.more = element('summary');
    this.rest = element('details', {}, this.more, table(this.older));
    const name = reasons[reason] ?? format.visible(reason);
    this.box = element('section.wide.unstored',
      {'aria-label': `${label}: ${name}`},
      element('header', {}, element('span.kind', {'data-kind': kind}, label),
        element('h4', {}, name), this.count),
      this.text, table(this.newest), this.rest);
  }

  update(entries, whole) {
    this.count.textContent = howMany(entries, whole);
    const apart = entries.some(x => x.text !== entries[0].text);
    this.text.hidden = apart || !entries[0].text;
    this.text.replaceChildren(...prose(entries[0].text));
    const before = this.lines;
    this.lines = new Map();
    entries.forEach((x, i) => {
      let key = [x.topic, x.path, x.series].join('\0');
      if (this.lines.has(key))
        key += `\0${i}`;
      const line = before.get(key) ?? new Line(this.link);
      line.update(x, apart);
      this.lines.set(key, line);
    });
    const rows = [...this.lines.values()].map(x => [x.row, x.below]);
    place(this.newest, rows.slice(0, few).flat());
    place(this.older, rows.slice(few).flat());
    this.rest.hidden = rows.length <= few;
    this.more.textContent = `${rows.length - few} more`;
  }
}

class Groups {
  constructor(box, link) {
    this.box = box;
    this.link = link;
    this.groups = new Map();
  }

  /** `whole`: the service left none out. */
  show(entries, whole) {
    const before = this.groups;
    this.groups = new Map();
    for (const [key, list] of grouped(entries)) {
      const group = before.get(key) ?? new Group(list[0], this.link);
      group.update(list, whole);
      this.groups.set(key, group);
    }
    place(this.box, [...this.groups.values()].map(x => x.box));
  }
}

// -- the list, and the search ------------------------------------------------

function seriesLine(x, link) {
  const name = element('a', {}, breakable(format.visible(x.name)));
  link(name, x.name);
  const from = x.path ? `${x.topic}, ${x.path}` : x.topic;
  return element(x.stale ? 'tr.stale' : 'tr', {},
    element('td.topic', {'data-label': 'Series'}, name),
    element('td.number.last', {'data-label': 'Last value'},
      format.number(x.value)),
    element('td.number.age', {'data-label': 'Age'}, x.age === null ? '–'
      : format.duration(x.age) + (x.stale ? ' · stale' : '')),
    element('td.rule', {'data-label': 'Rule'},
      element('bdi', {}, format.visible(x.rule))),
    element('td.topic', {'data-label': 'From'},
      element('bdi', {}, format.visible(from))));
}

function passedLine(x) {
  return element('tr', {},
    element('td.topic', {'data-label': 'Field passed over'},
      element('bdi', {}, format.visible(x.path) || '(the payload)')),
    element('td.payload', {'data-label': 'Value'},
      element('code', {}, format.visible(x.payload) || '–')),
    element('td', {'data-label': 'Why'},
      format.visible(x.text || x.reason)));
}

export class Reasons {
  /**
   * `on.go(change)` changes the state, `on.address(change)` is where that
   * leads; `on.trouble(what, error or null)`.
   */
  constructor(on) {
    this.on = on;
    this.name = '';
    this.request = new AbortController();
    const why = (x, name) =>
      x.setAttribute('href', on.address({view: 'service', why: name}));
    this.chart = (x, name) =>
      x.setAttribute('href', on.address({view: 'chart', series: [name]}));
    this.all = new Groups(at('reasons'), why);
    this.found = new Groups(at('found-reasons'), why);
    at('why-form').addEventListener('submit', event => {
      event.preventDefault();
      const name = at('why').value.trim();
      if (name && name === this.name)
        this.search();
      else
        on.go({why: name});
    });
    at('why-all').addEventListener('click', () => {
      on.go({why: ''});
      at('why').focus();
    });
  }

  /**
   * Shows what is known of `name`; the list if it is empty. Returns whether
   * that takes the place of a search's result, and is old.
   */
  show(name) {
    if (name === this.name)
      return false;
    this.name = name;
    this.request.abort();
    this.on.trouble('why', null);
    at('why').value = name;
    at('reasons').hidden = name !== '';
    at('found').hidden = true;
    at('why-all').hidden = name === '';
    at('why-said').textContent = name ? 'Searching …' : '';
    if (name)
      this.search();
    return name === '';
  }

  /** The list anew, unless the result of a search stands in its place. */
  async refresh() {
    if (this.name)
      return;
    const {reasons} = await api.why('');
    this.all.show(reasons, false);
    if (!this.name)
      at('why-said').textContent = reasons.length > 0 ? ''
        : 'All that came was stored.';
  }

  async search() {
    this.request.abort();
    this.request = new AbortController();
    try {
      this.showFound(await api.why(this.name, this.request.signal));
      this.on.trouble('why', null);
    } catch (error) {
      if (error.name !== 'AbortError')
        at('why-said').textContent = 'No answer.';
      this.on.trouble('why', error);
    }
  }

  showFound({series, reasons}) {
    const passed = reasons.filter(x => x.kind === 'passed');
    const others = reasons.filter(x => x.kind !== 'passed');
    const name = format.visible(this.name);
    at('why-said').textContent = others.length > 0 ? ''
      : series.length > 0 || passed.length > 0
        ? 'Nothing was left out that had a value.'
        : `No message on “${name}” is known, and no series has this name.`;
    at('found-name').replaceChildren(breakable(name));
    at('found-series').replaceChildren(
      ...series.map(x => seriesLine(x, this.chart)));
    at('found-series').closest('.wide').hidden = series.length === 0;
    this.found.show(others, true);
    at('found-passed').replaceChildren(...passed.map(passedLine));
    at('found-passed').closest('.wide').hidden = passed.length === 0;
    at('found').hidden = false;
    // Who came by a link shall see it.
    if (document.activeElement !== at('why'))
      at('found-name').focus();
  }
}
