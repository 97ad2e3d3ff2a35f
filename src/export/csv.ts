/** The layers of a result as CSV (RFC 4180), one row per layer, plain numbers; no cell is a formula. */
import { csvCell } from '../shared/neutral.ts';
import type { LayerReport } from '../shared/run.ts';
import type { ExportInput } from './input.ts';

const COLUMNS: readonly (readonly [name: string, cell: (layer: LayerReport) => string | number])[] = [
  ['layer', (l) => l.name], ['operator', (l) => l.op],
  ['output_height', (l) => l.output[0]], ['output_width', (l) => l.output[1]], ['output_channels', (l) => l.output[2]],
  ['kernel', (l) => l.kernel], ['bits', (l) => l.bits], ['sparsity', (l) => l.sparsity], ['achieved_sparsity', (l) => l.achievedSparsity ?? ''],
  ['parameters', (l) => l.parameters], ['macs', (l) => l.macs], ['activation_bytes', (l) => l.activationBytes],
  ['total_bytes', (l) => l.totalBytes], ['weight_bytes', (l) => l.weightBytes], ['side_bytes', (l) => l.sideBytes],
  ['padding_bytes', (l) => l.paddingBytes], ['entropy_bytes', (l) => l.entropyBytes],
];

export function layersCsv({ result }: ExportInput): string {
  const lines = [COLUMNS.map(([name]) => name), ...result.layers.map((layer) => COLUMNS.map(([, cell]) => cell(layer)))];
  return lines.map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}
