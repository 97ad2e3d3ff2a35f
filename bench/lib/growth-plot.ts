/**
 * Small pictures, side by side, of how quantities grow: both axes double from line to line, and every series begins at
 * 1.
 */

export interface Panel {
  readonly title: string;
  /** Values of the quantity that is varied, ascending. */
  readonly x: readonly number[];
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
}

const SIZE = { width: 260, height: 210, left: 40, right: 14, top: 40, bottom: 46 } as const;
/** Told apart by colour-blind readers and in print (Okabe and Ito, 2008). */
const LOOKS = [
  { colour: '#0072b2', dash: '' },
  { colour: '#d55e00', dash: '5 3' },
] as const;
const INK = '#57606a';

const text = (x: number, y: number, content: string, anchor = 'middle', weight = 400): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" font-weight="${weight}">${content.replace(/&/g, '&amp;').replace(/</g, '&lt;')}</text>`;

function panelSvg({ title, x, series }: Panel, offset: number, doublings: number): string {
  const across = (value: number): number =>
    offset +
    SIZE.left +
    ((Math.log2(value) - Math.log2(x[0]!)) / Math.log2(x.at(-1)! / x[0]!)) * (SIZE.width - SIZE.left - SIZE.right);
  const up = (ratio: number): number =>
    SIZE.height - SIZE.bottom - ((Math.log2(ratio) + 1) / (doublings + 1)) * (SIZE.height - SIZE.top - SIZE.bottom);
  const parts = [text(offset + SIZE.left, 18, title, 'start', 600)];
  for (let power = 0; power <= doublings; ++power) {
    const y = up(2 ** power);
    parts.push(
      `<line x1="${offset + SIZE.left}" y1="${y.toFixed(1)}" x2="${offset + SIZE.width - SIZE.right}" y2="${y.toFixed(1)}" stroke="${INK}" stroke-opacity="0.25"/>`,
      text(offset + SIZE.left - 6, y + 4, `× ${2 ** power}`, 'end'),
    );
  }
  for (const value of x) parts.push(text(across(value), SIZE.height - SIZE.bottom + 16, String(value)));
  series.forEach(({ name, values }, k) => {
    const { colour, dash } = LOOKS[k % LOOKS.length]!;
    const points = values.map((value, i) => [across(x[i]!), up(value / values[0]!)] as const);
    parts.push(
      `<polyline points="${points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(' ')}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`,
    );
    for (const [px, py] of points)
      parts.push(`<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="3" fill="${colour}"/>`);
    const legend = offset + SIZE.left + k * 125;
    parts.push(
      `<line x1="${legend}" y1="${SIZE.height - 10}" x2="${legend + 20}" y2="${SIZE.height - 10}" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`,
      text(legend + 25, SIZE.height - 6, name, 'start'),
    );
  });
  return parts.join('');
}

/** `description` is read to people who do not see the picture. */
export function growthSvg(panels: readonly Panel[], description: string): string {
  const ratios = panels.flatMap(({ series }) =>
    series.flatMap(({ values }) => values.map((value) => value / values[0]!)),
  );
  const doublings = Math.max(1, Math.ceil(Math.log2(Math.max(...ratios))));
  const width = SIZE.width * panels.length;
  const body = panels.map((panel, i) => panelSvg(panel, i * SIZE.width, doublings)).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${SIZE.height}" width="${width}" height="${SIZE.height}" font-family="system-ui, sans-serif" font-size="11" fill="${INK}"><title>${description}</title><rect width="${width}" height="${SIZE.height}" fill="#ffffff"/>${body}</svg>\n`;
}
