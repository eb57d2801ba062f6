// What is on the screen as a file: the rows as CSV, the chart as PNG.

import {colour, download, seriesColour} from './dom.js';
import * as format from './format.js';
import {merge, statistics} from './rows.js';

/** Spreadsheets take a text that begins so for a formula. */
const formula = /^[=+\-@\t\r]/;

function quoted(text) {
  const safe = formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function fileName(series, type) {
  const base = series.length === 1
    ? series[0].name.replace(/[^A-Za-z0-9._-]+/g, '-') : 'rrdflow';
  return `${base}-${format.stamp(Date.now())}.${type}`;
}

/** All rows that are loaded: time, then mean, min and max of each series. */
export function csvText(series) {
  const header = ['time', ...series.flatMap(({name}) =>
    [name, `${name} min`, `${name} max`])];
  const cell = (rows, i) => [rows.mean[i], rows.low[i], rows.high[i]];
  const lines = merge(series.map(x => x.rows), cell, [null, null, null])
    .map(([time, ...cells]) => [
      new Date(time).toISOString().replace('.000', ''),
      ...cells.flat().map(x => x ?? '')].join());
  return `${[header.map(quoted).join(), ...lines].join('\r\n')}\r\n`;
}

export function saveCsv(series) {
  const loaded = series.filter(x => x.rows);
  download(new Blob([csvText(loaded)], {type: 'text/csv'}),
    fileName(loaded, 'csv'));
}

const margin = 16;
const line = 22;

/** Draws the chart with its axes, a title and a legend. */
function drawn(chart, series, [from, to]) {
  const scale = window.devicePixelRatio || 1;
  const place = chart.getBoundingClientRect();
  const top = margin + line;
  const canvas = document.createElement('canvas');
  canvas.width = (place.width + 2 * margin) * scale;
  canvas.height = (top + place.height + margin + line * series.length + margin)
    * scale;
  const to2d = canvas.getContext('2d');
  to2d.scale(scale, scale);
  to2d.fillStyle = colour('--surface');
  to2d.fillRect(0, 0, canvas.width, canvas.height);
  const family = getComputedStyle(document.body).fontFamily;
  const text = (x, y, words, size = 13, style = '--text', weight = '') => {
    to2d.font = `${weight} ${size}px ${family}`;
    to2d.fillStyle = colour(style);
    to2d.fillText(words, x, y);
  };
  to2d.textBaseline = 'top';
  text(margin, margin, format.span(from, to), 13, '--muted');
  for (const part of chart.querySelectorAll('canvas')) {
    const box = part.getBoundingClientRect();
    to2d.drawImage(part, box.x - place.x + margin, box.y - place.y + top,
      box.width, box.height);
  }
  for (const label of chart.querySelectorAll('.dygraph-axis-label')) {
    const range = document.createRange();
    range.selectNodeContents(label);
    const box = range.getBoundingClientRect();
    text(box.x - place.x + margin, box.y - place.y + top + 1,
      label.textContent, 12, '--muted');
  }
  series.forEach((x, i) => {
    const y = top + place.height + margin + i * line;
    const {last, min, mean, max} = statistics(x.rows);
    const figures = Object.entries({last, min, mean, max})
      .map(([name, value]) => `${name} ${format.number(value)}`).join('   ');
    to2d.fillStyle = seriesColour(x.slot);
    to2d.fillRect(margin, y + 4, 14, 4);
    text(margin + 24, y, format.visible(x.name), 13, '--text', '600');
    const width = to2d.measureText(format.visible(x.name)).width;
    text(margin + 40 + width, y, figures, 13, '--muted');
  });
  return canvas;
}

export function savePng(chart, series, window_) {
  const loaded = series.filter(x => x.rows);
  drawn(chart, loaded, window_).toBlob(
    blob => download(blob, fileName(loaded, 'png')), 'image/png');
}
