/** Exact sizes of integer weights by the target's real encoder, split as reports show them, and the certificate over them. */
import { createHash } from 'node:crypto';
import { activationMemory } from '../npu/memory.ts';
import { estimateCycles } from '../npu/cycles.ts';
import { encodeWeights, storedSize } from '../npu/stored.ts';
import { splitSize, type SplitSize } from '../npu/unpadded.ts';
import type { Target } from '../npu/targets.ts';
import { filterShape, macs, parameters } from '../model/cost.ts';
import type { Architecture, Network, Operation } from '../model/types.ts';
import type { ByteSplit, LayerReport, Totals } from '../shared/run.ts';
import { weightTensor } from './quantise.ts';
import type { IntegerNetwork } from './types.ts';

/** Exact stored bytes of one operation's OHWI codes, side data included. */
export function storedBytes(target: Target, operation: Operation, codes: Int8Array): number {
  return storedSize(target, weightTensor(operation, codes)!).totalBytes;
}

export interface Sized { readonly totalBytes: number; readonly perOperation: readonly (SplitSize | undefined)[] }

/** Exact stored size of every operation. `codes(operation)` gives its OHWI codes. */
export function sizeExactly(architecture: Architecture, target: Target, codes: (operation: Operation) => Int8Array): Sized {
  const perOperation = architecture.operations.map((operation) => (filterShape(operation) ? splitSize(target, weightTensor(operation, codes(operation))!) : undefined));
  return { perOperation, totalBytes: perOperation.reduce((sum, size) => sum + (size?.totalBytes ?? 0), 0) };
}

/** Exact stored size of every operation of an integer network. */
export function sizeNetwork({ architecture, operations }: IntegerNetwork, target: Target): Sized {
  const codes = new Map(operations.flatMap(({ operation, weights }) => (weights ? [[operation.id, weights.codes] as const] : [])));
  return sizeExactly(architecture, target, ({ id }) => codes.get(id)!);
}

/** SHA-256 over the concatenated encoded weights, and their exact size with side data. */
export function certify(architecture: Architecture, target: Target, codes: ReadonlyMap<string, Int8Array>): { encodedSha256: string; exactBytes: number } {
  const hash = createHash('sha256');
  let exactBytes = 0;
  for (const operation of architecture.operations) {
    const values = codes.get(operation.id);
    if (!values) continue;
    const { bytes, size } = encodeWeights(target, weightTensor(operation, values)!);
    hash.update(bytes);
    exactBytes += size.totalBytes;
  }
  return { encodedSha256: hash.digest('hex'), exactBytes };
}

const SPLIT: readonly (keyof ByteSplit)[] = ['totalBytes', 'weightBytes', 'sideBytes', 'paddingBytes', 'entropyBytes'];

/** The sums of sizes, part by part; all 0 without any. */
export function addUp(parts: readonly (Partial<ByteSplit> | undefined)[]): ByteSplit {
  return Object.fromEntries(SPLIT.map((key) => [key, parts.reduce((sum, part) => sum + (part?.[key] ?? 0), 0)])) as unknown as ByteSplit;
}

/** One row a layer. `codes` adds the achieved sparsity. */
export function layerReports(network: Network, architecture: Architecture, target: Target, sized: Sized, codes?: ReadonlyMap<string, Int8Array>): LayerReport[] {
  const memory = activationMemory(architecture, target).perOperation;
  return network.layers.map((layer) => {
    const indices = architecture.operations.flatMap((operation, i) => (operation.layer === layer.spec.index ? [i] : []));
    const operations = indices.map((i) => architecture.operations[i]!);
    const weighted = operations.filter((operation) => filterShape(operation));
    const last = operations.at(-1);
    const largest = (size: (operation: Operation) => number): Operation | undefined =>
      weighted.reduce<Operation | undefined>((best, operation) => (best && size(best) >= size(operation) ? best : operation), undefined);
    const main = largest(parameters);
    const window = largest((operation) => operation.kernel.height * operation.kernel.width);
    const found = weighted.flatMap((operation) => { const values = codes?.get(operation.id); return values ? [values] : []; });
    const elements = found.reduce((sum, values) => sum + values.length, 0);
    const zeros = found.reduce((sum, values) => sum + values.reduce((n, value) => n + (value === 0 ? 1 : 0), 0), 0);
    return {
      ...addUp(indices.map((i) => sized.perOperation[i])),
      name: layer.spec.name,
      op: last ? operationName(last.id) : 'skip',
      output: last ? [last.outSize.height, last.outSize.width, last.outChannels] : [layer.outSize.height, layer.outSize.width, widthThrough(network, architecture, layer.input)],
      kernel: window ? `${window.kernel.height}x${window.kernel.width}` : '',
      bits: main?.bits ?? 0,
      sparsity: main?.sparsity ?? 0,
      ...(elements > 0 ? { achievedSparsity: zeros / elements } : {}),
      parameters: operations.reduce((sum, operation) => sum + parameters(operation), 0),
      macs: operations.reduce((sum, operation) => sum + macs(operation), 0),
      activationBytes: indices.reduce((peak, i) => Math.max(peak, memory[i]!), 0),
    };
  });
}

/** Channels of a layer's output where later layers may have been skipped: those of the last one before that was not. */
function widthThrough(network: Network, architecture: Architecture, layer: number): number {
  for (let index = layer; index >= 0; index = network.layers[index]!.input) {
    const last = architecture.operations.findLast((operation) => operation.layer === index);
    if (last) return last.outChannels;
  }
  return architecture.input.channels;
}

/** The operator of an operation's id '<layer>/<op>/<part>'. */
function operationName(id: string): string {
  return id.split('/').at(-2) ?? id;
}

export function totalsOf(architecture: Architecture, target: Target, layers: readonly LayerReport[], sized: Sized): Totals {
  return {
    ...addUp(layers),
    parameters: layers.reduce((sum, layer) => sum + layer.parameters, 0),
    macs: layers.reduce((sum, layer) => sum + layer.macs, 0),
    peakActivationBytes: activationMemory(architecture, target).peakBytes,
    cycles: estimateCycles(architecture, target, sized.perOperation.map((size) => size?.weightBytes ?? 0)).total,
  };
}
