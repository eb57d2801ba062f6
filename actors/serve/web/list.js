// The list of series: a tree by the names' slashes, or what a search found.
// Rows are made once and then updated, so that focus and scrolling stay.

import * as api from './api.js';
import {at, element} from './dom.js';
import * as format from './format.js';

// -- one line of the list: a branch of the tree, a series, or "more" ---------

/** A line that can be focused; `level` counts from 1. */
function line(kind, level, label, ...children) {
  const x = element(`div.row.${kind}`, {
    role: 'treeitem', tabindex: '-1', 'aria-level': level, 'aria-label': label,
  }, ...children);
  x.dataset.level = Math.min(level, 8);
  return x;
}

function branchRow(node, prefix, level) {
  const shown = format.visible(node.node.slice(prefix.length));
  const item = line('branch', level,
    `${shown}, ${node.count} series`,
    element('span.twist', {'aria-hidden': 'true'}),
    element('bdi.name', {}, shown),
    element('span.count', {}, format.count(node.count)));
  return {
    key: `+${node.node}`, kind: 'branch', path: node.node, level, item,
    update(open) {
      item.setAttribute('aria-expanded', String(open));
    },
  };
}

function seriesRow(name, prefix, level) {
  const short = name.slice(prefix.length);
  const [group, leaf] = format.split(short);
  const value = element('span.value');
  const age = element('span.age');
  const item = line('series', level, format.visible(name),
    element('span.pick', {'aria-hidden': 'true', title: 'Add or remove'}),
    element('bdi.name', {},
      group ? element('span.group', {}, format.visible(group)) : null,
      element('span.leaf', {}, format.visible(leaf) || '(empty)')),
    element('span.now', {}, value, age));
  return {
    key: `=${name}`, kind: 'series', name, level, item,
    update(x, slot) {
      value.textContent = format.number(x.value);
      const old = x.age === null ? '' : format.duration(x.age);
      age.textContent = x.stale ? old && `${old} · stale` : old;
      if (x.age === null)
        age.textContent = 'no reading';
      item.classList.toggle('stale', x.stale);
      item.setAttribute('aria-selected', String(slot !== null));
      if (slot === null)
        delete item.dataset.slot;
      else
        item.dataset.slot = slot;
    },
  };
}

function moreRow(key, level) {
  const item = line('more', level, 'Show more', 'Show more …');
  return {key: `…${key}`, kind: 'more', path: key, level, item, update() {}};
}

// -- nodes loaded page by page: a level of the tree, or a search's results --

const most = 10000;

class Level {
  /** `fetch(after)` gives a page; `keyOf(node)` is what the next one is after. */
  constructor(fetch, keyOf) {
    this.fetch = fetch;
    this.keyOf = keyOf;
    this.nodes = null;
    this.hasMore = false;
    this.busy = false;
    this.failed = false;
  }

  /** Loads the next page; false if one is on its way. */
  async more() {
    return this.once(async () => {
      const last = this.nodes?.at(-1);
      const page = await this.fetch(last ? this.keyOf(last) : '');
      this.nodes = [...this.nodes ?? [], ...page.nodes];
      this.hasMore = page.full;
    });
  }

  /** Loads anew what is there. */
  async refresh() {
    return this.once(async () => {
      const wanted = Math.min(this.nodes?.length ?? 0, most);
      const nodes = [];
      let page;
      do {
        page = await this.fetch(nodes.length ? this.keyOf(nodes.at(-1)) : '');
        nodes.push(...page.nodes);
      } while (page.full && nodes.length < wanted);
      this.nodes = nodes;
      this.hasMore = page.full;
    });
  }

  async once(work) {
    if (this.busy)
      return false;
    this.busy = true;
    try {
      await work();
      this.failed = false;
    } catch (error) {
      this.failed = true;
      throw error;
    } finally {
      this.busy = false;
    }
    return true;
  }
}

// -- the list ----------------------------------------------------------------

const typingPause = 120;
const refreshPause = 10000;

/** With at most so many series all branches open by themselves. */
const few = 60;

/** Pages of `limit` nodes. */
function page(limit, ask) {
  return async after => {
    const nodes = await ask(after, limit);
    return {nodes, full: nodes.length === limit};
  };
}

export class SeriesList {
  /** `on.only(name)` shows one alone, `on.toggle(name)` adds or removes it. */
  constructor(on) {
    this.on = on;
    this.box = at('series');
    this.rows = new Map();
    this.levels = new Map();
    this.state = null;
    this.slotOf = () => null;
    this.current = null;
    this.box.addEventListener('keydown', event => this.key(event));
    this.box.addEventListener('click', event => this.click(event));
    this.box.addEventListener('focusin', event => {
      this.current = this.rowOf(event.target)?.key ?? this.current;
      this.rove();
    });
    let timer = 0;
    for (const kind of ['input', 'change'])
      at('search').addEventListener(kind, () => {
        clearTimeout(timer);
        timer = setTimeout(
          () => on.amend({query: at('search').value.trim()}), typingPause);
      });
    at('search').addEventListener('keydown', event => this.searchKey(event));
    setInterval(() => this.refresh(), refreshPause);
    document.addEventListener('visibilitychange', () => this.refresh());
  }

  /** `slotOf(name)`: the colour of a series that is shown, else null. */
  show(state, slotOf) {
    this.slotOf = slotOf;
    const searched = this.state?.query !== state.query;
    this.state = state;
    if (searched && at('search').value.trim() !== state.query)
      at('search').value = state.query;
    if (searched)
      this.found = state.query ? new Level(page(100, (after, limit) =>
        api.search(state.query, after, limit)), x => x.name) : null;
    this.draw();
  }

  level(prefix) {
    if (!this.levels.has(prefix))
      this.levels.set(prefix, new Level(page(200, (after, limit) =>
        api.tree(prefix, after, limit)), x => x.node));
    return this.levels.get(prefix);
  }

  /** What is loaded of a level; what is not will be. */
  loaded(level) {
    if (!level.nodes && !level.failed)
      this.load(level, () => level.more());
    return level.nodes ?? [];
  }

  async load(level, work) {
    try {
      if (await work())
        this.draw();
      this.on.trouble('list', null);
    } catch (error) {
      this.on.trouble('list', error);
    }
  }

  refresh() {
    if (document.hidden || this.state?.view !== 'chart')
      return;
    for (const level of this.visible ?? [])
      this.load(level, () => level.refresh());
  }

  isOpen(node, total) {
    return this.state.open ? this.state.open.includes(node.node)
      : total <= few
        || this.state.series.some(name => name.startsWith(node.node));
  }

  draw() {
    const rows = [];
    this.visible = [];
    this.opened = [];
    if (this.found)
      this.collect(rows, this.found, '', 1, 0);
    else
      this.collect(rows, this.level(''), '', 1, null);
    const before = [...this.rows.keys()];
    this.rows = new Map(rows.map(x => [x.key, x]));
    const after = [...this.rows.keys()];
    if (before.length !== after.length
        || before.some((key, i) => key !== after[i])) {
      const focused = this.box.contains(document.activeElement);
      this.box.replaceChildren(...rows.map(x => x.item));
      if (focused)
        (this.rows.get(this.current) ?? rows[0])?.item.focus();
    }
    const ready = (this.found ?? this.level('')).nodes;
    at('hint').textContent = !ready ? 'Loading …' : rows.length > 0 ? ''
      : this.found ? 'No series matches.'
        : 'No series yet: they appear here with the first messages.';
    this.rove();
  }

  collect(rows, level, prefix, depth, total) {
    this.visible.push(level);
    const nodes = this.loaded(level);
    total ??= nodes.reduce((sum, x) => sum + x.count, 0);
    for (const node of nodes) {
      if (node.name !== undefined) {
        const row = this.rows.get(`=${node.name}`);
        rows.push(row?.level === depth ? row
          : seriesRow(node.name, this.found ? '' : prefix, depth));
        rows.at(-1).update(node, this.slotOf(node.name));
        continue;
      }
      const known = this.rows.get(`+${node.node}`);
      const row = known?.level === depth ? known
        : branchRow(node, prefix, depth);
      const open = this.isOpen(node, total);
      row.update(open);
      rows.push(row);
      if (open) {
        this.opened.push(node.node);
        this.collect(rows, this.level(node.node), node.node, depth + 1, total);
      }
    }
    if (level.hasMore)
      rows.push(this.rows.get(`…${prefix}`) ?? moreRow(prefix, depth));
  }

  /** One row at a time can be reached with the tab key. */
  rove() {
    const current = this.rows.get(this.current) ?? this.rows.values().next()
      .value;
    for (const x of this.rows.values())
      x.item.tabIndex = x === current ? 0 : -1;
  }

  rowOf(target) {
    const item = target.closest('.row');
    return [...this.rows.values()].find(x => x.item === item);
  }

  setOpen(path, open) {
    const others = this.opened.filter(x => x !== path);
    this.on.amend({open: open ? [...others, path] : others});
  }

  act(row, toggle) {
    if (row.kind === 'branch')
      this.setOpen(row.path, !this.opened.includes(row.path));
    else if (row.kind === 'more')
      this.showMore(row);
    else if (toggle)
      this.on.toggle(row.name);
    else
      this.on.only(row.name);
  }

  showMore(row) {
    const level = this.found ?? this.level(row.path);
    this.load(level, () => level.more());
  }

  click(event) {
    const row = this.rowOf(event.target);
    if (row)
      this.act(row, event.target.closest('.pick') || event.ctrlKey
        || event.metaKey || event.shiftKey);
  }

  /** Moves the focus; true if there is somewhere to go. */
  move(step) {
    const rows = [...this.rows.values()];
    const i = rows.findIndex(x => x.item === document.activeElement);
    const next = rows[i < 0 ? 0 : Math.max(0, Math.min(rows.length - 1,
      i + step))];
    next?.item.focus();
    return Boolean(next);
  }

  searchKey(event) {
    if (event.key === 'ArrowDown' && this.move(1))
      event.preventDefault();
    else if (event.key === 'Escape')
      this.on.amend({query: ''});
    else if (event.key === 'Enter' && this.found?.nodes?.length > 0)
      this.on.only(this.found.nodes[0].name);
  }

  key(event) {
    const row = this.rowOf(event.target);
    const steps = {ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10,
      Home: -Infinity, End: Infinity};
    if (!row || event.ctrlKey || event.metaKey || event.altKey)
      return;
    const first = this.rows.values().next().value;
    if (event.key === 'ArrowUp' && row === first)
      at('search').focus();
    else if (event.key in steps)
      this.move(steps[event.key]);
    else if (event.key === 'Enter' || event.key === ' ')
      this.act(row, event.key === ' ');
    else if (event.key === 'ArrowRight' && row.kind === 'branch')
      this.opened.includes(row.path) ? this.move(1)
        : this.setOpen(row.path, true);
    else if (event.key === 'ArrowLeft')
      this.leave(row);
    else
      return;
    event.preventDefault();
  }

  /** Closes a branch, or goes up to it. */
  leave(row) {
    if (row.kind === 'branch' && this.opened.includes(row.path)) {
      this.setOpen(row.path, false);
      return;
    }
    const rows = [...this.rows.values()];
    rows.slice(0, rows.indexOf(row)).reverse()
      .find(x => x.level < row.level)?.item.focus();
  }
}
