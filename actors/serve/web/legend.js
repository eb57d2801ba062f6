// The table under the chart: a line for each series with its colour, its last
// value and its figures in the range. Lines are made once and then updated, so
// that focus stays where it is.

import {now} from './api.js';
import {breakable, element} from './dom.js';
import * as format from './format.js';
import {nearest, statistics} from './rows.js';

const columns = {
  last: 'Last', age: 'Age', min: 'Min', mean: 'Mean', max: 'Max',
  count: 'Count', step: 'Step',
};

class Line {
  constructor(series, go, names) {
    this.name = series.name;
    const shown = format.visible(series.name);
    this.cells = Object.fromEntries(Object.entries(columns).map(([key, text]) =>
      [key, element(`td.${key}`, {'data-label': text})]));
    this.axis = element('button.quiet', {
      type: 'button', 'aria-label': `Right axis for ${shown}`,
      title: 'Draw on an axis of its own, on the right',
      onclick: () => go({right: names.right().includes(this.name)
        ? names.right().filter(x => x !== this.name)
        : [...names.right(), this.name]}),
    }, 'Right');
    const remove = element('button.quiet.remove', {
      type: 'button', 'aria-label': `Remove ${shown}`, title: 'Remove',
      onclick: () => go({series: names.all().filter(x => x !== this.name)}),
    }, '✕');
    this.row = element('tr', {'data-slot': series.slot},
      element('th', {scope: 'row'}, element('span.swatch'), breakable(shown)),
      ...Object.values(this.cells),
      element('td.actions', {}, this.axis, remove));
  }

  update(x) {
    const {rows, info, last} = x;
    const set = (key, text) => {
      if (this.cells[key].textContent !== text)
        this.cells[key].textContent = text;
    };
    const age = last ? (now() - last.time) / 1000 : null;
    const stale = info?.missing || info?.alive === false
      || (info?.heartbeat > 0 && age !== null && age > info.heartbeat);
    set('last', format.number(last?.value));
    set('age', info?.missing ? 'no such series'
      : age === null ? '–' : format.duration(age) + (stale ? ' · stale' : ''));
    this.row.classList.toggle('stale', stale);
    this.axis.setAttribute('aria-pressed', String(x.right));
    if (!rows || rows === this.rows)
      return;
    this.rows = rows;
    const figures = statistics(rows);
    for (const key of ['min', 'mean', 'max'])
      set(key, format.number(figures[key]));
    set('count', format.count(figures.count));
    set('step', format.duration(rows.step));
  }
}

export class Legend {
  constructor(table, go) {
    this.go = go;
    this.lines = new Map();
    this.series = [];
    this.body = element('tbody');
    table.append(
      element('thead', {}, element('tr', {},
        element('th', {scope: 'col'}, 'Series'),
        ...Object.entries(columns).map(([key, text]) =>
          element(`th.${key}`, {scope: 'col'}, text)),
        element('td'))),
      this.body);
  }

  show(series) {
    this.series = series;
    const names = {
      all: () => this.series.map(x => x.name),
      right: () => this.series.filter(x => x.right).map(x => x.name),
    };
    const before = [...this.lines.values()];
    this.lines = new Map(series.map(x =>
      [x, this.lines.get(x) ?? new Line(x, this.go, names)]));
    const after = [...this.lines.values()];
    if (before.length !== after.length || before.some((x, i) => x !== after[i]))
      this.body.replaceChildren(...after.map(x => x.row));
    this.lines.forEach((line, x) => line.update(x));
  }
}

/** The values at the pointer: a small table beside it. */
export class Tip {
  constructor(box) {
    this.box = box;
  }

  hide() {
    this.box.hidden = true;
  }

  /** `x`: where the time is, in pixels from the chart's left. */
  show(series, time, x) {
    this.box.hidden = time === null;
    if (time === null)
      return;
    const lines = series.filter(one => one.rows).map(one => {
      const i = nearest(one.rows, time);
      const [mean, low, high] = i === null ? [null, null, null]
        : [one.rows.mean[i], one.rows.low[i], one.rows.high[i]];
      const band = mean !== null && (low !== mean || high !== mean)
        ? `${format.number(low)} … ${format.number(high)}` : '';
      return element('tr', {'data-slot': one.slot},
        element('th', {scope: 'row'}, element('span.swatch'),
          element('bdi', {}, format.visible(format.split(one.name)[1]))),
        element('td', {}, format.number(mean)),
        element('td.band', {}, band));
    });
    this.box.replaceChildren(
      element('p', {}, format.time(time)),
      element('table', {}, element('tbody', {}, ...lines)));
    const width = this.box.parentElement.clientWidth;
    const left = x > width / 2;
    this.box.style.left = left ? 'auto' : `${x + 28}px`;
    this.box.style.right = left ? `${width - x + 4}px` : 'auto';
  }
}
