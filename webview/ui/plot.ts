/** What pictures with two axes have in common: their frame, the axes, and marks in a legend. */
import { svg, type Child } from './dom.ts';

export interface PlotBox {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
}

/** A mark of an axis: its place in pixels, and what is written there. */
export interface AxisMark {
  readonly at: number;
  readonly label: string;
}

/** As wide as there is room for, in pixels. */
export const widthIn = (room: number, { least, most }: { readonly least: number; readonly most: number }): number =>
  Math.max(least, Math.min(most, room));

/** Text in a picture; `y` is that of its baseline. */
export function label(x: number, y: number, text: string, anchor: 'start' | 'middle' | 'end'): SVGElement {
  return svg('text', { x: x.toFixed(1), y: y.toFixed(1), 'text-anchor': anchor }, text);
}

/**
 * The picture itself, drawn at the size at which it is shown.
 * @param words what it shows, for those who do not see it
 */
export function plot(
  { width, height }: { readonly width: number; readonly height: number },
  words: string,
  children: readonly Child[],
  attributes: Parameters<typeof svg>[1] = {},
): SVGElement {
  const frame = { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': words };
  return svg('svg', { ...frame, ...attributes }, children);
}

/** Lines across with their numbers, numbers below, and what they are. */
export function axes(
  { left, right, bottom }: PlotBox,
  height: number,
  {
    up,
    across,
    title,
  }: { readonly up: readonly AxisMark[]; readonly across: readonly AxisMark[]; readonly title: string },
): readonly Child[] {
  return [
    up.map(({ at, label: text }) => [
      svg('line', { class: 'grid', x1: left, x2: right, y1: at, y2: at }),
      label(left - 6, at + 4, text, 'end'),
    ]),
    across.map(({ at, label: text }) => label(at, bottom + 16, text, 'middle')),
    label((left + right) / 2, height - 6, title, 'middle'),
  ];
}

/** A mark as a legend shows it. @param look classes @param shape a path about the origin */
export function legendMark(look: string, shape: string): SVGElement {
  return svg(
    'svg',
    { width: 16, height: 16, viewBox: '-8 -8 16 16', 'aria-hidden': 'true' },
    svg('g', { class: look }, svg('path', { d: shape })),
  );
}
