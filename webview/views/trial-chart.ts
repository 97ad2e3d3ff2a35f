/** The losses of candidates over training steps: the winner strong and named, those that fell out faded. */
import { candidateLabel, lossText, originText, type CandidateRow } from '../../src/charts/candidate-rows.ts';
import { tickLabel, ticks } from '../../src/charts/curves.ts';
import { formatCount } from '../../src/text/format.ts';
import { DIVERGED } from '../../src/wire/candidate-events.ts';
import { h, svg } from '../ui/dom.ts';

/** In pixels. It is drawn at the size at which it is shown. */
const WIDTHS = { most: 1100, least: 200 };
const HEIGHT = 240;
const BOX = { left: 52, right: 16, top: 22, bottom: 38 };
/** Lines that are drawn: the best; more would only blacken the picture. */
const MOST_LINES = 120;

function inWords(rows: readonly CandidateRow[]): string {
  const winner = rows.find((row) => row.winner && row.trials.length > 0);
  const best = winner ?? rows[0]!;
  const { steps, loss } = best.trials.at(-1)!;
  return `Losses of ${formatCount(rows.length)} candidates over training steps. ${winner ? 'The winner' : 'The best so far'}, ${candidateLabel(best.id)} (${originText(best.origin)}), has ${lossText(loss)} after ${formatCount(steps)} steps.`;
}

/** Of rows with a trial at least. `room`: pixels that it may take across. */
export function trialChart(all: readonly CandidateRow[], room: number): HTMLElement {
  const rows = all.filter(({ trials }) => trials.length > 0);
  const width = Math.max(WIDTHS.least, Math.min(WIDTHS.most, room));
  const drawn = rows.map((row) => ({ ...row, trials: row.trials.filter(({ loss }) => loss < DIVERGED) }));
  const points = drawn.flatMap(({ trials }) => trials);
  const most = Math.max(1, ...points.map(({ steps }) => steps));
  const losses = points.map(({ loss }) => loss);
  const [low, high] = points.length === 0 ? [0, 1] : [Math.min(...losses), Math.max(...losses)];
  const air = Math.max(0.06 * (high - low), 0.02 * Math.abs(high), 1e-6);
  const [bottom, top] = [low >= 0 ? Math.max(0, low - air) : low - air, high + air];
  const x = (steps: number): number => BOX.left + (steps / most) * (width - BOX.left - BOX.right);
  const y = (loss: number): number =>
    HEIGHT - BOX.bottom - ((loss - bottom) / (top - bottom)) * (HEIGHT - BOX.top - BOX.bottom);
  const text = (atX: number, atY: number, content: string, anchor: string, look = ''): SVGElement =>
    svg('text', { x: atX.toFixed(1), y: atY.toFixed(1), 'text-anchor': anchor, class: look }, content);
  // The winner and what is still in lie over the others.
  const strength = ({ winner, out }: CandidateRow): number => (winner ? 2 : out ? 0 : 1);
  const lines = drawn.slice(0, MOST_LINES).sort((a, b) => strength(a) - strength(b));
  return h(
    'div',
    { class: 'scatter trials' },
    svg(
      'svg',
      { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: 'img', 'aria-label': inWords(rows) },
      ticks(bottom, top, 4).map((tick) => [
        svg('line', { class: 'grid', x1: BOX.left, x2: width - BOX.right, y1: y(tick), y2: y(tick) }),
        text(BOX.left - 6, y(tick) + 4, tickLabel(tick, 'number'), 'end'),
      ]),
      ticks(0, most, width / 110)
        .filter(Number.isInteger)
        .map((tick) => text(x(tick), HEIGHT - BOX.bottom + 16, formatCount(tick), 'middle')),
      text((BOX.left + width - BOX.right) / 2, HEIGHT - 4, 'training steps', 'middle'),
      lines.map((row) => {
        const look = row.winner ? 'trial-won' : row.out ? 'trial-out' : 'trial-in';
        const path = row.trials.map(({ steps, loss }) => `${x(steps).toFixed(1)},${y(loss).toFixed(1)}`).join(' ');
        const last = row.trials.at(-1);
        return svg(
          'g',
          { class: `trial ${look}` },
          svg('title', {}, `${candidateLabel(row.id)}, ${originText(row.origin)}`),
          svg('polyline', { points: path }),
          row.trials.map(({ steps, loss }) =>
            svg('circle', { cx: x(steps).toFixed(1), cy: y(loss).toFixed(1), r: row.winner ? 4 : 2.5 }),
          ),
          row.winner && last ? text(x(last.steps) - 8, y(last.loss) - 8, `${candidateLabel(row.id)} won`, 'end') : null,
        );
      }),
    ),
  );
}
