/** Accuracy over mean work of an ensemble as a static picture, with a legend: for reports. */
import type { EnsembleReport } from '../wire/ensemble.ts';
import { COLOURS, GRID, line, picture, round, text } from './chart-svg.ts';
import { ensembleLayout, pointInWords, type EnsembleMark } from './ensemble-layout.ts';
import { rivalText } from './ensemble-words.ts';

const LEGEND_LINE = 18;
const CROSS = 'M-5 -5L5 5M5 -5L-5 5';
const DOT = 'M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z';
const RING = 'M-7 0a7 7 0 1 0 14 0a7 7 0 1 0 -14 0z';

const at = (path: string, x: number, y: number, look: string): string =>
  `<path transform="translate(${round(x)} ${round(y)})" d="${path}" ${look}/>`;

const polyline = (marks: readonly EnsembleMark[], look: string): string =>
  `<polyline points="${marks.map(({ x, y }) => `${round(x)},${round(y)}`).join(' ')}" fill="none" ${look}/>`;

export function ensembleSvg(report: EnsembleReport, title: string, { width = 760, height = 340 } = {}): string {
  const { box, across, up, validation, test, rival } = ensembleLayout(report, width, height);
  const colour = COLOURS[0];
  const strong = `stroke="${colour}" stroke-width="1.4"`;
  const dashed = 'stroke="currentColor" stroke-opacity="0.6" stroke-dasharray="4 3"';
  const filled = `fill="${colour}"`;
  const ring = `fill="none" stroke="${colour}" stroke-width="2"`;
  const cross = 'fill="none" stroke="currentColor" stroke-width="2"';
  const chosen = test[report.chosen]!;
  const row = (k: number): number => height + 8 + k * LEGEND_LINE;
  const legend: readonly (readonly [(y: number) => string, string])[] = [
    [(y) => at(DOT, box.left + 6, y, filled), 'test part, with one standard error'],
    [(y) => line(box.left - 4, y, box.left + 16, y, dashed), 'validation part, which the thresholds come from'],
    [(y) => at(RING, box.left + 6, y, ring), 'the chosen point'],
    [(y) => at(CROSS, box.left + 6, y, cross), rivalText(report)],
  ];
  const body = [
    ...up.flatMap(({ y, label }) => [line(box.left, y, box.right, y, GRID), text(box.left - 6, y + 4, label, 'end')]),
    ...across.flatMap(({ x, label }) => [
      line(x, box.bottom, x, box.bottom + 4, GRID),
      text(x, box.bottom + 17, label, 'middle'),
    ]),
    text((box.left + box.right) / 2, height - 6, `mean ${report.unit}`, 'middle'),
    polyline(validation, dashed),
    polyline(test, strong),
    ...test.flatMap(({ x, y, top, bottom }) => [line(x, top, x, bottom, strong), at(DOT, x, y, filled)]),
    at(CROSS, rival.x, rival.y, cross),
    at(RING, chosen.x, chosen.y, ring),
    ...legend.flatMap(([mark, words], k) => [mark(row(k)), text(box.left + 24, row(k) + 4, words)]),
  ];
  const words = report.points.map((_, i) => pointInWords(report, i)).join('; ');
  return picture(width, height + 12 + legend.length * LEGEND_LINE, title, words, body);
}
