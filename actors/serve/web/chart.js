// Draws one series with dygraphs: the average as a line in a band from the
// least to the greatest value. Names never reach dygraphs, which would take
// them for markup.

import * as format from './format.js';

/* global Dygraph */

// The legend sets styles that our content security policy forbids, and would
// show what the page shows itself.
Dygraph.PLUGINS = Dygraph.PLUGINS.filter(x => x !== Dygraph.Plugins.Legend);

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name)
    .trim();
}

function theme() {
  return {
    colors: [colour('--accent')],
    gridLineColor: colour('--grid'),
    axisLineColor: colour('--line'),
  };
}

export class Chart {
  /**
   * `on.window(from, to)` is called when somebody chose a window (in ms),
   * `on.reset()` when the preset range is wanted again, `on.point(row or null)`
   * for the point under the pointer.
   */
  constructor(element, on) {
    this.element = element;
    this.on = on;
    this.rows = [];
    this.busy = false;
    element.addEventListener('keydown', event => this.key(event));
    element.addEventListener('pointerdown', () => { this.busy = true; });
    for (const end of ['pointerup', 'pointercancel'])
      window.addEventListener(end, () => { this.busy = false; });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change',
      () => this.graph?.updateOptions(theme()));
    new ResizeObserver(() => this.graph?.resize()).observe(element);
  }

  /** Draws `rows` in the window (ms); see api.data. */
  show(rows, from, to) {
    this.rows = rows;
    this.window = [from, to];
    // Without rows dygraphs has nothing to draw axes for.
    const file = rows.length > 0 ? rows
      : [[from, [null, null, null]], [to, [null, null, null]]];
    const change = {file, dateWindow: [from, to]};
    if (this.graph)
      this.graph.updateOptions(change);
    else
      this.create(change);
  }

  create({file, dateWindow}) {
    this.graph = new Dygraph(this.element, file, {
      ...theme(),
      labels: ['time', 'value'],
      customBars: true,
      dateWindow,
      strokeWidth: 1.6,
      fillAlpha: 0.22,
      drawGapEdgePoints: true,
      highlightCircleSize: 4,
      gridLineWidth: 1,
      axisLabelFontSize: 12,
      xRangePad: 0,
      yRangePad: 14,
      axes: {
        x: {
          axisLabelWidth: 66,
          ticker: Dygraph.dateTicker,
          axisLabelFormatter: Dygraph.dateAxisLabelFormatter,
        },
        y: {axisLabelWidth: 58, axisLabelFormatter: x => format.number(x)},
      },
      zoomCallback: (from, to) => this.on.window(from, to),
      highlightCallback: (event, x, points, row) =>
        this.on.point(this.rows[row] ?? null),
      unhighlightCallback: () => this.on.point(null),
      interactionModel: {
        ...Dygraph.defaultInteractionModel,
        dblclick: () => this.on.reset(),
      },
    });
  }

  key(event) {
    if (!this.window || event.ctrlKey || event.metaKey || event.altKey)
      return;
    const [from, to] = this.window;
    const part = (to - from) / 4;
    const change = {
      ArrowLeft: [-part, -part], ArrowRight: [part, part],
      '+': [part, -part], '=': [part, -part], '-': [-2 * part, 2 * part],
    }[event.key];
    if (change) {
      this.on.window(from + change[0], to + change[1]);
      event.preventDefault();
    } else if (event.key === 'Escape' || event.key === 'Home') {
      this.on.reset();
    }
  }
}
