// The chart view: which series are shown, their rows and last values, and what
// keeps them up to date.

import * as api from './api.js';
import {Chart} from './chart.js';
import {at} from './dom.js';
import {saveCsv, savePng} from './exports.js';
import * as format from './format.js';
import {Legend, Tip} from './legend.js';
import {extend, newest} from './rows.js';
import {hashOf, maxSeries, ranges} from './state.js';

const second = 1000;

/** Rows are asked for again this often if no event says that there are more. */
const idlePause = {heard: 60 * second, deaf: 5 * second};

export class Plot {
  /** `on.go(change)` changes the state; `on.trouble(what, error or null)`. */
  constructor(on) {
    this.on = on;
    this.shown = new Map();
    this.state = null;
    this.hears = false;
    this.chart = new Chart(at('chart'), {
      window: (from, to) => this.zoom(from, to),
      reset: () => on.go({from: null, to: null}),
      point: (time, x) => this.tip.show(this.list(), time, x),
    });
    this.tip = new Tip(at('tip'));
    this.legend = new Legend(at('legend'), on.go);
    this.live = new api.Live({
      value: x => this.hear(x),
      state: hears => { this.hears = hears; this.showLive(); },
    });
    at('csv').addEventListener('click', () => saveCsv(this.list()));
    at('png').addEventListener('click',
      () => savePng(at('chart'), this.list(), this.window()));
    setInterval(() => this.tick(), second);
  }

  list() {
    return [...this.shown.values()];
  }

  /** The colour's number of a series that is shown, else null. */
  slotOf(name) {
    return this.shown.get(name)?.slot ?? null;
  }

  /** Whether the range ends now. */
  follows() {
    return this.state.from === null;
  }

  /** [from, to] in ms. */
  window() {
    if (!this.follows())
      return [this.state.from * 1000, this.state.to * 1000];
    // The running slot's row carries the slot's end, which is yet to come.
    const now = api.now();
    const end = Math.max(now, ...this.list().map(x =>
      x.rows ? newest(x.rows) ?? 0 : 0));
    return [now - ranges[this.state.range] * 1000, end];
  }

  zoom(from, to) {
    const least = 10;
    let [a, b] = [Math.floor(from / 1000), Math.ceil(to / 1000)];
    if (b - a < least)
      [a, b] = [a - least, b + least];
    this.on.go({from: Math.max(1, a), to: b});
  }

  /** Takes over what the state says. */
  show(state) {
    this.state = state;
    const before = this.shown;
    this.shown = new Map(state.series.map(name => [name,
      before.get(name) ?? {
        name, slot: null, info: null, last: null, rows: null, key: '',
        tailed: 0, looked: api.now(), dirty: false, failed: false,
        request: new AbortController(),
      }]));
    const gone = [...before.values()].filter(x => !this.shown.has(x.name));
    for (const x of gone) {
      x.request.abort();
      this.on.trouble(`data of ${x.name}`, null);
      this.on.trouble(`last value of ${x.name}`, null);
    }
    const free = [...Array(maxSeries).keys()].filter(slot =>
      !this.list().some(x => x.slot === slot));
    for (const x of this.list()) {
      x.slot ??= free.shift();
      x.right = state.right.includes(x.name);
      this.load(x);
    }
    if (gone.length > 0 && gone.length === before.size)
      this.tip.hide();
    this.live.listen(this.follows() ? state.series : []);
    this.showLive();
    this.draw();
  }

  points() {
    return Math.min(2000, Math.max(200, at('chart').clientWidth));
  }

  async load(x) {
    const {range, from, to} = this.state;
    const key = [range, from, to].join();
    if (x.key === key)
      return;
    x.key = key;
    x.request.abort();
    x.request = new AbortController();
    x.tailed = api.now();
    x.dirty = false;
    const [begin, end] = this.window();
    await this.attempt(x, async signal => {
      const rows = await api.data(x.name, begin / 1000,
        this.follows() ? api.now() / 1000 : end / 1000, this.points(), signal);
      if (x.key === key)
        x.rows = rows;
    });
    if (!x.info)
      this.look(x);
  }

  /** Asks for what came since. */
  async tail(x) {
    const {rows, key} = x;
    x.tailed = api.now();
    x.dirty = false;
    const from = Math.floor((rows.times.at(-1) ?? this.window()[0]) / 1000)
      - 3 * rows.step;
    // With whole steps the answer has the rows' own resolution.
    const points = Math.ceil((api.now() / 1000 - from) / rows.step) + 1;
    await this.attempt(x, async signal => {
      const more = await api.data(x.name, from, from + points * rows.step,
        points, signal);
      if (x.key !== key || x.rows !== rows)
        return;
      if (more.step === rows.step && more.times.length > 0)
        x.rows = extend(rows, more, this.window()[0] - rows.step * 1000);
      else
        x.key = ''; // another archive: all anew
    });
    if (x.key === '')
      this.load(x);
  }

  async attempt(x, work) {
    const {signal} = x.request;
    try {
      await work(signal);
      x.failed = false;
      this.on.trouble(`data of ${x.name}`, null);
    } catch (error) {
      x.failed = error.name !== 'AbortError';
      this.on.trouble(`data of ${x.name}`, error);
    }
    if (this.shown.get(x.name) === x && !signal.aborted)
      this.draw();
  }

  /** Asks what is known of it. */
  async look(x) {
    x.looked = api.now();
    try {
      x.info = await api.series(x.name) ?? {missing: true};
      if (x.info.time)
        this.hear({series: x.name, time: Date.parse(x.info.time),
          value: x.info.value});
      this.legend.show(this.list());
      this.showHeading();
      this.on.trouble(`last value of ${x.name}`, null);
    } catch (error) {
      this.on.trouble(`last value of ${x.name}`, error);
    }
  }

  hear({series, time, value}) {
    const x = this.shown.get(series);
    if (!x || x.last && x.last.time > time)
      return;
    x.dirty ||= x.last ? x.last.time !== time : time > x.tailed;
    x.last = {time, value};
  }

  tick() {
    if (!this.state || this.state.view !== 'chart' || document.hidden)
      return;
    const now = api.now();
    const idle = this.hears ? idlePause.heard : idlePause.deaf;
    for (const x of this.list()) {
      if (now - x.looked > idle)
        this.look(x);
      if (x.failed && now - x.tailed > idlePause.deaf) {
        x.key = '';
        this.load(x);
        continue;
      }
      if (!this.follows() || !x.rows || this.chart.busy)
        continue;
      const pause = Math.min(60 * second,
        Math.max(second / 2, x.rows.step * second / 4));
      if (now - x.tailed > (x.dirty ? pause : idle))
        this.tail(x);
    }
    this.legend.show(this.list());
    const [from, to] = this.window();
    const width = (to - from) / Math.max(1, at('chart').clientWidth);
    if (this.follows() && to - this.drawn > width && !this.chart.busy)
      this.draw();
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      const series = this.list().filter(x => x.rows);
      const [from, to] = this.window();
      this.drawn = to;
      if (series.length > 0 && !this.chart.busy) {
        // What is at the very end shall be seen, too.
        this.chart.show(series, from,
          this.follows() ? to + (to - from) * 0.008 : to);
        if (performance.getEntriesByName('first-chart').length === 0)
          performance.mark('first-chart');
      }
      at('nothing').hidden = series.length < this.shown.size
        || series.some(x => x.rows.mean.some(value => value !== null));
      at('period').textContent = format.span(from, to);
      this.legend.show(this.list());
      this.showHeading();
    });
  }

  showHeading() {
    const names = this.state.series.map(format.visible);
    at('chart').setAttribute('aria-label', `Chart of ${names.join(', ')}`);
    const {info} = this.list()[0] ?? {};
    const one = names.length === 1 && info && !info.missing;
    const from = one && info.path ? `${info.topic}, ${info.path}` : info?.topic;
    at('rule').textContent = one
      ? `Rule ${format.visible(info.rule)} · from ${format.visible(from)} · `
      : '';
    at('origin').hidden = names.length !== 1;
    at('to-why').href = hashOf({...this.state, view: 'service',
      why: this.state.series[0] ?? ''});
  }

  showLive() {
    const follows = this.state?.from === null;
    at('live').textContent = !follows ? 'Paused'
      : this.hears ? 'Live' : 'Connecting …';
    at('live').dataset.state = !follows ? 'off' : this.hears ? 'on' : 'wait';
  }

  repaint() {
    this.chart.repaint();
  }
}
