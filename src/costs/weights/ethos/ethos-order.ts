/** How an Ethos-U stores the weights of one operator: traversal, cores, and the brick order of each core's share. */
import { hardwareShape } from './dilation.ts';
import type { Ohwi, BrickOrder } from '../mlw/reorder.ts';
import type { EthosEngine } from '../../../targets/find-target.ts';
import type { WeightTensor } from '../../../targets/weight-tensor.ts';
import { roundUp } from '../../../base/round.ts';

/** Deepest block of output channels. */
export const MAX_BLOCK_DEPTH = 128;
const SUB_KERNEL = 8;
const INPUT_MICRO_DEPTH = 8;

/** What of a weight tensor decides its order: not the values. */
export type WeightShape = Pick<WeightTensor, 'kind' | 'ohwi' | 'dilation' | 'outputBlockDepth'>;

/** Where the compiler buffers weights in parts, it cuts the output channels at multiples of this. */
const CUT_STEP = 16;
/** A usual part after the first; it is as deep as a block or several. */
const CUT_PART = 32;

/**
 * Where the compiler may cut a layer's output channels, each part a stream of its own: first, last and the cuts
 * between. The first entry is no cut at all.
 * Its scheduler decides by cycles, bandwidths and its neighbours; these are the first part alone, and many parts. A
 * dense layer has no second use for a buffer.
 */
export function possibleCuts({
  kind,
  ohwi: [outputs],
}: Pick<WeightShape, 'kind' | 'ohwi'>): readonly (readonly number[])[] {
  const whole = [0, outputs];
  if (kind === 'dense' || outputs <= CUT_STEP) return [whole];
  const once = [0, CUT_STEP, outputs];
  if (outputs <= CUT_STEP + CUT_PART) return [whole, once];
  const often = Array.from({ length: Math.ceil((outputs - CUT_STEP) / CUT_PART) }, (_, k) => CUT_STEP + k * CUT_PART);
  return [whole, once, [0, ...often, outputs]];
}

/** One core's share of the output channels. */
export interface CoreShare {
  readonly core: number;
  readonly cores: number;
  readonly ohwi: Ohwi;
  readonly order: BrickOrder;
}

/**
 * Is a convolution read kernel first? Then its inputs fill 8s and its kernel elements 4s; depth first, inputs fill 32s.
 * Dense layers are depth first.
 */
export function isPartKernel(shape: WeightShape): boolean {
  if (shape.kind !== 'conv') return false;
  const [, height, width, inputs] = hardwareShape(shape).ohwi;
  const elements = height * width;
  return (
    inputs <= 8 || (inputs / roundUp(inputs, 8)) * (elements / roundUp(elements, 4)) >= inputs / roundUp(inputs, 32)
  );
}

/**
 * The streams that the weights become, in the shape that the hardware has for them (`hardwareTensor`). Cores take
 * output channels in turn.
 * Where the block depth is not given, it is the deepest that the layer fills (at most 128), which is what the compiler
 * chooses for layers with small outputs;
 * another depth changes the order of the bricks, not their padding, and the size by less than a few parts in a
 * thousand.
 */
export function coreShares(logical: WeightShape, engine: EthosEngine): CoreShare[] {
  const shape = hardwareShape(logical);
  const [outputs, height, width, inputs] = shape.ohwi;
  const cores = Math.min(engine.cores, outputs);
  const micro = engine.microBlock.depth;
  const blockDepth = shape.outputBlockDepth ?? Math.min(MAX_BLOCK_DEPTH, roundUp(outputs, micro));
  return Array.from({ length: cores }, (_, core) => {
    const share = Math.ceil((outputs - core) / cores);
    return {
      core,
      cores,
      ohwi: [share, height, width, inputs] as const,
      order: {
        depthwise: shape.kind === 'depthwise',
        partKernel: isPartKernel(shape),
        inputBits: 8 as const,
        outputBlockDepth: roundUp(Math.ceil((blockDepth - core) / engine.cores), micro),
        outputMicroDepth: micro,
        inputMicroDepth: INPUT_MICRO_DEPTH,
        subKernel: { height: SUB_KERNEL / shape.dilation.height, width: SUB_KERNEL / shape.dilation.width },
      },
    };
  });
}

/** Every `cores`-th output channel of row-major OHWI values, from `core`. */
export function coreValues(values: Int8Array | Int16Array, share: CoreShare): Int8Array | Int16Array {
  if (share.cores === 1) return values;
  const filter = share.ohwi[1] * share.ohwi[2] * share.ohwi[3];
  const out = new Int16Array(share.ohwi[0] * filter);
  for (let o = 0; o < share.ohwi[0]; o++) {
    const from = (o * share.cores + share.core) * filter;
    out.set(values.subarray(from, from + filter), o * filter);
  }
  return out;
}
