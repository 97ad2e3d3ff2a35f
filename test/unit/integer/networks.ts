/** Small networks for the tests of the integer room and the exports: made by hand, weights from a seed. */
import type { Activation, Operation, Padding, PrimitiveKind } from '../../../src/network/types.ts';
import { filterShape } from '../../../src/network/operation-counts.ts';
import { largestCode } from '../../../src/base/codes.ts';
import type { FoldedNetwork, FoldedOperation } from '../../../src/integer/integer-network.ts';

/** A small generator of numbers in [0, 1) (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface OperationOptions {
  readonly kind: PrimitiveKind;
  readonly inputs?: readonly number[];
  readonly kernel?: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly padding?: Padding;
  readonly filters?: number;
  readonly factor?: number;
  readonly bits?: number;
  readonly activation?: Activation;
}

const outputLength = (input: number, kernel: number, stride: number, dilation: number, padding: Padding): number =>
  padding === 'same' ? Math.ceil(input / stride) : Math.floor((input - (kernel - 1) * dilation - 1) / stride) + 1;

const WINDOWED: readonly PrimitiveKind[] = ['conv', 'depthwise', 'max-pool', 'average-pool'];

function operationOf(
  options: OperationOptions,
  index: number,
  before: readonly Operation[],
  input: FoldedNetwork['architecture']['input'],
): Operation {
  const inputs = options.inputs ?? [index - 1];
  const source = before[inputs[0]!];
  const inSize = source?.outSize ?? { height: input.height, width: input.width };
  const inChannels = source?.outChannels ?? input.channels;
  const {
    kind,
    kernel = 1,
    stride = 1,
    dilation = 1,
    padding = 'same',
    factor = 1,
    bits = 8,
    activation = 'none',
  } = options;
  const whole = kind === 'flatten' || kind === 'dense' || kind === 'global-average-pool';
  const side = (length: number): number =>
    whole
      ? 1
      : kind === 'depth-to-space'
        ? length * factor
        : WINDOWED.includes(kind)
          ? outputLength(length, kernel, stride, dilation, padding)
          : length;
  const outChannels =
    kind === 'conv' || kind === 'dense'
      ? options.filters!
      : kind === 'depthwise'
        ? inChannels * factor
        : kind === 'flatten'
          ? inSize.height * inSize.width * inChannels
          : kind === 'depth-to-space'
            ? inChannels / factor ** 2
            : inChannels;
  const square = (n: number): { height: number; width: number } => ({ height: n, width: n });
  return {
    id: `layer${index}/${kind}/main`,
    layer: index,
    layerName: `layer${index}`,
    kind,
    inputs,
    kernel: square(kernel),
    stride: square(stride),
    dilation: square(dilation),
    padding,
    inChannels,
    outChannels,
    inSize,
    outSize: { height: side(inSize.height), width: side(inSize.width) },
    factor,
    bits,
    sparsity: 0,
    batchNorm: false,
    activation,
  };
}

/** A folded network with these operations; codes, steps, biases and ranges come from the seed. */
export function foldedNetwork(
  input: { height: number; width: number; channels: number },
  list: readonly OperationOptions[],
  seed = 1,
): FoldedNetwork {
  const random = generator(seed);
  const operations: Operation[] = [];
  for (const options of list) operations.push(operationOf(options, operations.length, operations, input));
  return {
    architecture: { name: 'test-network', input, operations },
    input: { min: -1.9, max: 2.1 },
    operations: operations.map((operation): FoldedOperation => {
      const high = 2 + 6 * random();
      const output = { min: operation.activation === 'none' ? -high * random() : 0, max: high };
      const shape = filterShape(operation);
      if (!shape) return { operation, output };
      const limit = largestCode(operation.bits);
      const fan = shape[1] * shape[2] * shape[3];
      const channels = { length: shape[0] };
      return {
        operation,
        output,
        codes: Int8Array.from({ length: shape[0] * fan }, () => Math.round((2 * random() - 1) * limit)),
        steps: Float32Array.from(channels, () => ((0.5 + random()) * 2) / (limit * Math.sqrt(fan))),
        bias: Float32Array.from(channels, () => random() - 0.5),
      };
    }),
  };
}

/** The same network with maps of so many bits, but for its output. */
export function withActivationBits(folded: FoldedNetwork, bits: number): FoldedNetwork {
  const last = folded.operations.length - 1;
  const operations = folded.operations.map((one, i) =>
    i === last ? one : { ...one, operation: { ...one.operation, activationBits: bits } },
  );
  const architecture = { ...folded.architecture, operations: operations.map(({ operation }) => operation) };
  return { ...folded, architecture, operations };
}

/** `count` random normalised images. */
export function randomImages({ architecture: { input } }: FoldedNetwork, count: number, seed = 7): Float32Array {
  const random = generator(seed);
  return Float32Array.from({ length: count * input.height * input.width * input.channels }, () => 4.4 * random() - 2.2);
}

/** Networks that between them use every operator, stride, dilation, padding, bitwidth and activation. */
export const NETWORKS: Readonly<Record<string, () => FoldedNetwork>> = {
  residual: () =>
    foldedNetwork(
      { height: 9, width: 7, channels: 3 },
      [
        { kind: 'conv', kernel: 3, filters: 8, activation: 'relu' },
        { kind: 'conv', kernel: 3, filters: 8, bits: 4, activation: 'relu6' },
        { kind: 'conv', kernel: 3, filters: 8, bits: 3 },
        { kind: 'add', inputs: [2, 0], activation: 'relu' },
        { kind: 'conv', kernel: 3, stride: 2, filters: 12, bits: 2, activation: 'relu' },
        { kind: 'conv', inputs: [3], stride: 2, filters: 12, bits: 6 },
        { kind: 'add', inputs: [4, 5] },
        { kind: 'global-average-pool' },
        { kind: 'dense', filters: 5 },
      ],
      11,
    ),
  separable: () =>
    foldedNetwork(
      { height: 12, width: 12, channels: 2 },
      [
        { kind: 'conv', kernel: 5, stride: 2, padding: 'valid', filters: 6, activation: 'relu6' },
        { kind: 'depthwise', kernel: 3, bits: 4, activation: 'relu' },
        { kind: 'conv', filters: 10, bits: 3, activation: 'relu' },
        { kind: 'depthwise', kernel: 3, dilation: 2, bits: 8, activation: 'none' },
        { kind: 'max-pool', kernel: 2, stride: 2 },
        { kind: 'flatten' },
        { kind: 'dense', filters: 7, bits: 5 },
      ],
      12,
    ),
  pooling: () =>
    foldedNetwork(
      { height: 10, width: 11, channels: 4 },
      [
        { kind: 'average-pool', kernel: 3, stride: 2 },
        { kind: 'conv', kernel: 3, dilation: 2, filters: 9, activation: 'relu' },
        { kind: 'average-pool', kernel: 2, stride: 1, padding: 'valid' },
        { kind: 'max-pool', kernel: 3, stride: 2 },
        { kind: 'global-average-pool' },
        { kind: 'flatten' },
        { kind: 'dense', filters: 3 },
      ],
      13,
    ),
  upscaling: () =>
    foldedNetwork(
      { height: 6, width: 5, channels: 1 },
      [
        { kind: 'depthwise', kernel: 3, factor: 8, activation: 'relu' },
        { kind: 'conv', kernel: 3, filters: 12, bits: 4 },
        { kind: 'depth-to-space', factor: 2 },
      ],
      14,
    ),
};

/**
 * What needs height and width reads what has none of its own: a vector is a map of one pixel. Apart from the others,
 * since compilers rewrite operators over single pixels.
 */
export const OF_VECTORS: Readonly<Record<string, () => FoldedNetwork>> = {
  'windows over vectors': () =>
    foldedNetwork(
      { height: 4, width: 5, channels: 3 },
      [
        { kind: 'max-pool', kernel: 2, stride: 2 },
        { kind: 'flatten' },
        { kind: 'conv', kernel: 3, filters: 8, activation: 'relu' },
        { kind: 'flatten' },
        { kind: 'depthwise', kernel: 3, factor: 2, bits: 4 },
      ],
      15,
    ),
  'pools over vectors': () =>
    foldedNetwork(
      { height: 3, width: 3, channels: 4 },
      [
        { kind: 'max-pool', kernel: 2 },
        { kind: 'flatten' },
        { kind: 'max-pool', kernel: 3, stride: 2 },
        { kind: 'dense', filters: 16, activation: 'relu' },
        { kind: 'average-pool', kernel: 3 },
        { kind: 'add', inputs: [4, 3] },
        { kind: 'global-average-pool' },
        { kind: 'flatten' },
        { kind: 'global-average-pool' },
        { kind: 'dense', filters: 12 },
      ],
      16,
    ),
  'map made of a vector': () =>
    foldedNetwork(
      { height: 3, width: 3, channels: 2 },
      [
        { kind: 'max-pool', kernel: 2 },
        { kind: 'flatten' },
        { kind: 'dense', filters: 12 },
        { kind: 'depth-to-space', factor: 2 },
        { kind: 'conv', kernel: 3, filters: 3 },
      ],
      17,
    ),
  'vector that two read': () =>
    foldedNetwork(
      { height: 3, width: 3, channels: 2 },
      [
        { kind: 'max-pool', kernel: 2 },
        { kind: 'flatten' },
        { kind: 'dense', filters: 9, activation: 'relu' },
        { kind: 'conv', inputs: [2], kernel: 3, filters: 9 },
        { kind: 'add', inputs: [2, 3] },
        { kind: 'conv', filters: 4 },
      ],
      18,
    ),
};
