// Last values as they come, by server-sent events. A hidden page does not
// listen: browsers have few connections for all tabs together.

import {address} from './api.js';

const retryPause = 5000;

export class Live {
  /**
   * `on.value({series, time in ms, value})` for each new value; `on.state(true
   * or false)`: whether we hear.
   */
  constructor(on) {
    this.on = on;
    this.names = [];
    this.source = null;
    this.retry = 0;
    document.addEventListener('visibilitychange', () => this.connect());
  }

  /** Listens to these series only; to none: not at all. */
  listen(names) {
    if (names.join('\n') === this.names.join('\n'))
      return;
    this.names = names;
    this.connect();
  }

  connect() {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = null;
    this.on.state(false);
    if (document.hidden || this.names.length === 0)
      return;
    const source = new EventSource(
      address('/api/v1/live', this.names.map(x => ['series', x])));
    source.onopen = () => this.on.state(true);
    source.onmessage = event => {
      const x = JSON.parse(event.data);
      this.on.value({...x, time: Date.parse(x.time)});
    };
    source.onerror = () => {
      this.on.state(false);
      // Refused, e.g. because there are too many: the browser gives up then.
      if (source.readyState === EventSource.CLOSED && this.source === source)
        this.retry = setTimeout(() => this.connect(), retryPause);
    };
    this.source = source;
  }
}
