// Puts the parts of the page together: the address says what they show.

import * as api from './api.js';
import {Controls} from './controls.js';
import {at} from './dom.js';
import * as format from './format.js';
import {SeriesList} from './list.js';
import {Plot} from './plot.js';
import {Service} from './service.js';
import {Address, hashOf, maxSeries} from './state.js';

// -- what goes wrong ---------------------------------------------------------

const troubles = new Map();

function trouble(what, error) {
  if (error?.name === 'AbortError')
    return;
  if (error)
    troubles.set(what, error instanceof TypeError
      ? 'The service cannot be reached' : error.message);
  else
    troubles.delete(what);
  say();
}

let notice = '';
let noticeTimer = 0;

/** Says something for a while. */
function remark(text) {
  notice = text;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => { notice = ''; say(); }, 6000);
  say();
}

function say() {
  const text = [...new Set([...troubles.values(), notice])].filter(Boolean)
    .join(' · ');
  if (at('state').textContent !== text)
    at('state').textContent = text;
}

// -- the parts ---------------------------------------------------------------

const address = new Address(show);
const go = change => address.go(change);
const plot = new Plot({go, trouble});
const controls = new Controls(() => plot.window(), go);
const service = new Service({
  go, trouble, address: change => hashOf({...address.state, ...change}),
});
const list = new SeriesList({
  trouble,
  amend: change => address.amend(change),
  only: name => {
    browse(false);
    go({series: [name]});
  },
  toggle: name => {
    const {series} = address.state;
    if (series.includes(name))
      go({series: series.filter(x => x !== name)});
    else if (series.length >= maxSeries)
      remark(`No more than ${maxSeries} series at a time`);
    else
      go({series: [...series, name]});
  },
});

function show(state) {
  const charts = state.view === 'chart';
  at('charts').hidden = !charts;
  at('service').hidden = charts;
  for (const [id, current] of [['to-charts', charts], ['to-service', !charts]])
    if (current)
      at(id).setAttribute('aria-current', 'page');
    else
      at(id).removeAttribute('aria-current');
  at('to-charts').href = hashOf({...state, view: 'chart'});
  at('to-service').href = hashOf({...state, view: 'service', why: ''});
  const chosen = state.series.length > 0;
  at('view').hidden = !chosen;
  at('empty').hidden = chosen;
  const names = state.series.map(format.visible);
  document.title = !charts ? 'Service · rrdflow'
    : chosen ? `${names[0]}${names.length > 1 ? ' …' : ''} · rrdflow`
      : 'rrdflow';
  service.show(state);
  controls.show(state);
  plot.show(state);
  list.show(state, name => plot.slotOf(name));
  choose();
  if (chosen)
    showName(names);
}

function showName(names) {
  at('name').textContent = names[0];
  at('others').textContent = names.length > 1 ? `+ ${names.length - 1} more`
    : '';
}

/** On a phone: whether the list covers the chart. */
function browse(open) {
  document.body.classList.toggle('browsing', open);
  at('browse').setAttribute('aria-expanded', String(open));
}

at('skip').addEventListener('click', event => {
  event.preventDefault(); // the part behind the # is the state
  browse(true);
  at('search').focus();
});

at('browse').addEventListener('click', () => {
  browse(!document.body.classList.contains('browsing'));
  if (document.body.classList.contains('browsing'))
    at('search').focus();
});

// -- themes ------------------------------------------------------------------

const themes = ['auto', 'light', 'dark'];
const root = document.documentElement;

function showTheme() {
  const now = root.dataset.theme ?? 'auto';
  at('theme').textContent = {auto: '◐', light: '☀', dark: '☾'}[now];
  at('theme').setAttribute('aria-label', `Theme: ${now}`);
  at('theme').title = `Theme: ${now}`;
  plot.repaint();
}

at('theme').addEventListener('click', () => {
  const next = themes[(themes.indexOf(root.dataset.theme ?? 'auto') + 1) % 3];
  if (next === 'auto')
    delete root.dataset.theme;
  else
    root.dataset.theme = next;
  try {
    localStorage.setItem('theme', next);
  } catch {
    // Then it lasts until the page is left.
  }
  showTheme();
});

matchMedia('(prefers-color-scheme: dark)').addEventListener('change',
  showTheme);

// -- keys, and the start -----------------------------------------------------

document.addEventListener('keydown', event => {
  const typing = event.target.matches('input, textarea');
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey
      && !at('charts').hidden) {
    browse(true);
    at('search').focus();
    event.preventDefault();
  } else if (event.key === 'Escape') {
    browse(false);
  }
});

let chose = false;

/** Once: something to look at, without a step in the history. */
async function choose() {
  if (chose || address.state.view !== 'chart')
    return;
  chose = true;
  if (address.state.series.length > 0)
    return;
  try {
    const some = await api.search('', '', 50);
    const best = some.find(x => !x.stale && x.value !== null) ?? some[0];
    if (best && address.state.series.length === 0)
      address.amend({series: [best.name]});
    chose = Boolean(best);
  } catch (error) {
    trouble('list', error);
    chose = false;
  }
  if (!chose)
    setTimeout(choose, 3000);
}

showTheme();
show(address.state);
