/** The layers of a result as CSV (RFC 4180), one row per layer, plain numbers; no cell is a formula. */
import { csvCell } from '../text/neutral.ts';
import { mapBits } from '../wire/map-bits.ts';
import type { LayerReport } from '../wire/run.ts';
import { entropyBound, weightsAlone } from '../wire/byte-split.ts';
import type { ExportInput } from './export-input.ts';

/**
 * `weight_bytes`, `side_bytes` and `padding_bytes` add up to `total_bytes`; `entropy_bytes` is empty where it does not
 * bound `weight_bytes`.
 */
const COLUMNS: readonly (readonly [name: string, cell: (layer: LayerReport) => string | number])[] = [
  ['layer', (l) => l.name],
  ['operator', (l) => l.op],
  ['output_height', (l) => l.output[0]],
  ['output_width', (l) => l.output[1]],
  ['output_channels', (l) => l.output[2]],
  ['kernel', (l) => l.kernel],
  ['bits', (l) => l.bits],
  ['activation_bits', mapBits],
  ['sparsity', (l) => l.sparsity],
  ['achieved_sparsity', (l) => l.achievedSparsity ?? ''],
  ['parameters', (l) => l.parameters],
  ['macs', (l) => l.macs],
  ['activation_bytes', (l) => l.activationBytes],
  ['total_bytes', (l) => l.totalBytes],
  ['weight_bytes', weightsAlone],
  ['side_bytes', (l) => l.sideBytes],
  ['padding_bytes', (l) => l.weightBytes - weightsAlone(l)],
  ['entropy_bytes', (l) => entropyBound(l) ?? ''],
];

export function layersCsv({ chosen }: ExportInput): string {
  const lines = [
    COLUMNS.map(([name]) => name),
    ...chosen.layers.map((layer) => COLUMNS.map(([, cell]) => cell(layer))),
  ];
  return lines.map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}
