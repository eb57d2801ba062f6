// The page's state is in the address, behind the #:
//   series=NAME (again for each), right=NAME (on the right axis),
//   range=1h or from= and to= in seconds, query= and open=PREFIX/ of the list,
//   view=service, and why=NAME that is searched for there
// Everything else follows from it.

export const ranges = {
  '1h': 3600, '6h': 6 * 3600, '24h': 86400, '7d': 7 * 86400,
  '30d': 30 * 86400, '1y': 365 * 86400,
};

/** As many as there are colours. */
export const maxSeries = 10;

export function parse(hash) {
  const x = new URLSearchParams(hash.replace(/^#/, ''));
  const from = Number(x.get('from'));
  const to = Number(x.get('to'));
  const free = from > 0 && to > from;
  const series = [...new Set(x.getAll('series').filter(Boolean))];
  return {
    view: x.get('view') === 'service' ? 'service' : 'chart',
    series: series.slice(0, maxSeries),
    right: x.getAll('right').filter(name => series.includes(name)),
    range: Object.hasOwn(ranges, x.get('range')) ? x.get('range') : '1h',
    from: free ? from : null,
    to: free ? to : null,
    query: x.get('query') ?? '',
    why: x.get('why') ?? '',
    // null: what is worth it opens by itself.
    open: x.has('open') ? x.getAll('open').filter(Boolean) : null,
  };
}

export function hashOf(state) {
  const x = new URLSearchParams();
  if (state.view === 'service') {
    x.set('view', 'service');
    if (state.why)
      x.set('why', state.why);
  }
  for (const name of state.series)
    x.append('series', name);
  for (const name of state.right)
    if (state.series.includes(name))
      x.append('right', name);
  x.set('range', state.range);
  if (state.from !== null) {
    x.set('from', state.from);
    x.set('to', state.to);
  }
  if (state.query)
    x.set('query', state.query);
  for (const prefix of state.open?.length === 0 ? [''] : state.open ?? [])
    x.append('open', prefix);
  return `#${x}`;
}

/** The state that the address holds; `changed(state, before)` after changes. */
export class Address {
  constructor(changed) {
    this.changed = changed;
    this.state = parse(location.hash);
    window.addEventListener('popstate', () => this.take(parse(location.hash)));
  }

  take(state) {
    const before = this.state;
    this.state = state;
    this.changed(state, before);
  }

  /** A step that the back button undoes. */
  go(change) {
    this.set(change, 'pushState');
  }

  /** A change that is no step: what is searched for, what is open. */
  amend(change) {
    this.set(change, 'replaceState');
  }

  set(change, how) {
    const next = {...this.state, ...change};
    const hash = hashOf(next);
    if (hash !== location.hash)
      history[how](null, '', hash);
    this.take(next);
  }
}
