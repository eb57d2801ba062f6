// Makes elements. Text is only ever text: nothing here takes markup.

/**
 * element('a.row', {href: '/', onclick}, 'text', child): `on...` are listeners,
 * all else are attributes; null and false leave one out, true is empty.
 */
export function element(what, properties = {}, ...children) {
  const [tag, ...classes] = what.split('.');
  const x = document.createElement(tag);
  if (classes.length > 0)
    x.className = classes.join(' ');
  for (const [name, value] of Object.entries(properties))
    if (name.startsWith('on'))
      x.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false)
      x.setAttribute(name, value === true ? '' : value);
  x.append(...children.filter(child => child !== null));
  return x;
}

/** The element with this id, which the page has. */
export function at(id) {
  return document.getElementById(id);
}

/** Gives `box` these children, if it has others; the focus stays. */
export function place(box, children) {
  if (children.length === box.children.length
      && children.every((x, i) => x === box.children[i]))
    return;
  const focused = document.activeElement;
  box.replaceChildren(...children);
  if (box.contains(focused))
    focused.focus({preventScroll: true});
}

/** `name` in pieces that may break behind each slash. */
export function breakable(text) {
  const x = element('bdi');
  for (const level of text.split(/(?<=\/)/))
    x.append(level, document.createElement('wbr'));
  return x;
}

/** What a custom property of the style sheet comes to, as rgb(). */
export function colour(name) {
  const probe = at('probe');
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

/** The colour of the series with this number. */
export function seriesColour(slot) {
  return colour(`--series-${slot}`);
}

/** Hands a blob to the browser as a file. */
export function download(blob, name) {
  const x = element('a', {href: URL.createObjectURL(blob), download: name});
  x.click();
  setTimeout(() => URL.revokeObjectURL(x.href), 10000);
}
