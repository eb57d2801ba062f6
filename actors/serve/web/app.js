// The page's state is in the address: #series=NAME&range=1h, or &from=&to= in
// seconds after zooming. Everything else follows from it.

import * as api from './api.js';
import {Chart} from './chart.js';
import * as format from './format.js';
import {SeriesList} from './list.js';

const ranges = {
  '1h': 3600, '6h': 6 * 3600, '24h': 86400, '7d': 7 * 86400,
  '30d': 30 * 86400, '1y': 365 * 86400,
};
const page = 200;
const listPause = 5000;

const at = id => document.getElementById(id);
const list = new SeriesList(at('series'));
const chart = new Chart(at('chart'), {
  window: chooseWindow,
  reset: () => go({...state, from: null, to: null}),
  point: showPoint,
});

let state = {};
let wanted = page;
let listed = [];
let rows = [];
let listRequest = new AbortController();
let dataRequest = new AbortController();
let dataTimer = 0;
const troubles = new Map();

// -- the address -------------------------------------------------------------

function parse(hash) {
  const x = new URLSearchParams(hash.slice(1));
  const from = Number(x.get('from'));
  const to = Number(x.get('to'));
  const zoomed = from > 0 && to > from;
  return {
    series: x.get('series') ?? '',
    range: x.get('range') in ranges ? x.get('range') : '1h',
    from: zoomed ? from : null,
    to: zoomed ? to : null,
  };
}

function hrefOf({series, range, from, to}) {
  const x = new URLSearchParams({series, range});
  if (from !== null) {
    x.set('from', from);
    x.set('to', to);
  }
  return `#${x}`;
}

function go(next) {
  location.hash = hrefOf(next);
}

function chooseWindow(from, to) {
  const least = 10;
  let [a, b] = [Math.floor(from / 1000), Math.ceil(to / 1000)];
  if (b - a < least)
    [a, b] = [a - least, b + least];
  go({...state, from: Math.max(1, a), to: b});
}

// -- what goes wrong ---------------------------------------------------------

function report(what, error) {
  if (error?.name === 'AbortError')
    return;
  if (error)
    troubles.set(what, error instanceof TypeError
      ? 'The service cannot be reached' : error.message);
  else
    troubles.delete(what);
  at('state').textContent = [...new Set(troubles.values())].join(' · ');
}

// -- the list ----------------------------------------------------------------

async function refreshList() {
  listRequest.abort();
  listRequest = new AbortController();
  try {
    listed = await api.series(at('search').value.trim(), wanted,
      listRequest.signal);
    report('list', null);
    showList();
  } catch (error) {
    report('list', error);
  }
}

function showList() {
  if (!state.series && !at('search').value && listed.length > 0) {
    // Something to look at, without an entry in the history.
    const first = listed.find(x => x.alive && x.value !== null) ?? listed[0];
    history.replaceState(null, '', hrefOf({...state, series: first.name}));
    apply();
  }
  list.show(listed, series => hrefOf({...state, series}), state.series);
  at('more').hidden = listed.length < wanted;
  at('hint').textContent = listed.length > 0 ? 'Choose a series.'
    : at('search').value ? 'No series matches.'
      : 'No series yet: they appear here with the first messages.';
  showOrigin();
}

let searchTimer = 0;
at('search').addEventListener('input', () => {
  clearTimeout(searchTimer);
  wanted = page;
  searchTimer = setTimeout(refreshList, 120);
});

at('search').addEventListener('keydown', event => {
  if (event.key === 'ArrowDown' && list.move(1))
    event.preventDefault();
});

at('more').addEventListener('click', () => {
  wanted = Math.min(wanted + 4 * page, 10000);
  refreshList();
});

// -- the chosen series -------------------------------------------------------

function windowOf(x) {
  if (x.from !== null)
    return [x.from, x.to];
  const to = api.now() / 1000;
  return [to - ranges[x.range], to];
}

async function refreshData() {
  clearTimeout(dataTimer);
  if (!state.series)
    return;
  const asked = state;
  const [from, to] = windowOf(asked);
  const live = asked.from === null;
  const pause = to - from > 86400 ? 30000 : 5000;
  if (live)
    dataTimer = setTimeout(refreshData, pause);
  if (document.hidden || chart.busy)
    return;
  dataRequest.abort();
  dataRequest = new AbortController();
  const points = Math.min(2000, Math.max(200, at('chart').clientWidth));
  try {
    const result = await api.data(asked.series, from, to, points,
      dataRequest.signal);
    if (asked !== state)
      return;
    rows = result;
    report('data', null);
  } catch (error) {
    report('data', error);
    if (error.name === 'AbortError' || asked !== state)
      return;
  }
  // The running slot's row carries the slot's end, which is yet to come.
  const newest = lastKnown();
  const end = live && newest ? Math.max(to * 1000, newest[0]) : to * 1000;
  chart.show(rows, from * 1000, end);
  showFigures();
  showPoint(null);
  for (const type of ['csv', 'json'])
    at(type).href = api.address('/api/v1/data', {
      ...api.dataParameters(asked.series, from, to, points, 'average'),
      format: type,
    });
}

function lastKnown() {
  return rows.findLast(([, x]) => x[1] !== null);
}

function showFigures() {
  const known = rows.filter(([, x]) => x[1] !== null);
  at('nothing').hidden = known.length > 0;
  const column = i => known.map(([, x]) => x[i]);
  const sum = column(1).reduce((a, b) => a + b, 0);
  const least = column(0).reduce((a, b) => Math.min(a, b), Infinity);
  const greatest = column(2).reduce((a, b) => Math.max(a, b), -Infinity);
  const step = rows.length > 1 ? (rows[1][0] - rows[0][0]) / 1000 : null;
  const any = known.length > 0;
  const figures = {
    Last: any ? format.number(known[known.length - 1][1][1]) : '–',
    Minimum: any ? format.number(least) : '–',
    Average: any ? format.number(sum / known.length) : '–',
    Maximum: any ? format.number(greatest) : '–',
    Step: step === null ? '–' : format.duration(step),
  };
  at('figures').replaceChildren(...Object.entries(figures).map(([name, x]) => {
    const box = document.createElement('div');
    const term = document.createElement('dt');
    const value = document.createElement('dd');
    term.textContent = name;
    value.textContent = x;
    box.append(term, value);
    return box;
  }));
}

function showPoint(row) {
  const shown = row ?? lastKnown();
  if (!shown) {
    at('readout').textContent = '';
    return;
  }
  const [when, [least, average, greatest]] = shown;
  const band = average !== null && (least !== average || greatest !== average)
    ? ` (${format.number(least)} … ${format.number(greatest)})` : '';
  at('readout').textContent
    = `${format.time(when)}: ${format.number(average)}${band}`;
}

/** Shows a name that may break behind each slash. */
function showName(name) {
  const text = document.createElement('bdi');
  for (const level of format.visible(name).split(/(?<=\/)/))
    text.append(level, document.createElement('wbr'));
  at('name').replaceChildren(text);
}

function showOrigin() {
  const x = listed.find(s => s.name === state.series);
  if (!x)
    return;
  const from = x.path ? `${x.topic}, ${x.path}` : x.topic;
  at('origin').textContent
    = `Rule ${x.rule} from ${format.visible(from)}${x.alive ? '' : ' · silent'}`;
}

for (const name of Object.keys(ranges)) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = name;
  button.addEventListener('click', () =>
    go({...state, range: name, from: null, to: null}));
  at('ranges').append(button);
}

/** Takes over what the address says. */
function apply() {
  const before = state;
  state = parse(location.hash);
  const chosen = state.series !== '';
  at('view').hidden = !chosen;
  at('empty').hidden = chosen;
  document.title = chosen
    ? `${format.visible(state.series)} · rrdflow` : 'rrdflow';
  for (const x of at('ranges').children)
    x.setAttribute('aria-pressed',
      String(state.from === null && x.textContent === state.range));
  if (!chosen)
    return;
  if (before.series !== state.series) {
    rows = [];
    showName(state.series);
    at('origin').textContent = '';
    at('readout').textContent = '';
    at('chart').setAttribute('aria-label',
      `Chart of ${format.visible(state.series)}`);
    if (before.series && matchMedia('(max-width: 50rem)').matches)
      document.querySelector('.panel').scrollIntoView();
  }
  list.show(listed, series => hrefOf({...state, series}), state.series);
  showOrigin();
  refreshData();
}

window.addEventListener('hashchange', apply);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) {
    refreshList();
    refreshData();
  }
});
document.addEventListener('keydown', event => {
  if (event.key === '/' && document.activeElement !== at('search')
      && !event.ctrlKey && !event.metaKey) {
    at('search').focus();
    event.preventDefault();
  }
});
setInterval(() => {
  if (!document.hidden)
    refreshList();
}, listPause);

// dygraphs is a classic script that is deferred, and so in place before us.
apply();
refreshList();
