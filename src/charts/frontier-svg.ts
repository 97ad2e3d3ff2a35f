/** The frontier of a sweep as a static picture, with a legend: for reports. */
import type { Frontier } from './frontier.ts';
import { MARKS, PUBLISHED_MARK, frontierLayout } from './frontier-layout.ts';
import { COLOURS, GRID, REFERENCE, line, picture, round, text } from './chart-svg.ts';

const LEGEND_LINE = 18;

export function frontierSvg(shown: Frontier, title: string, { width = 760, height = 380 } = {}): string {
  const { series } = shown;
  const layout = frontierLayout(shown, width, height);
  const { box } = layout;
  const legend = series.length * LEGEND_LINE;
  const body: string[] = [];
  for (const { y, label } of layout.up)
    body.push(line(box.left, y, box.right, y, GRID), text(box.left - 6, y + 4, label, 'end'));
  for (const { x, label } of layout.across)
    body.push(line(x, box.bottom, x, box.bottom + 4, GRID), text(x, box.bottom + 17, label, 'middle'));
  body.push(text((box.left + box.right) / 2, height - 6, 'encoded size', 'middle'));
  for (const x of layout.budgets)
    body.push(line(x, box.top, x, box.bottom, `stroke="${REFERENCE}" stroke-opacity="0.5" stroke-dasharray="2 3"`));
  const front = layout.front.map(([x, y]) => `${round(x)},${round(y)}`).join(' ');
  body.push(
    `<polyline points="${front}" fill="none" stroke="currentColor" stroke-opacity="0.6" stroke-dasharray="4 3"/>`,
  );
  for (const [at, { kind, title: name }] of series.entries()) {
    const published = kind === 'published';
    const colour = published ? 'currentColor' : COLOURS[at % COLOURS.length]!;
    const path = published ? PUBLISHED_MARK : MARKS[at % MARKS.length]!;
    const look = kind === 'search' ? `fill="${colour}"` : `fill="none" stroke="${colour}" stroke-width="1.6"`;
    const mark = (x: number, y: number): string =>
      `<path transform="translate(${round(x)} ${round(y)})" d="${path}" ${look}/>`;
    for (const { x, y, top, bottom } of layout.marks[at]!)
      body.push(
        ...(bottom - top > 1 ? [line(x, top, x, bottom, `stroke="${colour}" stroke-width="1.4"`)] : []),
        mark(x, y),
      );
    const row = height + 8 + at * LEGEND_LINE;
    body.push(mark(box.left + 6, row), text(box.left + 20, row + 4, name));
  }
  const words = series.flatMap(({ points }) => points.map((point) => point.text)).join('; ');
  return picture(width, height + 12 + legend, title, words, body);
}
