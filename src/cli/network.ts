/** `udc check` of an existing network: one architecture, its weights encoded. */
import { basename } from 'node:path';
import { networkReport, type NetworkReport, type NetworkRow } from '../export/network-report.ts';
import { formatBytes, formatCount, formatLarge, formatShare } from '../shared/format.ts';
import { budgetNamed } from './definition.ts';
import { networkTarget, readNetwork } from './imported.ts';
import { EXIT, json, type Io } from './io.ts';
import { paddingLines, plain, table } from './table.ts';

export interface CheckOptions { readonly budget?: string; readonly target?: string; readonly json?: boolean }

/** Prints the table of a .tflite. Returns the exit code. */
export async function checkNetwork(file: string, options: CheckOptions, io: Io): Promise<number> {
  const model = await readNetwork(file, io);
  const target = networkTarget(model, options.target);
  const report = networkReport(model.network, target, options.budget === undefined ? undefined : budgetNamed(options.budget));
  const name = basename(file);
  io.out(options.json ? json({ name, ...report }) : describe(name, report));
  for (const problem of report.problems) io.err(`${file}: ${target.name} cannot run this: ${problem}\n`);
  if (report.problems.length > 0) return EXIT.input;
  if (report.feasible !== false) return EXIT.done;
  io.err(plain(`${file}: ${excess(report)}\n`));
  return EXIT.budget;
}

function excess({ totals, budgetBytes, activationBudgetBytes }: NetworkReport): string {
  const over = (what: string, bytes: number, budget: number): string => `${what} take ${formatCount(bytes)} B (${formatBytes(bytes)}), more than the budget of ${formatBytes(budget)}`;
  return totals.bytes.totalBytes > budgetBytes! ? over('weights', totals.bytes.totalBytes, budgetBytes!) : over('activations', totals.peakActivationBytes, activationBudgetBytes!);
}

function describe(name: string, report: NetworkReport): string {
  const { totals, rows, budgetBytes, activationBudgetBytes, target, exactSizes, feasible } = report;
  const right = { align: 'right' } as const;
  const columns = [
    { title: 'layer' }, { title: 'operator' }, { title: 'kernel' }, { title: 'output' }, { title: 'bits', ...right }, { title: 'zeros', ...right }, { title: 'parameters', ...right },
    { title: 'MACs', ...right }, { title: 'activations', ...right }, { title: 'stored', ...right }, { title: budgetBytes === undefined ? '' : 'of budget', ...right },
  ];
  const total = ['total', '', '', '', '', '', formatCount(totals.parameters), formatLarge(totals.macs), formatBytes(totals.peakActivationBytes), bytesText(totals.bytes.totalBytes), shareText(totals.share)];
  return plain([
    `${name} for ${target}`,
    '',
    table(columns, rows.map(cells), [total]),
    ...(budgetBytes === undefined ? [] : [`Budget: ${formatBytes(budgetBytes)} of weights${activationBudgetBytes === undefined ? '' : `, ${formatBytes(activationBudgetBytes)} of activations`}. ${feasible ? 'It is met.' : 'It is not met.'}`]),
    `Weights ${formatCount(totals.bytes.weightBytes)} B, biases and scales ${formatCount(totals.bytes.sideBytes)} B, entropy bound ${formatCount(totals.bytes.entropyBytes)} B${totals.cycles > 0 ? `, about ${formatLarge(totals.cycles)} cycles` : ''}.`,
    ...(exactSizes ? [] : [`Sizes on ${target} are approximate (≈).`]),
    ...paddingLines(rows),
    '',
  ].join('\n'));
}

function cells({ name, op, kernel, output, bits, sparsity, parameters, macs, activationBytes, bytes, share }: NetworkRow): string[] {
  const weighted = bits !== undefined;
  return [
    name, op, kernel, `${output.height}x${output.width}x${output.channels}`, weighted ? String(bits) : '', sparsity === undefined ? '' : formatShare(sparsity), weighted ? formatCount(parameters) : '',
    macs > 0 ? formatLarge(macs) : '', formatBytes(activationBytes), weighted ? bytesText(bytes.totalBytes) : '', weighted ? shareText(share) : '',
  ];
}

const bytesText = (bytes: number): string => `${formatCount(bytes)} B`;
const shareText = (share: number | undefined): string => (share === undefined ? '' : formatShare(share));
