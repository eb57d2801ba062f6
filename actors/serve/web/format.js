// How numbers, ages and times are shown. Nothing here touches the page.

const usual = new Intl.NumberFormat(undefined, {maximumSignificantDigits: 6});
const whole = new Intl.NumberFormat(undefined, {maximumFractionDigits: 0});
const extreme = new Intl.NumberFormat(undefined,
  {notation: 'scientific', maximumSignificantDigits: 5});

export function number(x) {
  if (x === null || x === undefined || Number.isNaN(x))
    return '–';
  const size = Math.abs(x);
  return size !== 0 && (size >= 1e9 || size < 1e-4)
    ? extreme.format(x) : usual.format(x);
}

export function count(x) {
  return x === undefined || Number.isNaN(x) ? '–' : whole.format(x);
}

/** Per second. */
export function rate(x) {
  if (x === null || x === undefined || Number.isNaN(x))
    return '–';
  return x >= 100 ? whole.format(x) : usual.format(Number(x.toPrecision(3)));
}

export function bytes(x) {
  if (x === undefined || Number.isNaN(x))
    return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let i = 0;
  for (; x >= 1024 && i < units.length - 1; ++i)
    x /= 1024;
  return `${Number(x.toPrecision(3))} ${units[i]}`;
}

const units = [[365 * 86400, 'y'], [86400, 'd'], [3600, 'h'], [60, 'min']];

/** Seconds as "12 s", "5 min", "3 h". */
export function duration(seconds) {
  for (const [size, name] of units)
    if (seconds >= size)
      return `${Math.floor(seconds / size)} ${name}`;
  return `${Math.max(0, Math.floor(seconds))} s`;
}

const clock = new Intl.DateTimeFormat(undefined, {
  weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit',
  minute: '2-digit', second: '2-digit', hourCycle: 'h23',
});
const parts = {month: 'short', day: 'numeric', hour: '2-digit',
  minute: '2-digit', hourCycle: 'h23'};
const thisYear = new Intl.DateTimeFormat(undefined, parts);
const anyYear = new Intl.DateTimeFormat(undefined, {year: 'numeric', ...parts});

/** Milliseconds since the epoch as local time. */
export function time(milliseconds) {
  return clock.format(milliseconds);
}

/** "Nov 22, 21:52 – 22:52". */
export function span(from, to) {
  const year = x => new Date(x).getFullYear();
  const usual_ = year(from) === year(to) && year(to) === year(Date.now());
  return (usual_ ? thisYear : anyYear).formatRange(from, to);
}

/** For an input of the type datetime-local. */
export function local(milliseconds) {
  const x = new Date(milliseconds);
  x.setMinutes(x.getMinutes() - x.getTimezoneOffset());
  return x.toISOString().slice(0, 19);
}

/** For the name of a file. */
export function stamp(milliseconds) {
  return new Date(milliseconds).toISOString().slice(0, 19).replaceAll(':', '');
}

/** `text` with what takes no room or changes the direction as "\u{202e}". */
export function visible(text) {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    x => `\\u{${x.codePointAt(0).toString(16)}}`);
}

/** "a/b/c" as ["a/b/", "c"]. */
export function split(name) {
  const at = name.lastIndexOf('/', name.length - 2) + 1;
  return [name.slice(0, at), name.slice(at)];
}
