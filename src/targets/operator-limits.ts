/** Which operators a target runs, as data, and the reason where it does not. */
import type { Architecture, Operation, PrimitiveKind } from '../network/types.ts';
import { arrayProblem } from './array/array-limits.ts';
import { placementProblem } from './array/placement.ts';
import type { Target } from './find-target.ts';

export interface OperatorLimits {
  /** Kinds that the target cannot run at all, with the reason. */
  readonly missing: Partial<Readonly<Record<PrimitiveKind, string>>>;
  /** Kinds that run on the processor beside the NPU: possible, but slow. */
  readonly onProcessor: readonly PrimitiveKind[];
  /** Kernels of convolutions, 'HxW'; absent: any within the other limits. */
  readonly kernels?: readonly string[];
  /** Strides of convolutions, smallest to largest. */
  readonly convolutionStrides: readonly [number, number];
  readonly dilation: boolean;
  readonly maxKernelHeight?: number;
  readonly maxKernelArea?: number;
  readonly maxDimension?: number;
  /** Largest window of an average pool with padding, and without. */
  readonly averagePool?: { readonly same: number; readonly validHeight: number; readonly validArea: number };
  readonly maxPoolHeight?: number;
  readonly maxPoolArea?: number;
  readonly poolStrides?: readonly [number, number];
  /** May a depthwise convolution make several outputs of each of several inputs? */
  readonly depthwiseMultiplier: boolean;
}

/** No limit of its own: anything a definition can say. */
export const NO_LIMITS: OperatorLimits = {
  missing: {},
  onProcessor: [],
  convolutionStrides: [1, Infinity],
  dilation: true,
  depthwiseMultiplier: true,
};

type Rule = (operation: Operation, limits: OperatorLimits, target: Target) => string | undefined;

const isConvolution = (operation: Operation): boolean => operation.kind === 'conv' || operation.kind === 'depthwise';
const isWeighted = (operation: Operation): boolean => isConvolution(operation) || operation.kind === 'dense';
const text = (size: { height: number; width: number }): string => `${size.height}x${size.width}`;

function strideRule(
  stride: { height: number; width: number },
  [least, most]: readonly [number, number],
  title: string,
  what: string,
): string | undefined {
  if (stride.height >= least && stride.width >= least && stride.height <= most && stride.width <= most)
    return undefined;
  return `stride ${text(stride)}: ${title} takes ${what} with stride ${least === most ? least : `${least} to ${most}`} only`;
}

const RULES: readonly Rule[] = [
  (operation, limits, target) => {
    const reason = limits.missing[operation.kind];
    return reason === undefined ? undefined : `${target.title} ${reason}`;
  },
  (operation, _limits, target) =>
    isWeighted(operation) && !target.bits.includes(operation.bits)
      ? `${operation.bits}-bit weights: ${target.title} stores ${target.bits.join(', ')} bits`
      : undefined,
  ({ activationBits = 8 }, _limits, target) =>
    activationBits < 8 && !target.activationBits?.includes(activationBits)
      ? `${activationBits}-bit activations: ${target.title} keeps ${(target.activationBits ?? [8]).join(', ')} bits`
      : undefined,
  (operation, { kernels }, target) =>
    isConvolution(operation) && kernels && !kernels.includes(text(operation.kernel))
      ? `kernel ${text(operation.kernel)}: ${target.title} has ${kernels.join(' and ')} only`
      : undefined,
  (operation, limits, target) =>
    isConvolution(operation)
      ? strideRule(operation.stride, limits.convolutionStrides, target.title, 'convolutions')
      : undefined,
  (operation, limits, target) =>
    isConvolution(operation) && !limits.dilation && operation.dilation.height * operation.dilation.width > 1
      ? `dilation ${text(operation.dilation)}: ${target.title} has no dilated convolutions`
      : undefined,
  (operation, limits, target) => {
    if (!isConvolution(operation)) return undefined;
    const height = (operation.kernel.height - 1) * operation.dilation.height + 1;
    const width = (operation.kernel.width - 1) * operation.dilation.width + 1;
    if (height > (limits.maxKernelHeight ?? Infinity))
      return `kernel height ${height} (dilated): ${target.title} takes 1 to ${limits.maxKernelHeight}`;
    if (height * width > (limits.maxKernelArea ?? Infinity))
      return `kernel area ${height * width} (dilated): ${target.title} takes up to ${limits.maxKernelArea}`;
    return undefined;
  },
  (operation, limits, target) =>
    operation.kind === 'depthwise' && operation.factor > 1 && operation.inChannels > 1 && !limits.depthwiseMultiplier
      ? `depth multiplier ${operation.factor}: ${target.title} takes one above 1 for a single input channel only (here ${operation.inChannels})`
      : undefined,
  (operation, { averagePool }, target) => {
    if (operation.kind !== 'average-pool' || !averagePool) return undefined;
    const { height, width } = operation.kernel;
    if (operation.padding === 'same')
      return height <= averagePool.same && width <= averagePool.same
        ? undefined
        : `pool ${height}x${width}: ${target.title} takes padded average pools up to ${averagePool.same}x${averagePool.same}`;
    return height <= averagePool.validHeight && height * width <= averagePool.validArea
      ? undefined
      : `pool ${height}x${width}: ${target.title} takes average pools up to height ${averagePool.validHeight} and area ${averagePool.validArea}`;
  },
  (operation, limits, target) => {
    if (operation.kind !== 'max-pool') return undefined;
    const { height, width } = operation.kernel;
    const fits = height <= (limits.maxPoolHeight ?? Infinity) && height * width <= (limits.maxPoolArea ?? Infinity);
    return fits
      ? undefined
      : `pool ${height}x${width}: ${target.title} takes max pools up to height ${limits.maxPoolHeight} and area ${limits.maxPoolArea}`;
  },
  (operation, limits, target) =>
    limits.poolStrides && (operation.kind === 'max-pool' || operation.kind === 'average-pool')
      ? strideRule(operation.stride, limits.poolStrides, target.title, 'pools')
      : undefined,
  (operation, limits, target) => {
    const largest = Math.max(
      operation.inChannels,
      operation.outChannels,
      operation.inSize.height,
      operation.inSize.width,
      operation.outSize.height,
      operation.outSize.width,
    );
    return largest > (limits.maxDimension ?? Infinity)
      ? `a dimension of ${largest}: ${target.title} takes up to ${limits.maxDimension}`
      : undefined;
  },
  (operation, _limits, target) => (target.array ? arrayProblem(target.array, operation, target.title) : undefined),
];

/** Why `target` cannot run `operation`, in words for a user; undefined where it can. */
export function supports(target: Target, operation: Operation): string | undefined {
  for (const rule of RULES) {
    const reason = rule(operation, target.limits, target);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/**
 * Why the network as a whole does not fit the target's memories and sequencer, operators that run one by one; undefined
 * where it does, or nothing but
 * sums of bytes limits it.
 */
export function supportsAll(target: Target, architecture: Architecture): string | undefined {
  return target.array && placementProblem(target.array, architecture, target.title);
}
