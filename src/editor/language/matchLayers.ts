/** Whether a definition without choices is the architecture whose layers are known, from a run or a weights file. */
import type { ExactLayers } from '../../shared/exact-layers.ts';
import type { LayerReport } from '../../shared/run.ts';
import type { NetworkSizes } from './analysis.ts';
import type { LayerMeasure } from './measure.ts';

const sameSparsity = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;

function matches(measure: LayerMeasure, report: LayerReport | undefined): boolean {
  if (measure.skipped || !report) return measure.skipped && (!report || report.parameters === 0);
  const { operation } = measure.operations.findLast(({ filter }) => filter !== undefined) ?? measure.operations.at(-1)!;
  const weighted = measure.operations.some(({ filter }) => filter !== undefined);
  return report.output.every((size, i) => size === measure.output?.[i])
    && report.parameters === measure.parameters
    && report.macs === measure.macs
    && (!weighted || (report.bits === operation.bits && sameSparsity(report.sparsity, operation.sparsity)));
}

/** The known report of each layer, or undefined where one of them differs. */
export function matchLayers(sizes: NetworkSizes, known: ExactLayers): readonly (LayerReport | undefined)[] | undefined {
  const reports = new Map(known.layers.map((layer) => [layer.name, layer]));
  const layers = sizes.network.layers.map(({ spec }) => reports.get(spec.name));
  const same = known.target === sizes.definition.target.npu && layers.every((report, index) => matches(sizes.largestArchitecture.layer(index), report));
  return same ? layers : undefined;
}
