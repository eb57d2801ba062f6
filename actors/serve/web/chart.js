// Draws series with dygraphs: the mean as a line in a band from the least to
// the greatest value. Names never reach dygraphs, which would take them for
// markup: to it the series are s0, s1 and so on.

import {colour, seriesColour} from './dom.js';
import * as format from './format.js';
import {merge} from './rows.js';

/* global Dygraph */

// The legend sets styles that our content security policy forbids, and would
// show what the page shows itself.
Dygraph.PLUGINS = Dygraph.PLUGINS.filter(x => x !== Dygraph.Plugins.Legend);

/** Unknown: a gap. Not to be mixed up with null, no row: the line goes on. */
const gap = [NaN, NaN, NaN];

function cell(rows, i) {
  return rows.mean[i] === null ? gap
    : [rows.low[i], rows.mean[i], rows.high[i]];
}

/**
 * Fills the band. One shape for each run of points: dygraphs' own plotter makes
 * one for each pair of them, which takes seconds to paint.
 */
function plotBand({drawingContext, points, plotArea, color, dygraph}) {
  const y = part => plotArea.h * part + plotArea.y;
  const close = run => {
    if (run.length < 2)
      return;
    drawingContext.beginPath();
    for (const x of run)
      drawingContext.lineTo(x.canvasx, y(x.y_top));
    for (const x of run.reverse())
      drawingContext.lineTo(x.canvasx, y(x.y_bottom));
    drawingContext.fill();
  };
  drawingContext.save();
  drawingContext.globalAlpha = dygraph.getOption('fillAlpha');
  drawingContext.fillStyle = color;
  let run = [];
  for (const x of points) {
    if (x.yval === null)
      continue; // no row: the line goes on
    if (Number.isNaN(x.yval)) {
      close(run);
      run = [];
    } else {
      run.push(x);
    }
  }
  close(run);
  drawingContext.restore();
}

export class Chart {
  /**
   * `on.window(from, to)` is called when the user chose a window (in ms),
   * `on.reset()` when the range is wanted again, `on.point(time or null, x)`
   * for the place under the pointer.
   */
  constructor(element, on) {
    this.element = element;
    this.on = on;
    this.series = [];
    this.busy = false;
    element.addEventListener('keydown', event => this.key(event));
    element.addEventListener('pointerdown', () => { this.busy = true; });
    for (const end of ['pointerup', 'pointercancel'])
      window.addEventListener(end, () => { this.busy = false; });
    new ResizeObserver(() => this.graph?.resize()).observe(element);
  }

  /** Draws `series` ({rows, slot, right}) in the window (ms). */
  show(series, from, to) {
    const key = series.map(x => `${x.slot}${x.right}`).join();
    this.series = series;
    this.window = [from, to];
    let file = merge(series.map(x => x.rows), cell, null);
    // Without rows dygraphs has nothing to draw axes for.
    if (file.length === 0)
      file = [from, to].map(x => [x, ...series.map(() => null)]);
    const change = {file, dateWindow: [from, to]};
    if (this.graph && this.key_ === key) {
      this.graph.updateOptions(change);
      return;
    }
    this.graph?.destroy();
    this.key_ = key;
    this.create(change);
  }

  theme() {
    return {
      colors: this.series.map(x => seriesColour(x.slot)),
      gridLineColor: colour('--grid'),
      axisLineColor: colour('--line'),
      // Bands of many series would hide the lines.
      fillAlpha: this.series.length > 4 ? 0.1 : 0.2,
    };
  }

  /** After another theme. */
  repaint() {
    this.graph?.updateOptions(this.theme());
  }

  create({file, dateWindow}) {
    const axis = {axisLabelWidth: 50, axisLabelFormatter: format.number};
    const labels = this.series.map((_, i) => `s${i}`);
    this.graph = new Dygraph(this.element, file, {
      ...this.theme(),
      labels: ['time', ...labels],
      series: Object.fromEntries(labels.map((x, i) =>
        [x, {axis: this.series[i].right ? 'y2' : 'y'}])),
      customBars: true,
      plotter: [plotBand, Dygraph.Plotters.linePlotter],
      connectSeparatedPoints: true,
      dateWindow,
      strokeWidth: 1.6,
      drawGapEdgePoints: true,
      pointSize: 1.8,
      highlightCircleSize: 3.5,
      gridLineWidth: 1,
      axisLabelFontSize: 12,
      xRangePad: 0,
      yRangePad: 14,
      axes: {
        x: {
          axisLabelWidth: 60,
          pixelsPerLabel: 62,
          ticker: Dygraph.dateTicker,
          axisLabelFormatter: Dygraph.dateAxisLabelFormatter,
        },
        y: axis,
        y2: {...axis, drawGrid: false, independentTicks: true},
      },
      zoomCallback: (from, to) => this.on.window(from, to),
      highlightCallback: (event, time, points) =>
        this.on.point(time, points[0]?.canvasx ?? 0),
      unhighlightCallback: () => this.on.point(null, 0),
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
