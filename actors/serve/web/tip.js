// What is at the pointer: a small table beside it.

import {element} from './dom.js';
import * as format from './format.js';
import {nearest} from './rows.js';

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
