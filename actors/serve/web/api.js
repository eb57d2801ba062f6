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

async function ask(path, parameters, signal) {
  const response = await fetch(address(path, parameters), {signal});
  const date = Date.parse(response.headers.get('Date'));
  // The field has whole seconds: smaller differences mean nothing.
  if (!Number.isNaN(date) && Math.abs(date - now()) > 2000)
    skew = date - Date.now();
  return response;
}

async function get(path, parameters, signal) {
  const response = await ask(path, parameters, signal);
  if (response.ok)
    return response.json();
  const text = await response.json().then(x => x.error, () => '');
  throw new Error(text || `HTTP status ${response.status}`);
}

/** A page of series that match, behind the name `after`. */
export function search(query, after, limit, signal) {
  return get('/api/v1/series', {query, after, limit}, signal);
}

/** What is known of one series, or nothing. */
export async function series(name, signal) {
  return (await get('/api/v1/series', {name, limit: 1}, signal))[0];
}

/** One level of the tree, behind the node `after`. */
export function tree(prefix, after, limit, signal) {
  return get('/api/v1/tree', {prefix, after, limit}, signal);
}

/**
 * Rows of a series (times in seconds): {step, times in ms, mean, low, high};
 * null is unknown.
 */
export async function data(name, from, to, points, signal) {
  const {start, step, average, min, max} = await get('/api/v1/data', {
    series: name, from: Math.floor(from), to: Math.ceil(to), points,
    cf: 'average,min,max', format: 'columns',
  }, signal);
  return {
    step,
    times: average.map((_, i) => (start + (i + 1) * step) * 1000),
    mean: average,
    // A file may have no archive for the band.
    low: average.map((x, i) => x === null ? null : min?.[i] ?? x),
    high: average.map((x, i) => x === null ? null : max?.[i] ?? x),
  };
}

export async function metrics(signal) {
  const response = await ask('/metrics', {}, signal);
  if (!response.ok)
    throw new Error(`HTTP status ${response.status}`);
  return response.text();
}

/** What keeps the service from being ready; empty: nothing. */
export async function readiness(signal) {
  const response = await ask('/readyz', {}, signal);
  const {ready, reasons, error} = await response.json();
  return ready ? [] : reasons ?? [error ?? 'not ready'];
}

export function dead(signal) {
  return get('/api/v1/dead', {}, signal);
}

export function quarantine(signal) {
  return get('/api/v1/quarantine', {}, signal);
}
