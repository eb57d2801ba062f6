// Rows of series: {step, times in ms, mean, low, high}, see api.data. Knows
// nothing of the page.

/** `rows` with `more` behind or over their end, and none before `from` (ms). */
export function extend(rows, more, from) {
  const first = more.times[0] ?? Infinity;
  let begin = rows.times.findIndex(x => x > from);
  let end = rows.times.findIndex(x => x >= first);
  if (begin < 0)
    begin = rows.times.length;
  if (end < 0)
    end = rows.times.length;
  const join = name => [
    ...rows[name].slice(begin, Math.max(begin, end)), ...more[name]];
  return {
    step: rows.step, times: join('times'), mean: join('mean'),
    low: join('low'), high: join('high'),
  };
}

/** What is shown under the chart; null where there is nothing. */
export function statistics(rows) {
  let [sum, count, min, max, last] = [0, 0, Infinity, -Infinity, null];
  rows.mean.forEach((x, i) => {
    if (x === null)
      return;
    sum += x;
    ++count;
    min = Math.min(min, rows.low[i]);
    max = Math.max(max, rows.high[i]);
    last = x;
  });
  return count === 0 ? {count, min: null, mean: null, max: null, last}
    : {count, min, mean: sum / count, max, last};
}

/** The row nearest to a time, if it is not further than a step. */
export function nearest(rows, time) {
  const {times} = rows;
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time)
      low = middle + 1;
    else
      high = middle;
  }
  const i = low > 0 && (low === times.length
    || time - times[low - 1] <= times[low] - time) ? low - 1 : low;
  return i < times.length && Math.abs(times[i] - time) <= rows.step * 1000
    ? i : null;
}

/** When the newest known row is, or null. */
export function newest(rows) {
  const i = rows.mean.findLastIndex(x => x !== null);
  return i < 0 ? null : rows.times[i];
}

/**
 * The rows of several series by their times: [time, cell of each]. `cell(rows,
 * i)` makes one, `absent` stands where a series has no row.
 */
export function merge(all, cell, absent) {
  const place = all.map(() => 0);
  const result = [];
  for (;;) {
    let time = Infinity;
    all.forEach((rows, k) => {
      time = Math.min(time, rows.times[place[k]] ?? Infinity);
    });
    if (time === Infinity)
      return result;
    result.push([time, ...all.map((rows, k) => rows.times[place[k]] === time
      ? cell(rows, place[k]++) : absent)]);
  }
}
