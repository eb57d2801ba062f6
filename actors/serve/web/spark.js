// A small picture of how a number went.

const space = 'http://www.w3.org/2000/svg';
const width = 240;
const height = 48;

function shape(tag, attributes) {
  const x = document.createElementNS(space, tag);
  for (const [name, value] of Object.entries(attributes))
    x.setAttribute(name, value);
  return x;
}

export class Spark {
  constructor(box) {
    this.area = shape('path', {class: 'area'});
    this.line = shape('path', {class: 'line'});
    const picture = shape('svg', {
      viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none',
      'aria-hidden': 'true', class: 'spark',
    });
    picture.append(this.area, this.line);
    box.append(picture);
  }

  /** `values`: the newest last, null where there is none; `most` fit. */
  show(values, most) {
    const top = Math.max(1e-9, ...values.map(x => x ?? 0)) * 1.15;
    const step = width / (most - 1);
    const points = values.map((x, i) => x === null ? null
      : [width - (values.length - 1 - i) * step, height - x / top * height])
      .filter(Boolean)
      .map(([x, y]) => `${x.toFixed(1)} ${(y - 1).toFixed(1)}`);
    const path = points.length > 1 ? `M${points.join('L')}` : '';
    this.line.setAttribute('d', path);
    this.area.setAttribute('d', path && `${path}L${width} ${height}L${
      points[0].split(' ')[0]} ${height}Z`);
  }
}
