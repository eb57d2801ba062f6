// How numbers, ages and times are shown. Nothing here touches the page.

const usual = new Intl.NumberFormat(undefined, {maximumSignificantDigits: 6});
const extreme = new Intl.NumberFormat(undefined,
  {notation: 'scientific', maximumSignificantDigits: 5});

export function number(x) {
  if (x === null || x === undefined || Number.isNaN(x))
    return '–';
  const size = Math.abs(x);
  return size !== 0 && (size >= 1e9 || size < 1e-4)
    ? extreme.format(x) : usual.format(x);
}

const units = [[365 * 86400, 'y'], [86400, 'd'], [3600, 'h'], [60, 'min']];

/** Seconds as "12 s", "5 min", "3 h". */
export function duration(seconds) {
  for (const [size, name] of units)
    if (seconds >= size)
      return `${Math.floor(seconds / size)} ${name}`;
  return `${Math.max(0, Math.round(seconds))} s`;
}

const clock = new Intl.DateTimeFormat(undefined, {
  weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit',
  minute: '2-digit', second: '2-digit', hourCycle: 'h23',
});

/** Milliseconds since the epoch as local time. */
export function time(milliseconds) {
  return clock.format(milliseconds);
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
