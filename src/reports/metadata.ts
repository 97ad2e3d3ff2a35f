/** UDC's own facts inside binary formats: names, decisions, certificate, as JSON texts. */
import { findTarget } from '../targets/find-target.ts';
import { velaArguments } from '../costs/activations/vela-arguments.ts';
import { weightLimit } from '../wire/limits.ts';
import { dataFacts } from './facts.ts';
import type { ExportInput } from './export-input.ts';

/** Key under which binary formats keep the facts. */
export const METADATA_KEY = 'udc';

/** A JSON text: what was decided, for which target and budget, and what it measured. */
export function udcMetadata({ header, result, chosen, architecture, events }: ExportInput): string {
  const { name, target, metric, seed, limits, strategy } = result;
  const { totals, integerMetric, certificate } = chosen;
  const vela = velaArguments(findTarget(target), certificate.costs);
  return JSON.stringify({
    format: 'udc-metadata-1',
    name,
    run: header.id,
    version: header.version,
    target,
    strategy: strategy.id,
    budgetBytes: weightLimit(limits),
    limits,
    exactBytes: totals.totalBytes,
    metric,
    integerMetric,
    seed,
    certificate,
    ...dataFacts({ events, architecture }),
    peakActivationBytes: totals.peakActivationBytes,
    ...(vela && { vela }),
    decisions: Object.fromEntries(chosen.decisions.map(({ id, label }) => [id, label])),
    operations: architecture.operations.map(({ id, layerName, kind, bits, sparsity }) => ({
      id,
      layer: layerName,
      kind,
      bits,
      sparsity,
    })),
  });
}
