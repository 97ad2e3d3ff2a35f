/** How each TFLite operator becomes an operation: shapes, options, weights. */
import { activationClamp, INT8_MIN } from '../../integer/activation-grid.ts';
import { multipliersOf } from '../../integer/quantise-network.ts';
import type { IntegerOperation, IntegerWeights, MapPadding, Quantisation } from '../../integer/integer-network.ts';
import { filterShape } from '../../network/operation-counts.ts';
import type { Activation, Operation, Padding, PrimitiveKind, Size2D } from '../../network/types.ts';
import { PLAIN, type MapShape } from '../reading/operations.ts';
import { possibleWindow } from '../reading/plausible.ts';
import { addPads, definedPadding, samePadding, type DefinedPadding, type Window } from '../reading/pads.ts';
import { bitsOf, quantiseChannels, reordered, zeroShare, type CodedWeights } from '../reading/weight-codes.ts';
import { constantValues, floatsOf } from './tflite-constants.ts';
import type { Graph, GraphOperator, GraphTensor } from './tflite-graph.ts';
import { ACTIVATION_CODES, PADDING_CODES } from './tflite-operators.ts';
import { integersOf } from './tflite-padding.ts';
import {
  type ActivationFunctionType,
  AddOptions,
  BuiltinOperator,
  Conv2DOptions,
  DepthwiseConv2DOptions,
  FullyConnectedOptions,
  type Padding as PaddingCode,
  Pool2DOptions,
  TensorType,
} from './tflite-schema.generated.ts';

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
  /** Takes a reason why no definition can have the operator as it is, or what one has instead. */
  readonly obstacle: (problem: string) => void;
  readonly note: (text: string) => void;
  /** Is told of weights that are no symmetric int8, by what they are. */
  readonly rounded: (type: string) => void;
}

/** What is wrong with an operator, named so that a person finds it in the file. */
export function unsupported({ name, index, layer }: GraphOperator, problem: string): Error {
  return new Error(`operator ${index} (${name}${layer === '' ? '' : `, layer '${layer}'`}): ${problem}`);
}

const nameOf = <K extends string>(codes: Readonly<Record<K, number>>, code: number): K | undefined =>
  (Object.keys(codes) as K[]).find((key) => codes[key] === code);

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
function convolutionPadding(context: ImportContext, code: PaddingCode, window: Window): DefinedPadding {
  const {
    operator,
    shape: { input, output },
    pad,
  } = context;
  const own = paddingOf(operator, code);
  if (!pad) return { padding: own };
  const { size } = input;
  const padded = { height: size.height + pad.top + pad.bottom, width: size.width + pad.left + pad.right };
  return definedPadding(
    size,
    output.size,
    window,
    own === 'valid' ? pad : addPads(pad, samePadding(padded, window)),
    context,
  );
}

const ONE: Size2D = { height: 1, width: 1 };

interface Parts extends Partial<
  Pick<Operation, 'kernel' | 'stride' | 'dilation' | 'padding' | 'factor' | 'bits' | 'sparsity' | 'activation'>
> {
  readonly kind: PrimitiveKind;
}

function operationOf({ identity, sources, shape }: ImportContext, parts: Parts): Operation {
  return {
    ...identity,
    inputs: sources,
    ...PLAIN,
    ...parts,
    inChannels: shape.input.channels,
    outChannels: shape.output.channels,
    inSize: shape.input.size,
    outSize: shape.output.size,
  };
}

const unweighted = (context: ImportContext, parts: Parts): IntegerOperation => {
  const operation = operationOf(context, parts);
  return {
    operation,
    output: context.grids.output,
    clamp: activationClamp(operation.activation, context.grids.output),
  };
};

/** The constant that an operator reads as its weights. */
function filterTensor({ graph, operator }: ImportContext): GraphTensor {
  const tensor = graph.tensors[operator.inputs[1] ?? -1];
  if (tensor?.sparse)
    throw unsupported(
      operator,
      'its weights are stored sparse (by a table of where they are not zero): convert the network without sparse storage; zeros cost little here all the same',
    );
  if (!tensor || tensor.data.length === 0) throw unsupported(operator, 'its weights are no constant of the file');
  return tensor;
}

type Order = (index: number) => number;

/** The weights in the order of OHWI. `order`: where each stands in the file. */
function codedWeights(context: ImportContext, channels: number, order: Order | undefined): CodedWeights {
  const tensor = filterTensor(context);
  const values = constantValues(tensor);
  if (!values)
    throw unsupported(
      context.operator,
      `its weights are ${TensorType[tensor.type] ?? `of element type ${tensor.type}`}, which cannot be read`,
    );
  if ('codes' in values) {
    const { scales } = tensor;
    if (scales.length !== 1 && scales.length !== channels)
      throw unsupported(context.operator, `${scales.length} weight scales for ${channels} output channels`);
    const codes = order ? reordered(values.codes, order) : values.codes;
    return { codes, steps: scales.length === channels ? scales : new Float32Array(channels).fill(scales[0]!) };
  }
  context.rounded(values.name);
  return quantiseChannels(order ? reordered(values.real, order) : values.real, channels);
}

/** Biases in units of input scale times step. */
function biasCodes(context: ImportContext, steps: Float32Array): Int32Array {
  const index = context.operator.inputs[2] ?? -1;
  if (index < 0) return new Int32Array(steps.length);
  const tensor = context.graph.tensors[index];
  const values =
    tensor &&
    (integersOf(tensor) ?? floatsOf(tensor)?.map((value, o) => value / (context.grids.input.scale * steps[o]!)));
  if (!values) throw unsupported(context.operator, 'its biases are no constant of the file');
  if (values.length !== steps.length)
    throw unsupported(context.operator, `${values.length} biases for ${steps.length} output channels`);
  return Int32Array.from(values, (value) => Math.max(-MOST_BIAS, Math.min(MOST_BIAS, Math.round(value) || 0)));
}

const MOST_BIAS = 2 ** 31 - 1;

interface WeightedOptions extends Pick<IntegerOperation, 'pads'> {
  readonly order?: Order;
}

function weighted(context: ImportContext, parts: Parts, { pads, order }: WeightedOptions = {}): IntegerOperation {
  const { operator, grids } = context;
  const { codes, steps } = codedWeights(context, context.shape.output.channels, order);
  const whole = operationOf(context, { ...parts, bits: bitsOf(codes), sparsity: zeroShare(codes) });
  const groups = groupsOf(context, whole, codes.length);
  const operation = groups === 1 ? whole : { ...whole, inChannels: whole.inChannels / groups };
  const shape = filterShape(operation)!;
  if (codes.length !== shape[0] * shape[1] * shape[2] * shape[3])
    throw unsupported(operator, `${codes.length} weights do not fill ${shape.join('x')}`);
  const weights: IntegerWeights = {
    codes,
    steps,
    biases: biasCodes(context, steps),
    ...multipliersOf(grids.input, steps, grids.output),
  };
  if (groups > 1) context.obstacle(`a convolution in ${groups} groups: a definition has none`);
  return {
    operation,
    output: grids.output,
    clamp: activationClamp(operation.activation, grids.output),
    weights,
    ...(pads && { pads }),
    ...(groups > 1 && { standsFor: { operator: `${operator.name} in ${groups} groups`, constantBytes: 0 } }),
  };
}

/** Groups of a convolution whose filters have fewer channels than its input. */
function groupsOf(context: ImportContext, { kind, inChannels }: Operation, weights: number): number {
  const filters = filterOf(context)[3] ?? 0;
  return kind === 'conv' && weights > 0 && filters > 0 && filters < inChannels && inChannels % filters === 0
    ? inChannels / filters
    : 1;
}

function windowOf(filter: readonly number[]): Size2D {
  return { height: filter[1] ?? 1, width: filter[2] ?? 1 };
}

const filterOf = ({ graph, operator }: ImportContext): readonly number[] =>
  graph.tensors[operator.inputs[1] ?? -1]?.shape ?? [];

interface Strided {
  strideH(): number;
  strideW(): number;
}
const strideOf = (options: Strided): Size2D => ({ height: options.strideH(), width: options.strideW() });
const dilationOf = (options: { dilationHFactor(): number; dilationWFactor(): number }): Size2D => ({
  height: options.dilationHFactor(),
  width: options.dilationWFactor(),
});
const isOne = ({ height, width }: Size2D): boolean => height === 1 && width === 1;

function required<T>(options: T | undefined, { operator }: ImportContext): T {
  if (!options) throw unsupported(operator, 'its options are missing');
  return options;
}

function conv(context: ImportContext): IntegerOperation {
  const options = required(context.operator.options(new Conv2DOptions()), context);
  const kernel = windowOf(filterOf(context));
  const { input, output } = context.shape;
  const window = possibleWindow({ kernel, stride: strideOf(options), dilation: dilationOf(options) });
  const activation = activationOf(context.operator, options.fusedActivationFunction());
  if (isOne(kernel) && isOne(input.size) && isOne(output.size) && !context.pad)
    return weighted(context, { kind: 'dense', activation });
  const { padding, pads } = convolutionPadding(context, options.padding(), window);
  return weighted(context, { kind: 'conv', ...window, padding, activation }, pads && { pads });
}

/** Where [out, h, w, 1] finds its values in [1, h, w, out]. */
const byChannel =
  (channels: number, area: number): Order =>
  (index) =>
    (index % area) * channels + Math.floor(index / area);

function depthwise(context: ImportContext): IntegerOperation {
  const options = required(context.operator.options(new DepthwiseConv2DOptions()), context);
  const { input, output } = context.shape;
  const window = possibleWindow({
    kernel: windowOf(filterOf(context)),
    stride: strideOf(options),
    dilation: dilationOf(options),
  });
  const { padding, pads } = convolutionPadding(context, options.padding(), window);
  return weighted(
    context,
    {
      kind: 'depthwise',
      ...window,
      padding,
      factor: output.channels / input.channels,
      activation: activationOf(context.operator, options.fusedActivationFunction()),
    },
    { order: byChannel(output.channels, window.kernel.height * window.kernel.width), ...(pads && { pads }) },
  );
}

function dense(context: ImportContext): IntegerOperation {
  const options = required(context.operator.options(new FullyConnectedOptions()), context);
  const activation = activationOf(context.operator, options.fusedActivationFunction());
  // Over a map it is a convolution of one pixel: the reader has flattened maps whose every value one unit reads.
  return {
    ...weighted(
      context,
      isOne(context.shape.input.size) ? { kind: 'dense', activation } : { kind: 'conv', activation },
    ),
    rounding: 'once',
  };
}

function pool(kind: 'max-pool' | 'average-pool'): (context: ImportContext) => IntegerOperation {
  return (context) => {
    const options = required(context.operator.options(new Pool2DOptions()), context);
    const kernel = { height: options.filterHeight(), width: options.filterWidth() };
    const activation = activationOf(context.operator, options.fusedActivationFunction());
    const { input, output } = context.shape;
    const pads = poolPads(context, kind, options.padding());
    const whole = kernel.height === input.size.height && kernel.width === input.size.width && isOne(output.size);
    if (kind === 'average-pool' && whole && activation === 'none' && !pads)
      return unweighted(context, { kind: 'global-average-pool' });
    const one = unweighted(context, {
      kind,
      kernel,
      stride: strideOf(options),
      padding: pads ? pads.padding : paddingOf(context.operator, options.padding()),
      activation,
    });
    return pads?.pads ? { ...one, pads: pads.pads } : one;
  };
}

/** A PAD before a pool: zeros count in an average, and are nothing to a maximum only where no value is less. */
function poolPads(
  context: ImportContext,
  kind: 'max-pool' | 'average-pool',
  code: PaddingCode,
): DefinedPadding | undefined {
  const { pad, operator, grids, graph } = context;
  if (!pad) return undefined;
  if (kind === 'average-pool') throw unsupported(operator, 'it averages zeros that a PAD puts around the map');
  if (grids.input.zeroPoint !== INT8_MIN)
    throw unsupported(operator, 'the PAD before it adds zeros, which are not the least value of the map');
  const options = required(operator.options(new Pool2DOptions()), { ...context, graph });
  const window = possibleWindow({
    kernel: { height: options.filterHeight(), width: options.filterWidth() },
    stride: strideOf(options),
    dilation: ONE,
  });
  return convolutionPadding(context, code, window);
}

function mean(context: ImportContext): IntegerOperation {
  const source = context.graph.tensors[context.operator.inputs[0]!]!;
  const rank = source.shape.length;
  const axes = integersOf(context.graph.tensors[context.operator.inputs[1] ?? -1]);
  if (!axes) throw unsupported(context.operator, 'its axes are no constant of the file');
  const found = [...new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)))].sort((a, b) => a - b);
  const across = Array.from({ length: rank - 2 }, (_, i) => i + 1);
  if (found.join() !== across.join())
    throw unsupported(
      context.operator,
      `the mean over axes ${axes.join(', ')} is no global average; ${across.join(', ')} expected`,
    );
  return { ...unweighted(context, { kind: 'global-average-pool' }), mean: true };
}

function add(context: ImportContext): IntegerOperation {
  const options = context.operator.options(new AddOptions());
  if (context.sources.length !== 2)
    throw unsupported(context.operator, 'it adds a constant: only the addition of two activations can be read');
  const shapes = context.operator.inputs.map((index) => context.graph.tensors[index]?.shape.join('x'));
  if (shapes[0] !== shapes[1])
    throw unsupported(context.operator, `it adds ${shapes.join(' and ')}, one repeated over the other`);
  return unweighted(context, {
    kind: 'add',
    activation: options ? activationOf(context.operator, options.fusedActivationFunction()) : 'none',
  });
}

/** Operators by code. */
export const IMPORTERS: ReadonlyMap<BuiltinOperator, (context: ImportContext) => IntegerOperation> = new Map([
  [BuiltinOperator.CONV_2D, conv],
  [BuiltinOperator.DEPTHWISE_CONV_2D, depthwise],
  [BuiltinOperator.FULLY_CONNECTED, dense],
  [BuiltinOperator.ADD, add],
  [BuiltinOperator.MAX_POOL_2D, pool('max-pool')],
  [BuiltinOperator.AVERAGE_POOL_2D, pool('average-pool')],
  [BuiltinOperator.MEAN, mean],
  [
    BuiltinOperator.DEPTH_TO_SPACE,
    (context: ImportContext) =>
      unweighted(context, {
        kind: 'depth-to-space',
        factor: context.shape.output.size.height / context.shape.input.size.height,
      }),
  ],
]);
