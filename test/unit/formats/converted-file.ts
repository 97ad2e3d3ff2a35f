/** Builds .tflite files as other tools convert them, with operators and forms that UDC does not write. */
import { ModelBuilder } from '../../../src/formats/tflite/tflite-builder.ts';
import {
  ActivationFunctionType,
  AddOptions,
  BuiltinOperator as Op,
  BuiltinOptions,
  Conv2DOptions,
  DepthwiseConv2DOptions,
  FullyConnectedOptions,
  Padding,
  Pool2DOptions,
  ReducerOptions,
  SoftmaxOptions,
  TensorType,
} from '../../../src/formats/tflite/tflite-schema.generated.ts';
import { generator } from '../integer/networks.ts';

export interface Tensor {
  readonly index: number;
  readonly shape: readonly number[];
  readonly scale: number;
  readonly zero: number;
}

/** Weights and activations: both int8, both float, int8 weights alone, weights of 16 bits alone. */
export type Kind = 'int8' | 'float' | 'dynamic' | 'half';

interface WindowOptions {
  readonly kernel?: readonly [number, number];
  readonly stride?: readonly [number, number];
  readonly padding?: 'SAME' | 'VALID';
  readonly act?: ActivationFunctionType;
  readonly groups?: number;
}

/** Numbers of option tables that the project's part of the schema leaves out. */
const OPTIONS = { strided: 32, shape: 55, pack: 59, concatenation: 10, squeeze: 30 } as const;

const { NONE, RELU } = ActivationFunctionType;

/** Builds one file. Weights come from the seed; `type` is that of all activations, weights and biases follow it. */
export class ConvertedFile {
  readonly builder = new ModelBuilder();
  readonly #random: () => number;
  #names = 0;

  constructor(
    seed = 1,
    private readonly kind: Kind = 'int8',
    private readonly naming: (index: number) => string = (index) => `t${index}`,
  ) {
    this.#random = generator(seed);
  }

  get #activationType(): TensorType {
    return this.kind === 'int8' ? TensorType.INT8 : TensorType.FLOAT32;
  }

  activation(shape: readonly number[], scale = 0.05, zero = -3, type = this.#activationType): Tensor {
    const name = this.naming(this.#names++);
    const index = this.builder.tensor({
      name,
      shape,
      type,
      ...(type === TensorType.INT8 && { scales: [scale], zeroPoints: [zero] }),
    });
    return { index, shape, scale, zero };
  }

  constant(
    data: Int8Array | Int32Array | BigInt64Array | Float32Array,
    shape: readonly number[] = [data.length],
    type = data instanceof BigInt64Array
      ? TensorType.INT64
      : data instanceof Float32Array
        ? TensorType.FLOAT32
        : TensorType.INT32,
  ): number {
    return this.builder.tensor({ name: this.naming(this.#names++), shape, type, data });
  }

  op(
    code: Op,
    inputs: readonly number[],
    output: Tensor,
    optionsType = BuiltinOptions.NONE,
    options = 0,
    version = 1,
  ): Tensor {
    this.builder.operator({ code, version, inputs, outputs: [output.index], optionsType, options });
    return output;
  }

  /** Weights of `channels` outputs along an axis, and biases. */
  #weights(shape: readonly number[], channels: number, dimension: number, perTensor = false): number[] {
    const count = shape.reduce((a, b) => a * b, 1);
    const codes = Int8Array.from({ length: count }, () =>
      Math.max(-127, Math.min(127, Math.round((this.#random() + this.#random() + this.#random() - 1.5) * 80))),
    );
    const scales = perTensor
      ? [0.01]
      : Array.from({ length: channels }, () => Math.fround(0.005 + this.#random() * 0.015));
    const biases = Int32Array.from({ length: channels }, () => Math.round((this.#random() - 0.5) * 400));
    const real = Float32Array.from(codes, (code) => code * scales[0]!);
    const name = this.naming(this.#names++);
    const floatBias = (): number => this.constant(Float32Array.from(biases, (bias) => bias * 0.0005));
    if (this.kind === 'float')
      return [this.builder.tensor({ name, shape, type: TensorType.FLOAT32, data: real }), floatBias()];
    if (this.kind === 'half') {
      const half = this.builder.tensor({
        name,
        shape,
        type: TensorType.FLOAT16,
        data: Uint16Array.from(real, float16),
      });
      const whole = this.builder.tensor({ name: `${name}/whole`, shape, type: TensorType.FLOAT32 });
      this.builder.operator({ code: Op.DEQUANTIZE, version: 3, inputs: [half], outputs: [whole] });
      return [whole, floatBias()];
    }
    const filter = this.builder.tensor({ name, shape, type: TensorType.INT8, scales, dimension, data: codes });
    if (this.kind === 'dynamic') return [filter, floatBias()];
    return [
      filter,
      this.builder.tensor({
        name: this.naming(this.#names++),
        shape: [channels],
        type: TensorType.INT32,
        scales: scales.map((scale) => 0.05 * scale),
        data: biases,
      }),
    ];
  }

  conv(
    x: Tensor,
    filters: number,
    { kernel = [3, 3], stride = [1, 1], padding = 'SAME', act = RELU, groups = 1 }: WindowOptions = {},
  ): Tensor {
    const channels = x.shape[3] ?? 1;
    const y = this.activation(windowed(x, kernel, stride, padding, filters));
    const options = Conv2DOptions.createConv2DOptions(
      this.builder.flat,
      Padding[padding],
      stride[1],
      stride[0],
      act,
      1,
      1,
    );
    return this.op(
      Op.CONV_2D,
      [x.index, ...this.#weights([filters, ...kernel, channels / groups], filters, 0)],
      y,
      BuiltinOptions.Conv2DOptions,
      options,
      3,
    );
  }

  depthwise(x: Tensor, { kernel = [3, 3], stride = [1, 1], padding = 'SAME', act = RELU }: WindowOptions = {}): Tensor {
    const channels = x.shape[3] ?? 1;
    const y = this.activation(windowed(x, kernel, stride, padding, channels));
    const options = DepthwiseConv2DOptions.createDepthwiseConv2DOptions(
      this.builder.flat,
      Padding[padding],
      stride[1],
      stride[0],
      1,
      act,
      1,
      1,
    );
    return this.op(
      Op.DEPTHWISE_CONV_2D,
      [x.index, ...this.#weights([1, ...kernel, channels], channels, 3)],
      y,
      BuiltinOptions.DepthwiseConv2DOptions,
      options,
      3,
    );
  }

  dense(
    x: Tensor,
    units: number,
    inputs = x.shape.reduce((a, b) => a * b, 1),
    shape: readonly number[] = [1, units],
    keep = false,
  ): Tensor {
    const options = FullyConnectedOptions.createFullyConnectedOptions(this.builder.flat, NONE, 0, keep);
    return this.op(
      Op.FULLY_CONNECTED,
      [x.index, ...this.#weights([units, inputs], units, 0, true)],
      this.activation(shape),
      BuiltinOptions.FullyConnectedOptions,
      options,
      4,
    );
  }

  pool(
    code: Op,
    x: Tensor,
    kernel: readonly [number, number],
    stride = kernel,
    padding: 'SAME' | 'VALID' = 'VALID',
  ): Tensor {
    const y = this.activation(windowed(x, kernel, stride, padding, x.shape[3] ?? 1), x.scale, x.zero);
    return this.op(
      code,
      [x.index],
      y,
      BuiltinOptions.Pool2DOptions,
      Pool2DOptions.createPool2DOptions(
        this.builder.flat,
        Padding[padding],
        stride[1],
        stride[0],
        kernel[1],
        kernel[0],
        NONE,
      ),
      2,
    );
  }

  reshape(x: Tensor, shape: readonly number[], sizes = this.constant(Int32Array.from(shape))): Tensor {
    return this.op(Op.RESHAPE, [x.index, sizes], this.activation(shape, x.scale, x.zero));
  }

  unary(
    code: Op,
    x: Tensor,
    scale = x.scale,
    zero = x.zero,
    shape = x.shape,
    inputs: readonly number[] = [],
    version = 1,
  ): Tensor {
    return this.op(code, [x.index, ...inputs], this.activation(shape, scale, zero), BuiltinOptions.NONE, 0, version);
  }

  pad(x: Tensor, amounts: readonly number[], wide = false): Tensor {
    const pads = wide ? BigInt64Array.from(amounts, BigInt) : Int32Array.from(amounts);
    return this.unary(
      Op.PAD,
      x,
      x.scale,
      x.zero,
      x.shape.map((size, i) => size + amounts[2 * i]! + amounts[2 * i + 1]!),
      [this.constant(pads, [amounts.length / 2, 2])],
      2,
    );
  }

  add(a: Tensor, b: Tensor, act = NONE): Tensor {
    return this.op(
      Op.ADD,
      [a.index, b.index],
      this.activation(a.shape),
      BuiltinOptions.AddOptions,
      AddOptions.createAddOptions(this.builder.flat, act, false),
      2,
    );
  }

  mean(x: Tensor, axes: readonly number[], keep: boolean): Tensor {
    const rank = x.shape.length,
      over = axes.map((axis) => (axis < 0 ? axis + rank : axis));
    const shape = x.shape.flatMap((size, i) => (over.includes(i) ? (keep ? [1] : []) : [size]));
    return this.op(
      Op.MEAN,
      [x.index, this.constant(Int32Array.from(axes))],
      this.activation(shape, 0.03, -4),
      BuiltinOptions.ReducerOptions,
      ReducerOptions.createReducerOptions(this.builder.flat, keep),
      2,
    );
  }

  softmax(x: Tensor): Tensor {
    return this.op(
      Op.SOFTMAX,
      [x.index],
      this.activation(x.shape, 1 / 256, -128),
      BuiltinOptions.SoftmaxOptions,
      SoftmaxOptions.createSoftmaxOptions(this.builder.flat, 1),
      2,
    );
  }

  squeeze(x: Tensor, axis: number): Tensor {
    const { flat } = this.builder;
    const y = this.activation(
      x.shape.filter((_, i) => i !== axis),
      x.scale,
      x.zero,
    );
    flat.startVector(4, 1, 4);
    flat.addInt32(axis);
    const axes = flat.endVector();
    flat.startObject(1);
    flat.addFieldOffset(0, axes, 0);
    return this.op(Op.SQUEEZE, [x.index], y, OPTIONS.squeeze as BuiltinOptions, flat.endObject());
  }

  concatenation(a: Tensor, b: Tensor): Tensor {
    const { flat } = this.builder;
    const y = this.activation([...a.shape.slice(0, 3), a.shape[3]! + b.shape[3]!], a.scale, a.zero);
    flat.startObject(2);
    flat.addFieldInt32(0, 3, 0);
    return this.op(
      Op.CONCATENATION,
      [a.index, b.index],
      y,
      OPTIONS.concatenation as BuiltinOptions,
      flat.endObject(),
      2,
    );
  }

  /** Keras' Flatten: the size is computed at run time from the batch. */
  flatten(x: Tensor): Tensor {
    const { flat } = this.builder;
    const count = x.shape.reduce((a, b) => a * b, 1);
    const int = (shape: readonly number[]): Tensor => ({
      ...x,
      shape,
      index: this.builder.tensor({ name: this.naming(this.#names++), shape, type: TensorType.INT32 }),
    });
    const table = (fields: readonly (readonly [number, number])[], size: number, bytes = false): number => {
      flat.startObject(size);
      for (const [field, value] of fields)
        if (bytes) flat.addFieldInt8(field, value, 0);
        else flat.addFieldInt32(field, value, 0);
      return flat.endObject();
    };
    const one = (value: number): number => this.constant(Int32Array.of(value));
    const shape = this.op(
      Op.SHAPE,
      [x.index],
      int([4]),
      OPTIONS.shape as BuiltinOptions,
      table([[0, TensorType.INT32]], 1, true),
    );
    const batch = this.op(
      Op.STRIDED_SLICE,
      [shape.index, one(0), one(1), one(1)],
      int([]),
      OPTIONS.strided as BuiltinOptions,
      table([[4, 1]], 5),
    );
    const sizes = this.op(
      Op.PACK,
      [batch.index, this.constant(Int32Array.of(count), [])],
      int([2]),
      OPTIONS.pack as BuiltinOptions,
      table([[0, 2]], 2),
    );
    return this.reshape(x, [1, count], sizes.index);
  }

  /** Pools the whole map and ends in a dense layer. */
  classify(x: Tensor, units = 4): Tensor {
    return this.dense(
      this.reshape(this.pool(Op.AVERAGE_POOL_2D, x, [x.shape[1]!, x.shape[2]!]), [1, x.shape[3]!]),
      units,
    );
  }

  finish(inputs: Tensor | readonly Tensor[], outputs: Tensor | readonly Tensor[]): Uint8Array {
    const indices = (tensors: Tensor | readonly Tensor[]): number[] => [tensors].flat().map(({ index }) => index);
    return this.builder.finish({
      name: 'main',
      description: 'converted',
      inputs: indices(inputs),
      outputs: indices(outputs),
    });
  }
}

const out = (size: number, kernel: number, stride: number, padding: 'SAME' | 'VALID'): number =>
  Math.ceil((padding === 'SAME' ? size : size - kernel + 1) / stride);

/** Shape of what slides over a map puts out. */
const windowed = (
  { shape: [, height = 1, width = 1] }: Tensor,
  kernel: readonly [number, number],
  stride: readonly [number, number],
  padding: 'SAME' | 'VALID',
  channels: number,
): number[] => [1, out(height, kernel[0], stride[0], padding), out(width, kernel[1], stride[1], padding), channels];

/** The bits of a half float: of values that are not tiny. */
function float16(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  return (
    (value < 0 ? 0x8000 : 0) |
    ((exponent + 15) << 10) |
    Math.min(1023, Math.round((Math.abs(value) / 2 ** exponent - 1) * 1024))
  );
}
