// Talks to the service. Only GET: this page changes nothing.

/** The server's clock minus ours in milliseconds. */
let skew = 0;

/** Milliseconds since the epoch by the server's clock. */
export function now() {
  return Date.now() + skew;
}

export function address(path, parameters) {
  return `${path}?${new URLSearchParams(parameters)}`;
}

async function get(path, parameters, signal) {
  const response = await fetch(address(path, parameters), {signal});
  const date = Date.parse(response.headers.get('Date'));
  // The field has whole seconds: smaller differences mean nothing.
  if (!Number.isNaN(date) && Math.abs(date - now()) > 2000)
    skew = date - Date.now();
  if (response.ok)
    return response.json();
  const text = await response.json().then(x => x.error, () => '');
  throw new Error(text || `HTTP status ${response.status}`);
}

export function series(query, limit, signal) {
  return get('/api/v1/series', {query, limit}, signal);
}

export function dataParameters(name, from, to, points, cf) {
  const result = {series: name, from: Math.floor(from), to: Math.ceil(to), cf};
  if (points)
    result.points = points;
  return result;
}

/**
 * Fetches average, least and greatest values (times in seconds). Resolves to
 * [time in ms, [least, average, greatest]] for each row; null is unknown.
 */
export async function data(name, from, to, points, signal) {
  const ask = cf => get('/api/v1/data',
    dataParameters(name, from, to, points, cf), signal);
  const [averages, least, greatest]
    = await Promise.all(['average', 'min', 'max'].map(ask));
  const byTime = rows => new Map(rows.map(x => [x.time, x.value]));
  const lows = byTime(least);
  const highs = byTime(greatest);
  return averages.map(({time, value}) => [
    Date.parse(time),
    value === null ? [null, null, null]
      : [lows.get(time) ?? value, value, highs.get(time) ?? value],
  ]);
}
