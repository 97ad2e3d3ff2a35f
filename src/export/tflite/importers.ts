/** How each TFLite operator becomes an operation: shapes, options, weights. */
import { activationClamp } from '../../integer/grid.ts';
import { multipliersOf } from '../../integer/quantise.ts';
import type { IntegerOperation, IntegerWeights, Quantisation } from '../../integer/types.ts';
import { filterShape } from '../../model/cost.ts';
import type { Activation, Operation, Padding, PrimitiveKind, Size2D } from '../../model/types.ts';
import type { Graph, GraphOperator, GraphTensor } from './graph.ts';
import { ACTIVATION_CODES, PADDING_CODES } from './operators.ts';
import { padText, samePadding, samePads, type MapPadding } from './padding.ts';
import {
  type ActivationFunctionType, AddOptions, BuiltinOperator, Conv2DOptions, DepthwiseConv2DOptions, FullyConnectedOptions, type Padding as PaddingCode, Pool2DOptions,
  ReducerOptions, TensorType,
} from './schema.generated.ts';

/** One operator being imported, with what its inputs became. */
export interface ImportContext {
  readonly graph: Graph;
  readonly operator: GraphOperator;
  readonly identity: Pick<Operation, 'id' | 'layer' | 'layerName'>;
  /** Producing operations of the activation inputs; -1 is the network's input. */
  readonly sources: readonly number[];
  readonly shape: { readonly input: MapShape; readonly output: MapShape };
  readonly grids: { readonly input: Quantisation; readonly output: Quantisation };
  /** Zeros that a PAD puts around the input before the operator reads it; `shape.input` is without them. */
  readonly pad?: MapPadding | undefined;
}

export interface MapShape { readonly size: Size2D; readonly channels: number }

/** What is wrong with an operator, named so that a person finds it in the file. */
export function unsupported({ name, index, layer }: GraphOperator, problem: string): Error {
  return new Error(`operator ${index} (${name}${layer === '' ? '' : `, layer '${layer}'`}): ${problem}`);
}

const nameOf = <K extends string>(codes: Readonly<Record<K, number>>, code: number): K | undefined => (Object.keys(codes) as K[]).find((key) => codes[key] === code);

function activationOf(operator: GraphOperator, code: ActivationFunctionType): Activation {
  const activation = nameOf(ACTIVATION_CODES, code);
  if (!activation) throw unsupported(operator, `fused activation ${code} is not one of none, RELU, RELU6`);
  return activation;
}

function paddingOf(operator: GraphOperator, code: PaddingCode): Padding {
  const padding = nameOf(PADDING_CODES, code);
  if (!padding) throw unsupported(operator, `padding ${code} is neither SAME nor VALID`);
  return padding;
}

/** The padding of a convolution, with that of a PAD before it. */
function convolutionPadding({ operator, shape, pad }: ImportContext, code: PaddingCode, window: Parameters<typeof samePadding>[1]): Padding {
  const own = paddingOf(operator, code);
  if (!pad) return own;
  const same = samePadding(shape.input.size, window);
  if (own === 'valid' && samePads(pad, same)) return 'same';
  throw unsupported(operator, `the PAD before it adds zeros (${padText(pad)})${own === 'same' ? ' and it pads by itself as well' : ''}; only what SAME adds here can be read (${padText(same)})`);
}

const ONE: Size2D = { height: 1, width: 1 };

interface Parts extends Partial<Pick<Operation, 'kernel' | 'stride' | 'dilation' | 'padding' | 'factor' | 'bits' | 'sparsity' | 'activation'>> { readonly kind: PrimitiveKind }

function operationOf({ identity, sources, shape }: ImportContext, parts: Parts): Operation {
  return {
    ...identity, inputs: sources, kernel: ONE, stride: ONE, dilation: ONE, padding: 'same', factor: 1, bits: 8, sparsity: 0, batchNorm: false, activation: 'none', ...parts,
    inChannels: shape.input.channels, outChannels: shape.output.channels, inSize: shape.input.size, outSize: shape.output.size,
  };
}

const unweighted = (context: ImportContext, parts: Parts): IntegerOperation => {
  const operation = operationOf(context, parts);
  return { operation, output: context.grids.output, clamp: activationClamp(operation.activation, context.grids.output) };
};

/** Bits of the smallest symmetric grid that holds all codes. */
function bitsOf(codes: Int8Array): number {
  const largest = codes.reduce((most, code) => Math.max(most, Math.abs(code)), 1);
  return Math.min(8, Math.ceil(Math.log2(largest + 1)) + 1);
}

/** Zeros among the codes, as the share that pruning would call it. */
function zeroShare(codes: Int8Array): number {
  return Math.floor(100 * codes.reduce((zeros, code) => zeros + (code === 0 ? 1 : 0), 0) / Math.max(1, codes.length)) / 100;
}

function constantOf(context: ImportContext, input: number, type: TensorType, what: string): GraphTensor {
  const tensor = context.graph.tensors[context.operator.inputs[input] ?? -1];
  if (!tensor || tensor.data.length === 0) throw unsupported(context.operator, `its ${what} are no constant of the file`);
  if (tensor.type !== type) throw unsupported(context.operator, `its ${what} are ${TensorType[tensor.type]}, ${TensorType[type]} expected: only fully int8 networks can be read`);
  return tensor;
}

function weighted(context: ImportContext, parts: Parts, reorder: (codes: Int8Array) => Int8Array = (codes) => codes): IntegerOperation {
  const { operator, grids } = context;
  const filter = constantOf(context, 1, TensorType.INT8, 'weights');
  if (filter.zeroPoints.some((zero) => zero !== 0)) throw unsupported(operator, 'its weights have a zero point other than 0: quantise the network symmetrically');
  const codes = reorder(new Int8Array(filter.data.slice().buffer));
  const operation = operationOf(context, { ...parts, bits: bitsOf(codes), sparsity: zeroShare(codes) });
  const shape = filterShape(operation)!;
  if (codes.length !== shape[0] * shape[1] * shape[2] * shape[3]) throw unsupported(operator, `${codes.length} weights do not fill ${shape.join('x')} (grouped convolutions are not supported)`);
  const channels = operation.outChannels;
  if (filter.scales.length !== 1 && filter.scales.length !== channels) throw unsupported(operator, `${filter.scales.length} weight scales for ${channels} output channels`);
  const steps = filter.scales.length === channels ? filter.scales : new Float32Array(channels).fill(filter.scales[0]!);
  const biases = (operator.inputs[2] ?? -1) < 0 ? new Int32Array(channels) : new Int32Array(constantOf(context, 2, TensorType.INT32, 'biases').data.slice().buffer);
  if (biases.length !== channels) throw unsupported(operator, `${biases.length} biases for ${channels} output channels`);
  const weights: IntegerWeights = { codes, steps, biases, ...multipliersOf(grids.input, steps, grids.output) };
  return { operation, output: grids.output, clamp: activationClamp(operation.activation, grids.output), weights };
}

function windowOf(filter: readonly number[]): Size2D {
  return { height: filter[1] ?? 1, width: filter[2] ?? 1 };
}

const filterOf = ({ graph, operator }: ImportContext): readonly number[] => graph.tensors[operator.inputs[1] ?? -1]?.shape ?? [];

interface Strided { strideH(): number; strideW(): number }
const strideOf = (options: Strided): Size2D => ({ height: options.strideH(), width: options.strideW() });
const dilationOf = (options: { dilationHFactor(): number; dilationWFactor(): number }): Size2D => ({ height: options.dilationHFactor(), width: options.dilationWFactor() });
const isOne = ({ height, width }: Size2D): boolean => height === 1 && width === 1;

function required<T>(options: T | undefined, { operator }: ImportContext): T {
  if (!options) throw unsupported(operator, 'its options are missing');
  return options;
}

function conv(context: ImportContext): IntegerOperation {
  const options = required(context.operator.options(new Conv2DOptions()), context);
  const kernel = windowOf(filterOf(context));
  const { input, output } = context.shape;
  const window = { kernel, stride: strideOf(options), dilation: dilationOf(options) };
  const vector = isOne(kernel) && isOne(input.size) && isOne(output.size) && !context.pad;
  return weighted(context, {
    activation: activationOf(context.operator, options.fusedActivationFunction()),
    ...(vector ? { kind: 'dense' } : { kind: 'conv', ...window, padding: convolutionPadding(context, options.padding(), window) }),
  });
}

/** [out, h, w, 1] of [1, h, w, out]. */
const byChannel = (channels: number) => (codes: Int8Array): Int8Array => {
  const area = codes.length / channels;
  return Int8Array.from(codes, (_, i) => codes[(i % area) * channels + Math.floor(i / area)]!);
};

function depthwise(context: ImportContext): IntegerOperation {
  const options = required(context.operator.options(new DepthwiseConv2DOptions()), context);
  const { input, output } = context.shape;
  const window = { kernel: windowOf(filterOf(context)), stride: strideOf(options), dilation: dilationOf(options) };
  return weighted(context, {
    kind: 'depthwise', ...window, padding: convolutionPadding(context, options.padding(), window),
    factor: output.channels / input.channels, activation: activationOf(context.operator, options.fusedActivationFunction()),
  }, byChannel(output.channels));
}

function dense(context: ImportContext): IntegerOperation {
  const options = required(context.operator.options(new FullyConnectedOptions()), context);
  if (!isOne(context.shape.input.size)) throw unsupported(context.operator, 'it reads a map: put a RESHAPE before it');
  return weighted(context, { kind: 'dense', activation: activationOf(context.operator, options.fusedActivationFunction()) });
}

function pool(kind: 'max-pool' | 'average-pool'): (context: ImportContext) => IntegerOperation {
  return (context) => {
    const options = required(context.operator.options(new Pool2DOptions()), context);
    const kernel = { height: options.filterHeight(), width: options.filterWidth() };
    const activation = activationOf(context.operator, options.fusedActivationFunction());
    const { input, output } = context.shape;
    const whole = kernel.height === input.size.height && kernel.width === input.size.width && isOne(output.size);
    if (kind === 'average-pool' && whole && activation === 'none') return unweighted(context, { kind: 'global-average-pool' });
    return unweighted(context, { kind, kernel, stride: strideOf(options), padding: paddingOf(context.operator, options.padding()), activation });
  };
}

function mean(context: ImportContext): IntegerOperation {
  const axes = new Int32Array(constantOf(context, 1, TensorType.INT32, 'axes').data.slice().buffer);
  if ([...axes].sort((a, b) => a - b).join() !== '1,2') throw unsupported(context.operator, `the mean over axes ${axes.join(', ')} is no global average; 1, 2 expected`);
  context.operator.options(new ReducerOptions());
  return unweighted(context, { kind: 'global-average-pool' });
}

function add(context: ImportContext): IntegerOperation {
  const options = context.operator.options(new AddOptions());
  if (context.sources.length !== 2) throw unsupported(context.operator, 'it adds a constant: only the addition of two activations can be read');
  return unweighted(context, { kind: 'add', activation: options ? activationOf(context.operator, options.fusedActivationFunction()) : 'none' });
}

/** Operators by code. RESHAPE is here for maps that become vectors; others are dropped before. */
export const IMPORTERS: ReadonlyMap<BuiltinOperator, (context: ImportContext) => IntegerOperation> = new Map([
  [BuiltinOperator.CONV_2D, conv], [BuiltinOperator.DEPTHWISE_CONV_2D, depthwise], [BuiltinOperator.FULLY_CONNECTED, dense], [BuiltinOperator.ADD, add],
  [BuiltinOperator.MAX_POOL_2D, pool('max-pool')], [BuiltinOperator.AVERAGE_POOL_2D, pool('average-pool')], [BuiltinOperator.MEAN, mean],
  [BuiltinOperator.RESHAPE, (context: ImportContext) => unweighted(context, { kind: 'flatten' })],
  [BuiltinOperator.DEPTH_TO_SPACE, (context: ImportContext) => unweighted(context, { kind: 'depth-to-space', factor: context.shape.output.size.height / context.shape.input.size.height })],
]);
