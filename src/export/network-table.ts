/** The report of an existing network in words: what the command line prints and the editor shows. */
import { paddingLines } from '../npu/report.ts';
import { formatBytes, formatCount, formatLarge, formatShare } from '../shared/format.ts';
import type { NetworkReport, NetworkRow } from './network-report.ts';

/** Cells as people read them; units follow a no-break space. */
export interface NetworkTable {
  readonly columns: readonly { readonly title: string; readonly align?: 'right' }[];
  readonly rows: readonly (readonly string[])[];
  readonly total: readonly string[];
  /** What to say below the table, one sentence or two a line. */
  readonly lines: readonly string[];
  /** What the network needs more of than the target has; absent where it fits, or there is no budget. */
  readonly excess?: string;
}

const bytesText = (bytes: number): string => `${formatCount(bytes)} B`;
const shareText = (share: number | undefined): string => (share === undefined ? '' : formatShare(share));

function cells({ name, op, kernel, output, bits, sparsity, parameters, macs, activationBytes, bytes, share }: NetworkRow): string[] {
  const weighted = bits !== undefined;
  return [
    name, op, kernel, `${output.height}x${output.width}x${output.channels}`, weighted ? String(bits) : '', shareText(sparsity), weighted ? formatCount(parameters) : '',
    macs > 0 ? formatLarge(macs) : '', formatBytes(activationBytes), weighted ? bytesText(bytes.totalBytes) : '', weighted ? shareText(share) : '',
  ];
}

function excessOf({ totals, budgetBytes, activationBudgetBytes }: NetworkReport): string {
  const over = (what: string, bytes: number, budget: number): string => `${what} take ${formatCount(bytes)} B (${formatBytes(bytes)}), more than the budget of ${formatBytes(budget)}`;
  return totals.bytes.totalBytes > budgetBytes! ? over('weights', totals.bytes.totalBytes, budgetBytes!) : over('activations', totals.peakActivationBytes, activationBudgetBytes!);
}

/** Puts a report into words. */
export function networkTable(report: NetworkReport): NetworkTable {
  const { totals, rows, budgetBytes, activationBudgetBytes, target, exactSizes, feasible } = report;
  const right = { align: 'right' } as const;
  const { weightBytes, sideBytes, entropyBytes } = totals.bytes;
  return {
    columns: [
      { title: 'layer' }, { title: 'operator' }, { title: 'kernel' }, { title: 'output' }, { title: 'bits', ...right }, { title: 'zeros', ...right }, { title: 'parameters', ...right },
      { title: 'MACs', ...right }, { title: 'activations', ...right }, { title: 'stored', ...right }, { title: budgetBytes === undefined ? '' : 'of budget', ...right },
    ],
    rows: rows.map(cells),
    total: ['total', '', '', '', '', '', formatCount(totals.parameters), formatLarge(totals.macs), formatBytes(totals.peakActivationBytes), bytesText(totals.bytes.totalBytes), shareText(totals.share)],
    lines: [
      ...(budgetBytes === undefined ? [] : [`Budget: ${formatBytes(budgetBytes)} of weights${activationBudgetBytes === undefined ? '' : `, ${formatBytes(activationBudgetBytes)} of activations`}. ${feasible ? 'It is met.' : 'It is not met.'}`]),
      `Weights ${bytesText(weightBytes)}, biases and scales ${bytesText(sideBytes)}, entropy bound ${bytesText(entropyBytes)}${totals.cycles > 0 ? `, about ${formatLarge(totals.cycles)} cycles` : ''}.`,
      ...(exactSizes ? [] : [`Sizes on ${target} are approximate (≈).`]),
      ...paddingLines(rows),
    ],
    ...(feasible === false && { excess: excessOf(report) }),
  };
}
