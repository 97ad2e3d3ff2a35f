/** The source formats of the registry. */
import { formatBytes } from '../../text/format.ts';
import { formatMeasured, integerMeasured } from '../../wire/tasks/metrics.ts';
import { dataFacts, dataText } from '../../reports/facts.ts';
import type { ExportInput } from '../../reports/export-input.ts';
import { kerasSource } from './keras.ts';
import { pytorchSource } from './pytorch.ts';

/** What a source file says of itself first: the run, its result, and how the network is fed. */
export function runTitle(run: ExportInput): string {
  const { header, result, chosen } = run;
  const data = dataFacts(run);
  const { name, target, metric } = result;
  const { totals } = chosen;
  return `${name}: found by UDC ${header.version} for ${target}; ${formatBytes(totals.totalBytes)} of weights, ${formatMeasured(metric, integerMeasured(chosen))} as an integer network (run ${header.id})${data ? `\n${dataText(data)}` : ''}`.replaceAll(
    '\u00a0',
    ' ',
  );
}

export const exportPytorch = (run: ExportInput): string => pytorchSource(run.architecture, runTitle(run));
export const exportKeras = (run: ExportInput): string => kerasSource(run.architecture, runTitle(run));
