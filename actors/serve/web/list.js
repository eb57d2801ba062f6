// The list of series: a tree by the names' slashes, or what a search found.
// Rows are made once and then updated, so that focus and scrolling stay.

import * as api from './api.js';
import {at} from './dom.js';
import {branchRow, moreRow, seriesRow} from './row.js';
import {Level} from './level.js';

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
