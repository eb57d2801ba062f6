// Which time is shown: the preset ranges, one step back or forth, and any two
// points in time.

import * as api from './api.js';
import {at, element} from './dom.js';
import * as format from './format.js';
import {ranges} from './state.js';

export class Controls {
  /** `window()` gives [from, to] in ms, `go(change)` changes the state. */
  constructor(window_, go) {
    this.window = window_;
    this.go = go;
    this.buttons = Object.keys(ranges).map(name => element('button', {
      type: 'button', onclick: () => go({range: name, from: null, to: null}),
    }, name));
    at('ranges').prepend(...this.buttons);
    at('free').addEventListener('click', () => this.toggle());
    at('earlier').addEventListener('click', () => this.step(-1));
    at('later').addEventListener('click', () => this.step(1));
    at('period-form').addEventListener('submit', event => {
      event.preventDefault();
      this.apply();
    });
  }

  show(state) {
    for (const x of this.buttons)
      x.setAttribute('aria-pressed', String(
        state.from === null && x.textContent === state.range));
    at('free').setAttribute('aria-pressed', String(state.from !== null));
    at('later').disabled = state.from === null;
  }

  step(direction) {
    // The running slot may end a bit later than now.
    const end = Math.floor(api.now() / 1000);
    const [from, to] = this.window().map(x =>
      Math.min(end, Math.round(x / 1000)));
    const by = direction * Math.max(1, Math.round((to - from) / 2));
    // Forth to about now is the range that follows it, if it is one.
    const range = Object.keys(ranges).find(x =>
      Math.abs(ranges[x] - (to - from)) < 3);
    if (range && to + by >= end - (to - from) / 10)
      this.go({range, from: null, to: null});
    else
      this.go({from: Math.max(1, from + by), to: to + by});
  }

  toggle() {
    const form = at('period-form');
    form.hidden = !form.hidden;
    at('free').setAttribute('aria-expanded', String(!form.hidden));
    if (form.hidden)
      return;
    const [from, to] = this.window();
    at('from').value = format.local(from);
    at('to').value = format.local(to);
    at('from').focus();
  }

  apply() {
    // Without a zone: the browser's.
    const [from, to] = [at('from'), at('to')].map(x =>
      Math.floor(new Date(x.value).getTime() / 1000));
    at('to').setCustomValidity(to > from ? '' : 'Must be later than the start');
    if (!at('period-form').reportValidity())
      return;
    this.go({from, to});
    at('period-form').hidden = true;
    at('free').setAttribute('aria-expanded', 'false');
    at('free').focus();
  }
}
