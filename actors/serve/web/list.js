// The list of series: rows are made once and then updated, so that focus and
// scrolling stay where they are.

import * as format from './format.js';

function element(tag, className) {
  const x = document.createElement(tag);
  x.className = className;
  return x;
}

class Row {
  constructor(name) {
    this.item = document.createElement('li');
    this.link = element('a', 'row');
    const label = element('bdi', 'name');
    const [group, leaf] = format.split(name);
    if (group) {
      const x = element('span', 'group');
      x.textContent = format.visible(group);
      label.append(x);
    }
    const last = element('span', 'leaf');
    last.textContent = format.visible(leaf);
    label.append(last);
    const now = element('span', 'now');
    this.value = element('span', 'value');
    this.age = element('span', 'age');
    now.append(this.value, this.age);
    this.link.append(label, now);
    this.item.append(this.link);
  }

  update(x, href, current) {
    this.link.href = href;
    this.value.textContent = format.number(x.value);
    const age = x.age === null ? '' : format.duration(x.age);
    this.age.textContent = x.alive ? age || 'no reading' : `silent ${age}`;
    this.link.classList.toggle('silent', !x.alive);
    if (current)
      this.link.setAttribute('aria-current', 'true');
    else
      this.link.removeAttribute('aria-current');
  }
}

export class SeriesList {
  constructor(list) {
    this.list = list;
    this.rows = new Map();
    list.addEventListener('keydown', event => {
      const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
      if (step && this.move(step))
        event.preventDefault();
    });
  }

  /** Shows `series`; `hrefOf` gives the address that chooses a name. */
  show(series, hrefOf, chosen) {
    const rows = new Map();
    for (const x of series) {
      const row = this.rows.get(x.name) ?? new Row(x.name);
      row.update(x, hrefOf(x.name), x.name === chosen);
      rows.set(x.name, row);
    }
    const before = [...this.rows.keys()];
    const after = [...rows.keys()];
    this.rows = rows;
    if (before.length !== after.length
        || before.some((name, i) => name !== after[i]))
      this.list.replaceChildren(...[...rows.values()].map(x => x.item));
  }

  /** Moves the focus; to the first row if it is elsewhere. */
  move(step) {
    const links = [...this.rows.values()].map(x => x.link);
    const at = links.indexOf(document.activeElement);
    const next = links[at < 0 ? 0 : at + step];
    next?.focus();
    return Boolean(next);
  }
}
