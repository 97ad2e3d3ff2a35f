/** A confusion matrix as a static, self-contained picture: a heat map with its numbers. */
import { escapeHtml as escape } from '../text/neutral.ts';
import { formatCount } from '../text/format.ts';
import { brief } from '../text/neutral.ts';
import type { DetailMatrix } from './details/details-view.ts';

const CELL = { width: 38, height: 22 };
const LABELS = 150;
const TOP = 110;
/** Of a name beside the matrix, in characters. */
const LONGEST = 22;

/** How strong a cell is drawn: its share of the samples of its class, 0..1. */
export const strengthOf = (samples: number, row: readonly number[]): number =>
  samples /
  Math.max(
    1,
    row.reduce((sum, n) => sum + n, 0),
  );

/** What the picture says, in a sentence. */
export function matrixInWords({ names, cells }: DetailMatrix): string {
  const mistakes = cells.flatMap((row, a) => row.flatMap((n, b) => (a !== b && n > 0 ? [{ a, b, n }] : [])));
  const [most] = mistakes.sort((one, other) => other.n - one.n);
  const all = `Samples of ${names.length} classes (rows) by answer (columns).`;
  return most
    ? `${all} Most often ${names[most.a]!} is taken for ${names[most.b]!}: ${most.n === 1 ? 'once' : `${formatCount(most.n)} times`}.`
    : `${all} No class is taken for another.`;
}

export function matrixSvg(matrix: DetailMatrix): string {
  const { names, cells, title } = matrix;
  const [width, height] = [LABELS + names.length * CELL.width + 8, TOP + names.length * CELL.height + 8];
  const row = (values: readonly number[], a: number): string => {
    const y = TOP + a * CELL.height;
    const label = `<text x="${LABELS - 6}" y="${y + 15}" text-anchor="end">${escape(brief(names[a]!, LONGEST))}</text>`;
    const boxes = values.map((n, b) => {
      const x = LABELS + b * CELL.width;
      const strength = strengthOf(n, values);
      const colour = a === b ? '#2a7fd4' : '#d4552a';
      const said = `${escape(names[a]!)} answered as ${escape(names[b]!)}: ${n}`;
      const box = `<rect x="${x}" y="${y}" width="${CELL.width - 1}" height="${CELL.height - 1}" fill="${colour}" fill-opacity="${(0.06 + 0.54 * (n > 0 ? strength : 0)).toFixed(3)}"/>`;
      const number = n === 0 ? '' : `<text x="${x + CELL.width / 2}" y="${y + 15}" text-anchor="middle">${n}</text>`;
      return `<g><title>${said}</title>${box}${number}</g>`;
    });
    return label + boxes.join('');
  };
  const heads = names.map((name, b) => {
    const x = LABELS + b * CELL.width + CELL.width / 2 + 4;
    return `<text transform="translate(${x} ${TOP - 6}) rotate(-60)">${escape(brief(name, LONGEST))}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="currentColor"><title>${escape(title)}</title><desc>${escape(matrixInWords(matrix))}</desc>${heads.join('')}${cells.map(row).join('')}</svg>`;
}
