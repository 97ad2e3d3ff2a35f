/** Measurements as CSV (RFC 4180): a line a network and device, in seconds and bytes; no cell is a formula. */
import { csvCell } from '../text/neutral.ts';
import type { MeasureReport, Measurement } from '../wire/measurements.ts';

type Cell = string | number | undefined;

const HEAD: readonly (readonly [string, (cell: Measurement) => Cell])[] = [
  ['runtime', ({ runtime }) => runtime],
  ['device', ({ device }) => device],
  ['mark', ({ mark }) => mark],
  ['version', ({ version }) => version],
  ['median_seconds', ({ seconds }) => seconds?.median],
  ['p90_seconds', ({ seconds }) => seconds?.p90],
  ['spread', ({ seconds }) => seconds?.spread],
  ['runs', ({ seconds }) => seconds?.runs],
  ['counted', ({ work }) => work?.count],
  ['counted_unit', ({ work }) => work?.unit],
  ['joules', ({ joules }) => joules],
  ['arena_bytes', ({ memory }) => memory?.arenaBytes],
  ['stack_bytes', ({ memory }) => memory?.stackBytes],
  ['flash_bytes', ({ memory }) => memory?.flashBytes],
  ['outputs_equal', ({ agreement }) => agreement?.equal],
  ['outputs_most_steps', ({ agreement }) => agreement?.most],
  ['longest_layer', ({ layers }) => layers?.[0]?.name],
  ['longest_layer_share', ({ layers }) => layers?.[0]?.share],
  ['longest_layer_waits_for', ({ layers }) => layers?.[0]?.waitsFor],
  ['reason', ({ reason }) => reason],
  ['note', ({ note }) => note],
];

const line = (cells: readonly Cell[]): string => `${cells.map((cell = '') => csvCell(cell)).join(',')}\r\n`;

export function measureCsv({ networks, when, machine }: MeasureReport): string {
  const head = ['network', 'weights', 'when', 'machine', ...HEAD.map(([name]) => name)];
  const lines = networks.flatMap(({ name, weights, cells }) =>
    cells.map((cell) => line([name, weights, when, machine, ...HEAD.map(([, of]) => of(cell))])),
  );
  return [line(head), ...lines].join('');
}
