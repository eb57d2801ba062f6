// One line of the list: a branch of the tree, a series, or "more".

import {element} from './dom.js';
import * as format from './format.js';

/** A line that can be focused; `level` counts from 1. */
function line(kind, level, label, ...children) {
  const x = element(`div.row.${kind}`, {
    role: 'treeitem', tabindex: '-1', 'aria-level': level, 'aria-label': label,
  }, ...children);
  x.dataset.level = Math.min(level, 8);
  return x;
}

export function branchRow(node, prefix, level) {
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

export function seriesRow(name, prefix, level) {
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

export function moreRow(key, level) {
  const item = line('more', level, 'Show more', 'Show more …');
  return {key: `…${key}`, kind: 'more', path: key, level, item, update() {}};
}
