/**
 * The integer network as ONNX in QDQ form: float operators between QuantizeLinear and DequantizeLinear, NCHW,
 * per-channel weights.
 */
import { paddingBefore } from '../../integer/window-geometry.ts';
import type { IntegerNetwork, IntegerOperation, Quantisation } from '../../integer/integer-network.ts';
import { filterShape } from '../../network/operation-counts.ts';
import type { Operation, PrimitiveKind } from '../../network/types.ts';
import { floatValue, GraphBuilder } from './onnx-builder.ts';
import { encodeModel } from './onnx-messages.ts';

export interface OnnxOptions {
  readonly producerVersion: string;
  readonly description: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Store weights of at most 4 bits as INT4, two to a byte (opset 21). */
  readonly int4: boolean;
}

/** IR and operator set versions: 17 is the oldest that LTS runtimes share; INT4 came with 21. */
const VERSIONS = { int8: { ir: 8, opset: 17 }, int4: { ir: 10, opset: 21 } };
const INT4_BITS = 4;

/**
 * Entries that a session of ONNX Runtime needs (`add_session_config_entry`), under this key of the file's metadata as
 * JSON. On x86 processors without VNNI its
 * fused integer kernels add pairs of products of unsigned and signed bytes in 16 bits, which saturate; with this entry
 * they do not. Elsewhere it changes nothing.
 */
export const SESSION_KEY = 'onnxruntime.session';
const SESSION = { 'session.x64quantprecision': '1' };
const SESSION_ADVICE =
  'ONNX Runtime on x86 without VNNI: set the session configuration entry session.x64quantprecision to 1 (metadata onnxruntime.session), or its kernels saturate';

interface Context {
  readonly builder: GraphBuilder;
  readonly one: IntegerOperation;
  readonly int4: boolean;
  /** Values of the inputs, as floats on their grids. */
  readonly inputs: readonly string[];
  readonly grid: Quantisation;
}

/** [top, left, bottom, right] of explicit padding. */
function pads(operation: Operation): number[] {
  const { inSize, outSize, kernel, stride, dilation, padding } = operation;
  if (padding === 'valid') return [0, 0, 0, 0];
  const { top, left } = paddingBefore(operation);
  const after = (input: number, output: number, k: number, s: number, d: number, before: number): number =>
    Math.max(0, (output - 1) * s + (k - 1) * d + 1 - input - before);
  return [
    top,
    left,
    after(inSize.height, outSize.height, kernel.height, stride.height, dilation.height, top),
    after(inSize.width, outSize.width, kernel.width, stride.width, dilation.width, left),
  ];
}

const pair = ({ height, width }: { height: number; width: number }): number[] => [height, width];

/** [out, in, h, w] of [out, h, w, in]. */
export function channelsFirst(
  codes: Int8Array,
  [outputs, height, width, inputs]: readonly [number, number, number, number],
): Int8Array {
  const area = height * width,
    filter = area * inputs;
  const result = new Int8Array(codes.length);
  for (let o = 0; o < outputs; o++)
    for (let p = 0; p < area; p++)
      for (let i = 0; i < inputs; i++) result[o * filter + i * area + p] = codes[o * filter + p * inputs + i]!;
  return result;
}

/** Weights and biases as floats: constants of codes behind DequantizeLinear. */
function weightsOf(
  { builder, one: { operation, weights }, int4, grid }: Context,
  dims: readonly number[],
): [string, string] {
  const { id, bits } = operation;
  const channels = dims[0]!;
  const codes = channelsFirst(weights!.codes, filterShape(operation)!);
  const packed = int4 && bits <= INT4_BITS;
  const name = `${id}/weight`;
  const constant = packed ? builder.int4(name, dims, codes) : builder.constant(name, dims, codes);
  const zero = packed
    ? builder.int4(`${name}/zero_point`, [channels], new Int8Array(channels))
    : builder.constant(`${name}/zero_point`, [channels], new Int8Array(channels));
  const weight = builder.node(
    `${name}/dq`,
    'DequantizeLinear',
    [constant, builder.constant(`${name}/scale`, [channels], weights!.steps), zero],
    { axis: 0 },
  );
  const biasScale = builder.constant(
    `${id}/bias/scale`,
    [channels],
    weights!.steps.map((step) => Math.fround(grid.scale * step)),
  );
  const biasZero = builder.constant(`${id}/bias/zero_point`, [channels], new Int32Array(channels));
  const bias = builder.node(
    `${id}/bias/dq`,
    'DequantizeLinear',
    [builder.constant(`${id}/bias`, [channels], weights!.biases), biasScale, biasZero],
    { axis: 0 },
  );
  return [weight, bias];
}

function conv(context: Context): string {
  const {
    builder,
    one: { operation: o },
    inputs,
  } = context;
  const group = o.kind === 'depthwise' ? o.inChannels : 1;
  const [weight, bias] = weightsOf(context, [o.outChannels, o.inChannels / group, o.kernel.height, o.kernel.width]);
  return builder.node(`${o.id}/conv`, 'Conv', [inputs[0]!, weight, bias], {
    kernel_shape: pair(o.kernel),
    strides: pair(o.stride),
    dilations: pair(o.dilation),
    pads: pads(o),
    group,
  });
}

function dense(context: Context): string {
  const {
    builder,
    one: { operation: o },
    inputs,
    grid,
  } = context;
  const vector = builder.onGrid(
    `${o.id}/input`,
    builder.node(`${o.id}/vector`, 'Flatten', [inputs[0]!], { axis: 1 }),
    grid,
  );
  const [weight, bias] = weightsOf(context, [o.outChannels, o.inChannels]);
  return builder.node(`${o.id}/gemm`, 'Gemm', [vector, weight, bias], { transB: 1 });
}

function pool(opType: 'MaxPool' | 'AveragePool'): (context: Context) => string {
  return ({ builder, one: { operation: o }, inputs }) =>
    builder.node(`${o.id}/pool`, opType, [inputs[0]!], {
      kernel_shape: pair(o.kernel),
      strides: pair(o.stride),
      pads: pads(o),
    });
}

/** Flattens in the order of the definition, height x width x channels, which is not the order in memory here. */
function flatten({
  builder,
  one: {
    operation: { id, inSize },
    output,
  },
  inputs,
}: Context): string {
  const map = inSize.height * inSize.width > 1;
  // On its grid again after every step: ONNX Runtime moves the quantisation there itself, and fails at it in opset 21.
  const ordered = map
    ? builder.onGrid(
        `${id}/nhwc`,
        builder.node(`${id}/transposed`, 'Transpose', [inputs[0]!], { perm: [0, 2, 3, 1] }),
        output,
      )
    : inputs[0]!;
  return builder.node(`${id}/flatten`, 'Flatten', [ordered], { axis: 1 });
}

const WRITERS: Readonly<Record<PrimitiveKind, (context: Context) => string>> = {
  conv,
  depthwise: conv,
  dense,
  flatten,
  'max-pool': pool('MaxPool'),
  'average-pool': pool('AveragePool'),
  'global-average-pool': ({ builder, one, inputs }) =>
    builder.node(`${one.operation.id}/pool`, 'GlobalAveragePool', [inputs[0]!]),
  add: ({ builder, one, inputs }) => builder.node(`${one.operation.id}/sum`, 'Add', inputs),
  'depth-to-space': ({
    builder,
    one: {
      operation: { id, factor },
    },
    inputs,
  }) => builder.node(`${id}/space`, 'DepthToSpace', [inputs[0]!], { blocksize: factor, mode: 'DCR' }),
};

function activated(builder: GraphBuilder, { id, activation }: Operation, value: string): string {
  if (activation === 'none') return value;
  if (activation === 'relu') return builder.node(`${id}/relu`, 'Relu', [value]);
  return builder.node(`${id}/clip`, 'Clip', [
    value,
    builder.constant('zero', [], Float32Array.of(0)),
    builder.constant('six', [], Float32Array.of(6)),
  ]);
}

/** Which outputs have a batch and channels only: those of dense layers and flattens, and sums with one of them. */
function areVectors(operations: readonly Operation[]): boolean[] {
  const vectors: boolean[] = [];
  for (const { kind, inputs } of operations)
    vectors.push(kind === 'dense' || kind === 'flatten' || (kind === 'add' && inputs.some((i) => vectors[i])));
  return vectors;
}

/** What reads height and width: a vector is a map of one pixel for it. */
const READS_MAPS: ReadonlySet<PrimitiveKind> = new Set<PrimitiveKind>([
  'conv',
  'depthwise',
  'max-pool',
  'average-pool',
  'global-average-pool',
  'depth-to-space',
]);

/**
 * Writes an ONNX model: input 'input' [N, channels, height, width] of normalised floats, output 'output' of floats on
 * the output grid.
 * Rounding of average pools and additions is the runtime's: it can differ from the chip's by one step.
 */
export function writeOnnx(
  network: IntegerNetwork,
  { producerVersion, description, metadata = {}, int4 }: OnnxOptions,
): Uint8Array {
  const {
    architecture: { name, input },
    operations,
  } = network;
  const builder = new GraphBuilder();
  const values = [builder.onGrid('input', 'input', network.input)];
  const vectors = areVectors(operations.map(({ operation }) => operation));
  for (const [index, one] of operations.entries()) {
    const { operation, output } = one;
    const grids = operation.inputs.map((i) => (i < 0 ? network.input : operations[i]!.output));
    const { id, kind } = operation;
    const flattened = (i: number, k: number): string => {
      const flat = builder.node(`${id}/vector${k}`, 'Flatten', [values[i + 1]!], { axis: 1 });
      return builder.onGrid(`${id}/input${k}`, flat, grids[k]!);
    };
    const asMap = (i: number, k: number): string => {
      const axes = builder.constant('map/axes', [2], BigInt64Array.of(2n, 3n));
      const map = builder.node(`${id}/map${k}`, 'Unsqueeze', [values[i + 1]!, axes]);
      return builder.onGrid(`${id}/input${k}`, map, grids[k]!);
    };
    // A vector and a map of one pixel are added as vectors: broadcast, they would be a matrix.
    const asVectors = kind === 'add' && vectors[index]!;
    const inputOf = (i: number, k: number): string => {
      if (asVectors && !vectors[i]) return flattened(i, k);
      return READS_MAPS.has(kind) && vectors[i] ? asMap(i, k) : values[i + 1]!;
    };
    const result = WRITERS[kind]({ builder, one, int4, inputs: operation.inputs.map(inputOf), grid: grids[0]! });
    values.push(builder.onGrid(id, activated(builder, operation, result), output));
  }
  builder.node('output', 'Identity', [values.at(-1)!]);
  const last = operations.at(-1)?.operation;
  const vector = vectors.at(-1);
  const outSizes =
    vector || !last
      ? [last?.outChannels ?? input.channels]
      : [last.outChannels, last.outSize.height, last.outSize.width];
  const versions = int4 ? VERSIONS.int4 : VERSIONS.int8;
  return encodeModel({
    irVersion: versions.ir,
    producerName: 'UDC',
    producerVersion,
    docString: `${description}. ${SESSION_ADVICE}.`,
    opsetImport: [{ domain: '', version: versions.opset }],
    graph: builder.finish(
      name,
      floatValue('input', [input.channels, input.height, input.width]),
      floatValue('output', outSizes),
    ),
    metadataProps: Object.entries({ ...metadata, [SESSION_KEY]: JSON.stringify(SESSION) }).map(([key, value]) => ({
      key,
      value,
    })),
  });
}
