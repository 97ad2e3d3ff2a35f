/** How each operation of a network is written as TFLite operators: codes, versions, options, constant tensors. */
import { wholeMapPool } from '../../integer/window-geometry.ts';
import { sameGrid } from '../../integer/activation-grid.ts';
import type { IntegerOperation, Quantisation } from '../../integer/integer-network.ts';
import { filterShape } from '../../network/operation-counts.ts';
import type { Activation, Operation, Padding, PrimitiveKind } from '../../network/types.ts';
import type { ModelBuilder } from './tflite-builder.ts';
import { DEPTH_TO_SPACE_ORDER, depthToSpaceShape } from './fold.ts';
import {
  ActivationFunctionType,
  AddOptions,
  BuiltinOperator,
  BuiltinOptions,
  Conv2DOptions,
  DepthwiseConv2DOptions,
  Padding as PaddingCode,
  Pool2DOptions,
  ReducerOptions,
  ReshapeOptions,
  TensorType,
} from './tflite-schema.generated.ts';

export const ACTIVATION_CODES: Readonly<Record<Activation, ActivationFunctionType>> = {
  none: ActivationFunctionType.NONE,
  relu: ActivationFunctionType.RELU,
  relu6: ActivationFunctionType.RELU6,
};
export const PADDING_CODES: Readonly<Record<Padding, PaddingCode>> = {
  same: PaddingCode.SAME,
  valid: PaddingCode.VALID,
};

/** One operation with the tensors it reads and writes. */
export interface WriteContext {
  readonly builder: ModelBuilder;
  readonly one: IntegerOperation;
  readonly inputs: readonly number[];
  readonly grids: readonly Quantisation[];
  readonly output: number;
}

/** Smallest operator versions that take int8 tensors. */
const VERSIONS = { conv: 3, depthwise: 3, add: 2, pool: 2, mean: 2, reshape: 1, transpose: 2 };

/** Weights [as shaped] with a scale per channel along `dimension`, and biases whose scale is input scale * step. */
function weightTensors(
  { builder, one, grids }: WriteContext,
  codes: Int8Array,
  shape: readonly number[],
  dimension: number,
): number[] {
  const {
    operation: { id },
    weights,
  } = one;
  const steps = Array.from(weights!.steps);
  const filter = builder.tensor({
    name: `${id}/weights`,
    shape,
    type: TensorType.INT8,
    scales: steps,
    dimension,
    data: codes,
  });
  const bias = builder.tensor({
    name: `${id}/bias`,
    shape: [steps.length],
    type: TensorType.INT32,
    scales: steps.map((step) => Math.fround(grids[0]!.scale * step)),
    data: weights!.biases,
  });
  return [filter, bias];
}

/**
 * CONV_2D. A dense layer is one too, 1x1 over a 1x1 map: the same weights, with a scale per unit in every version of
 * runtimes and compilers,
 * and with the fixed-point rounding of convolutions (LiteRT's FULLY_CONNECTED rounds in floating point).
 */
function conv(context: WriteContext): void {
  const {
    builder,
    one: { operation: o, weights },
    inputs,
    output,
  } = context;
  const constants = weightTensors(context, weights!.codes, filterShape(o)!, 0);
  builder.operator({
    code: BuiltinOperator.CONV_2D,
    version: VERSIONS.conv,
    inputs: [inputs[0]!, ...constants],
    outputs: [output],
    optionsType: BuiltinOptions.Conv2DOptions,
    options: Conv2DOptions.createConv2DOptions(
      builder.flat,
      PADDING_CODES[o.padding],
      o.stride.width,
      o.stride.height,
      ACTIVATION_CODES[o.activation],
      o.dilation.width,
      o.dilation.height,
    ),
  });
}

/** Writes a RESHAPE of tensor `input` to `shape`, into tensor `output`. */
export function reshape(
  builder: ModelBuilder,
  name: string,
  input: number,
  output: number,
  shape: readonly number[],
): void {
  builder.operator({
    code: BuiltinOperator.RESHAPE,
    version: VERSIONS.reshape,
    inputs: [input, builder.constant(`${name}/shape`, shape)],
    outputs: [output],
    optionsType: BuiltinOptions.ReshapeOptions,
    options: ReshapeOptions.createReshapeOptions(
      builder.flat,
      ReshapeOptions.createNewShapeVector(builder.flat, [...shape]),
    ),
  });
}

/** [1, h, w, out] of [out, h, w, 1]. */
function depthwiseOrder(codes: Int8Array, channels: number): Int8Array {
  const area = codes.length / channels;
  return Int8Array.from(codes, (_, i) => codes[(i % channels) * area + Math.floor(i / channels)]!);
}

function depthwise(context: WriteContext): void {
  const {
    builder,
    one: { operation: o, weights },
    inputs,
    output,
  } = context;
  const shape = [1, o.kernel.height, o.kernel.width, o.outChannels];
  const constants = weightTensors(context, depthwiseOrder(weights!.codes, o.outChannels), shape, 3);
  builder.operator({
    code: BuiltinOperator.DEPTHWISE_CONV_2D,
    version: VERSIONS.depthwise,
    inputs: [inputs[0]!, ...constants],
    outputs: [output],
    optionsType: BuiltinOptions.DepthwiseConv2DOptions,
    options: DepthwiseConv2DOptions.createDepthwiseConv2DOptions(
      builder.flat,
      PADDING_CODES[o.padding],
      o.stride.width,
      o.stride.height,
      o.factor,
      ACTIVATION_CODES[o.activation],
      o.dilation.width,
      o.dilation.height,
    ),
  });
}

function add({ builder, one: { operation: o }, inputs, output }: WriteContext): void {
  builder.operator({
    code: BuiltinOperator.ADD,
    version: VERSIONS.add,
    inputs,
    outputs: [output],
    optionsType: BuiltinOptions.AddOptions,
    options: AddOptions.createAddOptions(builder.flat, ACTIVATION_CODES[o.activation], false),
  });
}

function pool(code: BuiltinOperator, { builder, inputs, output }: WriteContext, o: Operation): void {
  builder.operator({
    code,
    version: VERSIONS.pool,
    inputs,
    outputs: [output],
    optionsType: BuiltinOptions.Pool2DOptions,
    options: Pool2DOptions.createPool2DOptions(
      builder.flat,
      PADDING_CODES[o.padding],
      o.stride.width,
      o.stride.height,
      o.kernel.width,
      o.kernel.height,
      ACTIVATION_CODES[o.activation],
    ),
  });
}

/**
 * An average pool over the whole map; MEAN only where the grid changes, since compilers for NPUs give MEAN weights of
 * its own.
 */
function globalAveragePool(context: WriteContext): void {
  const {
    builder,
    one: { operation, output: grid },
    inputs,
    grids,
    output,
  } = context;
  if (sameGrid(grids[0]!, grid)) {
    pool(BuiltinOperator.AVERAGE_POOL_2D, context, wholeMapPool(operation));
    return;
  }
  builder.operator({
    code: BuiltinOperator.MEAN,
    version: VERSIONS.mean,
    inputs: [inputs[0]!, builder.constant(`${operation.id}/axes`, [1, 2])],
    outputs: [output],
    optionsType: BuiltinOptions.ReducerOptions,
    options: ReducerOptions.createReducerOptions(builder.flat, true),
  });
}

function flatten({ builder, one: { operation }, inputs, output }: WriteContext): void {
  reshape(builder, operation.id, inputs[0]!, output, tensorShape(operation));
}

/** RESHAPE, TRANSPOSE, RESHAPE: what DEPTH_TO_SPACE computes, in operators that an Ethos-U runs. */
function depthToSpace({
  builder,
  one: {
    operation: { id, inSize, inChannels, outSize, outChannels, factor },
    output: grid,
  },
  inputs,
  output,
}: WriteContext): void {
  const shape = depthToSpaceShape(inSize.height, inSize.width, inChannels, factor);
  const blocks = builder.activation(`${id}/blocks`, shape, grid);
  const rows = builder.activation(
    `${id}/rows`,
    DEPTH_TO_SPACE_ORDER.map((axis) => shape[axis]!),
    grid,
  );
  reshape(builder, `${id}/blocks`, inputs[0]!, blocks, shape);
  builder.operator({
    code: BuiltinOperator.TRANSPOSE,
    version: VERSIONS.transpose,
    inputs: [blocks, builder.constant(`${id}/order`, DEPTH_TO_SPACE_ORDER)],
    outputs: [rows],
  });
  reshape(builder, id, rows, output, [1, outSize.height, outSize.width, outChannels]);
}

/** Writers by kind of operation. */
export const WRITERS: Readonly<Record<PrimitiveKind, (context: WriteContext) => void>> = {
  conv,
  depthwise,
  dense: conv,
  add,
  flatten,
  'max-pool': (context) => {
    pool(BuiltinOperator.MAX_POOL_2D, context, context.one.operation);
  },
  'average-pool': (context) => {
    pool(BuiltinOperator.AVERAGE_POOL_2D, context, context.one.operation);
  },
  'global-average-pool': globalAveragePool,
  'depth-to-space': depthToSpace,
};

/** Shape of an operation's output tensor, NHWC: vectors are 1x1 maps. */
export function tensorShape({ outSize, outChannels }: Operation): number[] {
  return [1, outSize.height, outSize.width, outChannels];
}
