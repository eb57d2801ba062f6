// The view of the service itself: what comes in and goes out, what waits, what
// was lost and why.

import * as api from './api.js';
import {at, element} from './dom.js';
import {cards, facts, Metrics, ruleLines} from './figures.js';
import * as format from './format.js';
import {Reasons} from './reasons.js';

// -- a small picture of how a number went ------------------------------------

const space = 'http://www.w3.org/2000/svg';
const width = 240;
const height = 48;

function shape(tag, attributes) {
  const x = document.createElementNS(space, tag);
  for (const [name, value] of Object.entries(attributes))
    x.setAttribute(name, value);
  return x;
}

class Spark {
  constructor(box) {
    this.area = shape('path', {class: 'area'});
    this.line = shape('path', {class: 'line'});
    const picture = shape('svg', {
      viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none',
      'aria-hidden': 'true', class: 'spark',
    });
    picture.append(this.area, this.line);
    box.append(picture);
  }

  /** `values`: the newest last, null where there is none; `most` fit. */
  show(values, most) {
    const top = Math.max(1e-9, ...values.map(x => x ?? 0)) * 1.15;
    const step = width / (most - 1);
    const points = values.map((x, i) => x === null ? null
      : [width - (values.length - 1 - i) * step, height - x / top * height])
      .filter(Boolean)
      .map(([x, y]) => `${x.toFixed(1)} ${(y - 1).toFixed(1)}`);
    const path = points.length > 1 ? `M${points.join('L')}` : '';
    this.line.setAttribute('d', path);
    this.area.setAttribute('d', path && `${path}L${width} ${height}L${
      points[0].split(' ')[0]} ${height}Z`);
  }
}

// -- the view ----------------------------------------------------------------

const pause = 2000;
const listPause = 10000;

/** Looks that are kept: five minutes. */
const kept = 150;

function term(name, value, trouble) {
  return element(trouble ? 'div.trouble' : 'div', {},
    element('dt', {}, name), element('dd', {}, value));
}

/** A table's lines, or one line that says that there is nothing. */
function fill(body, columns, lines, nothing) {
  body.replaceChildren(...lines.length > 0 ? lines
    : [element('tr', {}, element('td.muted', {colspan: columns}, nothing))]);
}

function cell(label, text, kind = '') {
  return element(`td${kind}`, {'data-label': label},
    element('bdi', {}, format.visible(text)));
}

export class Service {
  /** `on`: see Reasons. */
  constructor(on) {
    this.trouble = on.trouble;
    this.reasons = new Reasons(on);
    this.looks = [];
    this.listed = 0;
    this.busy = false;
    this.cards = cards.map(card => {
      const value = element('p.figure');
      const note = element('p.muted');
      const box = element('section.card', {'aria-label': card.name},
        element('h3', {}, card.name), value, note);
      at('cards').append(box);
      return {...card, value, note, spark: new Spark(box)};
    });
    setInterval(() => this.refresh(), pause);
  }

  show({view, why}) {
    this.shown = view === 'service';
    if (this.reasons.show(this.shown ? why : ''))
      this.listed = 0;
    if (this.shown)
      this.refresh();
    else
      this.trouble('service', null);
  }

  async refresh() {
    if (!this.shown || document.hidden || this.busy)
      return;
    this.busy = true;
    try {
      const [text, reasons] = await Promise.all(
        [api.metrics(), api.readiness()]);
      this.looks.push(new Metrics(text, api.now()));
      this.looks.splice(0, this.looks.length - kept);
      this.showReadiness(reasons);
      this.showFigures();
      if (api.now() - this.listed > listPause) {
        const [dead, files] = await Promise.all(
          [api.dead(), api.quarantine(), this.reasons.refresh()]);
        this.showDead(dead);
        this.showQuarantine(files);
        this.listed = api.now();
      }
      this.trouble('service', null);
    } catch (error) {
      this.trouble('service', error);
    } finally {
      this.busy = false;
    }
  }

  showReadiness(reasons) {
    at('ready').textContent = reasons.length === 0
      ? 'Ready: messages are taken and written.'
      : `Not ready: ${reasons.join(', ')}.`;
    at('ready').dataset.state = reasons.length === 0 ? 'good' : 'bad';
  }

  showFigures() {
    const now = this.looks.at(-1);
    // Over ten seconds: what comes in batches is calmer so.
    const at_ = i => this.looks[Math.max(0, i - 5)];
    for (const card of this.cards) {
      const values = this.looks.map((look, i) =>
        i === 0 && card.rate ? null : card.read(look, at_(i)));
      const value = values.at(-1);
      card.value.textContent = value === null || Number.isNaN(value) ? '–'
        : card.show(value);
      card.note.textContent = card.note_(now);
      card.spark.show(values.map(x => Number.isNaN(x) ? null : x),
        Math.max(30, values.length));
    }
    for (const [id, list] of Object.entries(facts))
      at(id).replaceChildren(...list(now, api.now() / 1000)
        .map(([name, value, trouble]) => term(name, value, trouble)));
    fill(at('rules'), 6, ruleLines(now, at_(this.looks.length - 1),
      api.now() / 1000).map(x => element('tr', {},
      element('th', {scope: 'row'},
        element('bdi', {}, format.visible(x.rule))),
      cell('Samples', x.samples, '.number'), cell('Per second', x.rate,
        '.number'),
      cell('Late', x.late, '.number'), cell('Refused', x.refused, '.number'),
      cell('Last message', x.last, '.number'))), 'No rule has taken a message.');
  }

  showDead(messages) {
    fill(at('dead'), 4, messages.map(x => element('tr', {},
      cell('Time', format.time(Date.parse(x.time)), '.time'),
      cell('Topic', x.topic, '.topic'),
      cell('Reason', x.reason, '.reason'),
      element('td.payload', {'data-label': 'Payload'},
        element('code', {}, format.visible(x.payload) || '(empty)')))),
    'None since the start.');
  }

  showQuarantine(files) {
    fill(at('quarantine'), 5, files.map(x => element('tr', {},
      cell('Set aside', format.time(Date.parse(x.time)), '.time'),
      cell('Was', x.was || '–', '.topic'),
      cell('Reason', x.reason || '–', '.reason'),
      cell('Size', format.bytes(x.bytes), '.number'),
      cell('Now in the store as', x.file, '.topic'))),
    'No file is in quarantine.');
  }
}
