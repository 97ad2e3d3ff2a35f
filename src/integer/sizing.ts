/**
 * Exact sizes of integer weights by the target's real encoder, split as reports show them, and the certificate over
 * them.
 */
import { createHash } from 'node:crypto';
import { activationMemory } from '../costs/activations/activation-memory.ts';
import { estimateCycles } from '../costs/cycles/estimate-cycles.ts';
import { encodedBytes, quickSize, storedSize } from '../costs/weights/stored-size.ts';
import type { WeightTensor } from '../targets/weight-tensor.ts';
import { splitOf, type SplitSize } from '../costs/weights/padding/unpadded.ts';
import type { Target } from '../targets/find-target.ts';
import { filterShape, macs, parameters } from '../network/operation-counts.ts';
import { ofInput } from '../network/resolution.ts';
import { namedInputs } from '../network/layer-graph.ts';
import type { Architecture, Network, Operation } from '../network/types.ts';
import type { ByteSplit, LayerReport, Totals } from '../wire/run.ts';
import { storedTensors } from './mean.ts';
import { promisedSizes } from './promised-sizes.ts';
import { weightTensor } from './quantise-network.ts';
import type { IntegerNetwork } from './integer-network.ts';

/** The most that one operation's OHWI codes take wherever the operation stands, side data included. */
export function storedBytes(target: Target, operation: Operation, codes: Int8Array): number {
  return storedSize(target, weightTensor(operation, codes)!).totalBytes;
}

/** Nearly `storedBytes`, several times as fast (`sizeQuickly`). */
export function quickBytes(target: Target, operation: Operation, codes: Int8Array): number {
  return quickSize(target, weightTensor(operation, codes)!).totalBytes;
}

export interface Sized {
  readonly totalBytes: number;
  readonly perOperation: readonly (SplitSize | undefined)[];
}

type CodesOf = (operation: Operation) => Int8Array;

const sized = (perOperation: Sized['perOperation']): Sized => ({
  perOperation,
  totalBytes: perOperation.reduce((sum, size) => sum + (size?.totalBytes ?? 0), 0),
});

/**
 * The size that is promised: the most that every operation can take, as far as they can have their most at once.
 * `codes(operation)` gives its OHWI codes.
 */
export function sizeExactly(architecture: Architecture, target: Target, codes: CodesOf): Sized {
  return sizeTensors(architecture, target, (operation) =>
    filterShape(operation) ? [weightTensor(operation, codes(operation))!] : [],
  );
}

/** Nearly `sizeExactly`, several times as fast: three usual layouts on an Ethos-U. For comparisons while searching. */
export function sizeQuickly(architecture: Architecture, target: Target, codes: CodesOf): Sized {
  return sized(
    architecture.operations.map((operation) => {
      if (!filterShape(operation)) return undefined;
      const tensor = weightTensor(operation, codes(operation))!;
      return splitOf(target, tensor, quickSize(target, tensor));
    }),
  );
}

/** The size that is promised for the tensors that each operation stores. */
function sizeTensors(
  architecture: Architecture,
  target: Target,
  tensorsOf: (operation: Operation, index: number) => readonly WeightTensor[],
): Sized {
  const tensors = architecture.operations.map(tensorsOf);
  const sizes =
    target.format === 'mlw'
      ? promisedSizes(architecture, target, tensors)
      : tensors.map((list) => list.map((tensor) => storedSize(target, tensor)));
  return sized(
    tensors.map((list, i) =>
      list.length === 0 ? undefined : together(list.map((tensor, k) => splitOf(target, tensor, sizes[i]![k]!))),
    ),
  );
}

/** The sum of sizes, part by part. */
function together(sizes: readonly SplitSize[]): SplitSize {
  return sizes.reduce(
    (sum, size) =>
      Object.fromEntries(
        Object.entries(sum).map(([key, value]) => [key, (value as number) + size[key as keyof SplitSize]]),
      ) as unknown as SplitSize,
  );
}

/** The size that is promised for every operation of an integer network. */
export function sizeNetwork({ architecture, operations }: IntegerNetwork, target: Target): Sized {
  return sizeTensors(architecture, target, (_, i) => storedTensors(operations[i]!, target));
}

/** SHA-256 over the concatenated encoded weights, and the size that is promised for them with side data. */
export function certify(
  architecture: Architecture,
  target: Target,
  codes: ReadonlyMap<string, Int8Array>,
  { totalBytes } = sizeExactly(architecture, target, ({ id }) => codes.get(id)!),
): { encodedSha256: string; exactBytes: number } {
  const hash = createHash('sha256');
  for (const operation of architecture.operations) {
    const values = codes.get(operation.id);
    if (values) hash.update(encodedBytes(target, weightTensor(operation, values)!));
  }
  return { encodedSha256: hash.digest('hex'), exactBytes: totalBytes };
}

const SPLIT: readonly (keyof ByteSplit)[] = ['totalBytes', 'weightBytes', 'sideBytes', 'paddingBytes', 'entropyBytes'];

/** The sums of sizes, part by part; all 0 without any. */
export function addUp(parts: readonly (Partial<ByteSplit> | undefined)[]): ByteSplit {
  return Object.fromEntries(
    SPLIT.map((key) => [key, parts.reduce((sum, part) => sum + (part?.[key] ?? 0), 0)]),
  ) as unknown as ByteSplit;
}

/** One row a layer. `codes` adds the achieved sparsity. */
export function layerReports(
  network: Network,
  architecture: Architecture,
  target: Target,
  sized: Sized,
  codes?: ReadonlyMap<string, Int8Array>,
): LayerReport[] {
  const memory = activationMemory(architecture, target).perOperation;
  const reads = namedInputs(network);
  return ofInput(network, architecture.input).layers.map((layer, index) => {
    const indices = architecture.operations.flatMap((operation, i) =>
      operation.layer === layer.spec.index ? [i] : [],
    );
    const operations = indices.map((i) => architecture.operations[i]!);
    const weighted = operations.filter((operation) => filterShape(operation));
    const last = operations.at(-1);
    const largest = (size: (operation: Operation) => number): Operation | undefined =>
      weighted.reduce<Operation | undefined>(
        (best, operation) => (best && size(best) >= size(operation) ? best : operation),
        undefined,
      );
    const main = largest(parameters);
    const window = largest((operation) => operation.kernel.height * operation.kernel.width);
    const found = weighted.flatMap((operation) => {
      const values = codes?.get(operation.id);
      return values ? [values] : [];
    });
    const elements = found.reduce((sum, values) => sum + values.length, 0);
    const zeros = found.reduce((sum, values) => sum + values.reduce((n, value) => n + (value === 0 ? 1 : 0), 0), 0);
    return {
      ...addUp(indices.map((i) => sized.perOperation[i])),
      name: layer.spec.name,
      ...(reads[index] && { inputs: reads[index] }),
      op: last ? operationName(last.id) : 'skip',
      output: last
        ? [last.outSize.height, last.outSize.width, last.outChannels]
        : [layer.inSize.height, layer.inSize.width, widthThrough(network, architecture, layer.input)],
      kernel: window ? `${window.kernel.height}x${window.kernel.width}` : '',
      bits: main?.bits ?? 0,
      // A block's depthwise filters keep all their weights, however many they are: what was decided is that of the
      // others.
      sparsity: weighted.reduce((most, operation) => Math.max(most, operation.sparsity), 0),
      ...(elements > 0 ? { achievedSparsity: zeros / elements } : {}),
      ...(last?.activationBits !== undefined && { activationBits: last.activationBits }),
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

export function totalsOf(
  architecture: Architecture,
  target: Target,
  layers: readonly LayerReport[],
  sized: Sized,
): Totals {
  return {
    ...addUp(layers),
    parameters: layers.reduce((sum, layer) => sum + layer.parameters, 0),
    macs: layers.reduce((sum, layer) => sum + layer.macs, 0),
    peakActivationBytes: activationMemory(architecture, target).peakBytes,
    cycles: estimateCycles(
      architecture,
      target,
      sized.perOperation.map((size) => size?.weightBytes ?? 0),
    ).total,
  };
}
