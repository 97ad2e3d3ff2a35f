/**
 * The bytes of a definition that has weights: the one place that says whether a number is exact and where it comes
 * from. `udc check`, hovers, hints, the line
 * above a definition and its diagnostics ask it; where it knows nothing, they show estimates of the rate table, marked
 * "≈".
 */
import { instantiate } from '../../network/architecture.ts';
import { macs, parameters } from '../../network/operation-counts.ts';
import type { Network, Operation } from '../../network/types.ts';
import type { LayerReport } from '../../wire/run.ts';
import { isWeighted } from './stored-kind.ts';

/** Layers that were encoded, for the target that stores them so. */
export interface EncodedLayers {
  readonly target: string;
  readonly layers: readonly LayerReport[];
}

/** Whose weights they are, within a sentence: a run or a file. */
export interface EncodedSource extends EncodedLayers {
  readonly origin: string;
}

export interface KnownBytes<Source extends EncodedSource> {
  readonly source: Source;
  readonly totalBytes: number;
  /** One per layer of the network; absent where the layer stores nothing. */
  readonly layers: readonly (LayerReport | undefined)[];
}

const sameSparsity = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;

function matches(operations: readonly Operation[], report: LayerReport | undefined): boolean {
  const last = operations.at(-1);
  if (!last || !report) return !last && (!report || report.parameters === 0);
  const weighted = operations.findLast(({ kind }) => isWeighted(kind));
  const sum = (of: (operation: Operation) => number): number =>
    operations.reduce((total, operation) => total + of(operation), 0);
  return (
    [last.outSize.height, last.outSize.width, last.outChannels].every((size, i) => size === report.output[i]) &&
    report.parameters === sum(parameters) &&
    report.macs === sum(macs) &&
    (!weighted || (report.bits === weighted.bits && sameSparsity(report.sparsity, weighted.sparsity)))
  );
}

/**
 * The encoded report of each layer where a network without choices is the architecture that was encoded for its target;
 * undefined where a layer differs.
 */
export function matchLayers(
  network: Network,
  target: string,
  encoded: EncodedLayers,
): readonly (LayerReport | undefined)[] | undefined {
  if (network.decisions.length > 0 || encoded.target !== target) return undefined;
  const { operations } = instantiate(network, []);
  const reports = new Map(encoded.layers.map((layer) => [layer.name, layer]));
  const layers = network.layers.map(({ spec }) => reports.get(spec.name));
  return layers.every((report, index) =>
    matches(
      operations.filter(({ layer }) => layer === index),
      report,
    ),
  )
    ? layers
    : undefined;
}

/**
 * Exact bytes of a definition on a target from the first of `sources` that is its architecture; undefined where none
 * is: its bytes are estimates then.
 */
export function knownBytes<Source extends EncodedSource>(
  network: Network,
  target: string,
  sources: Iterable<Source>,
): KnownBytes<Source> | undefined {
  for (const source of sources) {
    const layers = matchLayers(network, target, source);
    if (layers)
      return { source, layers, totalBytes: layers.reduce((sum, report) => sum + (report?.totalBytes ?? 0), 0) };
  }
  return undefined;
}
