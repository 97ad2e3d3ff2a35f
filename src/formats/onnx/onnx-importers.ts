/** How each ONNX operator becomes an operation: shapes, attributes, weights. */
import { multipliersOf } from '../../integer/quantise-network.ts';
import type { IntegerOperation, MapPadding, Quantisation } from '../../integer/integer-network.ts';
import type { Activation, Operation, PrimitiveKind, Size2D } from '../../network/types.ts';
import type { MapShape } from '../reading/operations.ts';
import type { DefinedPadding, Window } from '../reading/pads.ts';
import type { CodedWeights } from '../reading/weight-codes.ts';
import { realValues, type Constant } from './onnx-constants.ts';
import type { ReadNode } from './onnx-messages.ts';
import { amounts, integer, integers, outputSize, padsOf, real, windowOf, word } from './onnx-nodes.ts';

/**
 * What a value is: the output of an operation (-1: the network's input) as a map. Vectors keep the order in which a map
 * was flattened.
 */
export interface Value {
  readonly operation: number;
  readonly map: MapShape;
  readonly pad?: MapPadding;
  readonly axes: 'channels first' | 'channels last';
  readonly flattened?: MapShape;
}

export const ONE: Size2D = { height: 1, width: 1 };
export const vector = (channels: number): MapShape => ({ size: ONE, channels });
export const elements = ({ size, channels }: MapShape): number => size.height * size.width * channels;

export type UnweightedParts = Partial<Operation> & {
  readonly kind: PrimitiveKind;
  readonly outChannels: number;
  readonly outSize: Size2D;
};

/** What an importer may ask of the reader, and what it gives it. */
export interface OnnxReader {
  fail(node: ReadNode, problem: string): Error;
  /** A constant that an operator needs. @throws Error where it is none */
  constant(node: ReadNode, input: number, what: string): Constant;
  optional(node: ReadNode, input: number): Constant | undefined;
  coded(node: ReadNode, constant: Constant, channels: number, order: (index: number) => number): CodedWeights;
  weighted(
    node: ReadNode,
    input: Value,
    parts: UnweightedParts,
    coded: CodedWeights,
    bias: Constant | undefined,
    pads?: MapPadding,
  ): Value;
  unweighted(node: ReadNode, input: Value, parts: UnweightedParts, rest?: Partial<IntegerOperation>): Value;
  /** How a definition pads a window, told to the person where it is otherwise. */
  padding(node: ReadNode, size: Size2D, outSize: Size2D, window: Window, pads: MapPadding): DefinedPadding;
  /** Why no definition can have the operator as it is. */
  obstacle(node: ReadNode, problem: string): void;
  /** The other activation that an operator of two reads. */
  other(node: ReadNode, first: Value): Value | undefined;
  /** Changes the operation whose output a node reads, which nobody else may read. @throws Error where others do */
  change(node: ReadNode, value: Value, to: (one: IntegerOperation) => IntegerOperation): Value;
  /** The grid of what an operation reads. */
  gridBeforeOf(operation: Pick<Operation, 'inputs'>): Quantisation;
}

type Importer = (this: OnnxReader, node: ReadNode, input: Value) => Value;

export const MOST_BIAS = 2 ** 31 - 1;

function conv(this: OnnxReader, node: ReadNode, input: Value): Value {
  const filter = this.constant(node, 1, 'weights');
  const [channels = 1, inner = 1, ...kernel] = filter.dims;
  const window = windowOf(node, kernel),
    { size } = input.map;
  const own = padsOf(node, size, window);
  const pads = input.pad
    ? {
        top: own.top + input.pad.top,
        bottom: own.bottom + input.pad.bottom,
        left: own.left + input.pad.left,
        right: own.right + input.pad.right,
      }
    : own;
  const outSize = outputSize(size, window, pads);
  const groups = integer(node, 'group', 1);
  const area = window.kernel.height * window.kernel.width;
  // OHWI finds its values in OIHW.
  const order = (index: number): number => {
    const rest = index % (area * inner);
    return index - rest + (rest % inner) * area + Math.floor(rest / inner);
  };
  const coded = this.coded(node, filter, channels, order);
  const defined = this.padding(node, size, outSize, window, pads);
  const depthwise = groups > 1 && groups === input.map.channels && inner === 1;
  if (groups > 1 && !depthwise) this.obstacle(node, `a convolution in ${groups} groups: a definition has none`);
  const point = area === 1 && size.height * size.width === 1 && groups === 1;
  const parts = point
    ? { kind: 'dense' as const }
    : {
        ...window,
        padding: defined.padding,
        ...(depthwise
          ? { kind: 'depthwise' as const, factor: channels / groups }
          : { kind: 'conv' as const, inChannels: inner }),
      };
  return this.weighted(
    node,
    input,
    { ...parts, outChannels: channels, outSize },
    coded,
    this.optional(node, 2),
    defined.pads,
  );
}

/** Gemm and MatMul: weights are [units, inputs] or, without `transB`, [inputs, units]. */
function dense(this: OnnxReader, node: ReadNode, input: Value): Value {
  const filter = this.constant(node, 1, 'weights');
  const byUnit = node.opType === 'Gemm' && integer(node, 'transB', 0) === 1;
  const [units = 1, inputs = 1] = byUnit ? filter.dims : filter.dims.toReversed();
  if (filter.dims.length !== 2 || inputs !== elements(input.map))
    throw this.fail(node, `its weights ${filter.dims.join('x')} do not fit an input of ${elements(input.map)} values`);
  if (real(node, 'alpha', 1) !== 1 || real(node, 'beta', 1) !== 1 || integer(node, 'transA', 0) !== 0)
    throw this.fail(node, 'alpha, beta or transA are set');
  const { flattened } = input;
  const area = flattened ? flattened.size.height * flattened.size.width : 1,
    channels = inputs / area;
  // Inputs are pixel by pixel here; where a map was flattened channels first, the file has them channel by channel.
  const column = (i: number): number => (i % channels) * area + Math.floor(i / channels);
  const order = (index: number): number => {
    const unit = Math.floor(index / inputs),
      i = column(index % inputs);
    return byUnit ? unit * inputs + i : i * units + unit;
  };
  return this.weighted(
    node,
    input,
    { kind: 'dense', outChannels: units, outSize: ONE },
    this.coded(node, filter, units, order),
    node.opType === 'Gemm' ? this.optional(node, 2) : undefined,
  );
}

function pool(kind: 'max-pool' | 'average-pool'): Importer {
  return function (node, input) {
    const window = windowOf(node, undefined),
      { size, channels } = input.map;
    const pads = padsOf(node, size, window);
    const outSize = outputSize(size, window, pads, integer(node, 'ceil_mode', 0) === 1);
    const padded = pads.top + pads.bottom + pads.left + pads.right > 0;
    if (input.pad || (kind === 'average-pool' && padded && integer(node, 'count_include_pad', 0) === 1))
      throw this.fail(node, 'it counts zeros around the map');
    const whole =
      kind === 'average-pool' && !padded && window.kernel.height === size.height && window.kernel.width === size.width;
    if (whole)
      return this.unweighted(node, input, { kind: 'global-average-pool', outChannels: channels, outSize: ONE });
    const defined = this.padding(node, size, outSize, window, pads);
    return this.unweighted(
      node,
      input,
      { kind, ...window, padding: defined.padding, outChannels: channels, outSize },
      defined.pads && { pads: defined.pads },
    );
  };
}

function activation(to: Activation): Importer {
  return function (node, input) {
    return this.change(node, input, (one) => ({
      ...one,
      operation: { ...one.operation, activation: one.operation.activation === 'relu6' ? 'relu6' : to },
    }));
  };
}

const bound = (value: number | undefined): string =>
  value === undefined ? '?' : Number.isFinite(value) ? String(value) : 'nothing';

function clip(this: OnnxReader, node: ReadNode, input: Value): Value {
  const least = this.optional(node, 1),
    most = this.optional(node, 2);
  const min = least ? realValues(least)[0] : real(node, 'min', -Infinity),
    max = most ? realValues(most)[0] : real(node, 'max', Infinity);
  if (min !== 0 || (max !== 6 && (max ?? Infinity) < 3e38))
    throw this.fail(node, `it cuts at ${bound(min)} and ${bound(max)}: a definition has relu (0) and relu6 (0 and 6)`);
  return activation(max === 6 ? 'relu6' : 'relu').call(this, node, input);
}

function add(this: OnnxReader, node: ReadNode, input: Value): Value {
  const second = this.other(node, input);
  const constant = this.optional(node, 0) ?? this.optional(node, 1);
  if (!second && constant) {
    const values = realValues(constant);
    return this.change(node, input, (one) => {
      const { weights, operation } = one;
      if (
        !weights ||
        operation.activation !== 'none' ||
        (values.length !== weights.steps.length && values.length !== 1)
      )
        throw this.fail(node, 'it adds a constant that is no bias');
      const before = this.gridBeforeOf(operation);
      const biases = weights.biases.map(
        (bias, o) => bias + Math.round(values[values.length === 1 ? 0 : o]! / (before.scale * weights.steps[o]!)),
      );
      return { ...one, weights: { ...weights, biases } };
    });
  }
  const same =
    second &&
    second.map.channels === input.map.channels &&
    second.map.size.height === input.map.size.height &&
    second.map.size.width === input.map.size.width;
  if (!second || !same) throw this.fail(node, 'only the addition of two maps of one shape can be read');
  return this.unweighted(node, input, {
    kind: 'add',
    inputs: [input.operation, second.operation],
    outChannels: input.map.channels,
    outSize: input.map.size,
  });
}

/** Batch normalisation after a layer with weights: a factor for each channel, and a bias. */
function batchNormalisation(this: OnnxReader, node: ReadNode, input: Value): Value {
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((i) => realValues(this.constant(node, i, 'parameters'))) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const epsilon = real(node, 'epsilon', 1e-5);
  return this.change(node, input, (one) => {
    const { weights, operation } = one;
    if (!weights || operation.activation !== 'none' || weights.steps.length !== gamma.length)
      throw this.fail(node, 'it stands alone: a definition has it only behind a layer with weights');
    const factors = gamma.map((value, o) => value / Math.sqrt(variance[o]! + epsilon));
    const scale = this.gridBeforeOf(operation).scale,
      filter = weights.codes.length / gamma.length;
    const steps = weights.steps.map((step, o) => Math.max(2 ** -40, step * Math.abs(factors[o]!)));
    const codes = weights.codes.map((code, i) => Math.min(127, code * Math.sign(factors[Math.floor(i / filter)]!)));
    const biases = Int32Array.from(steps, (step, o) =>
      Math.max(
        -MOST_BIAS,
        Math.min(
          MOST_BIAS,
          Math.round(
            ((weights.biases[o]! * scale * weights.steps[o]! - mean[o]!) * factors[o]! + beta[o]!) / (scale * step),
          ) || 0,
        ),
      ),
    );
    return {
      ...one,
      weights: { ...weights, codes, steps, biases, ...multipliersOf({ scale, zeroPoint: 0 }, steps, one.output) },
    };
  });
}

function mean(this: OnnxReader, node: ReadNode, input: Value): Value {
  const axes = integers(node, 'axes') ?? [...(this.optional(node, 1)?.values ?? [])];
  const found = axes
    .map((axis) => (axis < 0 ? axis + 4 : axis))
    .sort((a, b) => a - b)
    .join();
  if (found !== '2,3')
    throw this.fail(node, `the mean over axes ${axes.join(', ')} is no global average; 2, 3 expected`);
  return this.unweighted(node, input, { kind: 'global-average-pool', outChannels: input.map.channels, outSize: ONE });
}

function pad(this: OnnxReader, node: ReadNode, input: Value): Value {
  const all = integers(node, 'pads') ?? [...(this.optional(node, 1)?.values ?? [])];
  const half = all.length / 2,
    constant = this.optional(node, 2);
  const outside = [all[0], all[1], all[half], all[half + 1]];
  if (
    !['', 'constant'].includes(word(node, 'mode')) ||
    (constant && realValues(constant)[0] !== 0) ||
    half < 3 ||
    outside.some((amount) => amount !== 0)
  )
    throw this.fail(node, 'only constant zeros around height and width can be read');
  return { ...input, pad: amounts([...all.slice(2, half), ...all.slice(half + 2)]) };
}

function depthToSpace(this: OnnxReader, node: ReadNode, input: Value): Value {
  const factor = integer(node, 'blocksize', 1),
    { size, channels } = input.map;
  if (word(node, 'mode') === 'CRD')
    throw this.fail(node, "mode CRD orders channels otherwise than a definition's `upsample`, which is DCR");
  return this.unweighted(node, input, {
    kind: 'depth-to-space',
    factor,
    outChannels: channels / factor ** 2,
    outSize: { height: size.height * factor, width: size.width * factor },
  });
}

/** Importers by operator. */
export const IMPORTERS: Readonly<Record<string, Importer>> = {
  Conv: conv,
  Gemm: dense,
  MatMul: dense,
  MaxPool: pool('max-pool'),
  AveragePool: pool('average-pool'),
  Relu: activation('relu'),
  Clip: clip,
  Add: add,
  BatchNormalization: batchNormalisation,
  ReduceMean: mean,
  Pad: pad,
  DepthToSpace: depthToSpace,
  GlobalAveragePool(node, input) {
    return this.unweighted(node, input, { kind: 'global-average-pool', outChannels: input.map.channels, outSize: ONE });
  },
};
