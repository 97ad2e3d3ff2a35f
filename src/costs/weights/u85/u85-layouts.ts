/**
 * The layouts that Vela's scheduler may give the weights of one operator on an Ethos-U85: micro-block, traversal,
 * sparsity, blocks.
 */
import type { Size2D } from '../../../network/types.ts';
import type { WeightTensor } from '../../../targets/weight-tensor.ts';
import type { MicroBlock, U85Engine } from '../../../targets/u85-engine.ts';
import type { Traversal, U85Order } from './u85-order.ts';
import { roundUp } from '../../../base/round.ts';

/** What of a tensor decides its layouts; output sizes and strides that are not given may be any. */
export type U85Shape = Pick<WeightTensor, 'kind' | 'ohwi' | 'dilation' | 'stride' | 'outSize'>;

/** Output channels are computed, and scales are stored, in multiples of this. */
export const DEPTH_STEP = 16;
/** Deepest block of output channels. */
const MOST_DEPTH = 1024;
const ONE: Size2D = { height: 1, width: 1 };

/** How the kernel is read: by whichever traversal fills its bricks better. */
export function traversalOf({ kind, ohwi: [, height, width, inputs] }: U85Shape, sparse: boolean): Traversal {
  if (kind === 'depthwise') return 'depthwise';
  const [brick, least, deep] = sparse ? [10, 4, 128] : [5, 2, 64];
  const elements = height * width;
  const filled = Math.floor(elements / brick) * brick + Math.max(elements % brick, least);
  const kernelFirst = (inputs / roundUp(inputs, 16)) * (elements / filled);
  return kernelFirst >= inputs / roundUp(inputs, deep) ? 'part-kernel' : 'depth-first';
}

/**
 * The depth of the micro-block that the compiler chooses for the whole output; the deepest where the output is not
 * given.
 */
export function microDepth(engine: U85Engine, shape: U85Shape): number {
  const {
    kind,
    ohwi: [outputs],
    outSize,
  } = shape;
  const size = kind === 'dense' ? ONE : outSize;
  return size ? leastWaste(blocksOf(engine, shape), { ...size, depth: outputs }).depth : deepestMicro(engine, shape);
}

/** The deepest micro-block: the compiler chooses it where it computes the output in strips of one row. */
export function deepestMicro(engine: U85Engine, shape: U85Shape): number {
  return Math.max(...blocksOf(engine, shape).map(({ depth }) => depth));
}

/** Depths of the micro-blocks for strips of the output: of one row, or of any number less than all. */
export function stripDepths(engine: U85Engine, shape: U85Shape): Set<number> {
  const { kind, ohwi, outSize } = shape;
  const depths = new Set([deepestMicro(engine, shape)]);
  if (kind === 'dense' || !outSize) return depths;
  for (let height = 2; height < outSize.height; height++)
    depths.add(leastWaste(blocksOf(engine, shape), { height, width: outSize.width, depth: ohwi[0] }).depth);
  return depths;
}

/**
 * Does the deepest micro-block fill no more output channels than others? Then the compiler takes it for most sizes of
 * the output.
 */
export function fillsDeepest(engine: U85Engine, shape: U85Shape): boolean {
  const filled = blocksOf(engine, shape).map(({ depth }) => roundUp(shape.ohwi[0], depth));
  return roundUp(shape.ohwi[0], deepestMicro(engine, shape)) === Math.min(...filled);
}

function blocksOf(engine: U85Engine, { kind }: U85Shape): readonly MicroBlock[] {
  return kind === 'depthwise' ? engine.depthwise : engine.convolution;
}

/** The first micro-block of those that add least to the output. */
function leastWaste(blocks: readonly MicroBlock[], output: MicroBlock): MicroBlock {
  let best = blocks[0]!;
  let least = Infinity;
  for (const block of blocks) {
    const filled =
      roundUp(output.height, block.height) * roundUp(output.width, block.width) * roundUp(output.depth, block.depth);
    if (filled < least) [best, least] = [block, filled];
  }
  return best;
}

/** The order of the weights in blocks of `blockDepth` output channels; without it, in blocks as deep as the layer. */
export function orderOf(
  engine: U85Engine,
  shape: U85Shape,
  sparse: boolean,
  microDepth: number,
  blockDepth = MOST_DEPTH,
): U85Order {
  return {
    traversal: traversalOf(shape, sparse),
    sparse,
    microDepth,
    blockDepth: Math.min(MOST_DEPTH, roundUp(blockDepth, microDepth)),
    decoders: engine.decoders,
    depthwiseGap: engine.depthwiseGap,
    stride: strideOf(shape),
    dilation: shape.dilation ?? ONE,
  };
}

/** A stride along one row or column of outputs has no effect, and the compiler drops it. */
function strideOf({ stride = ONE, outSize }: U85Shape): Size2D {
  return { height: outSize?.height === 1 ? 1 : stride.height, width: outSize?.width === 1 ? 1 : stride.width };
}

/** Bytes of biases and scales of `outputs` channels: 10 each, for whole micro-blocks of at least 16. */
export function u85SideBytes(outputs: number, microDepth: number, perChannel: number): number {
  return perChannel * roundUp(outputs, Math.max(DEPTH_STEP, microDepth));
}

/**
 * Are at least two zeros among every four neighbouring input channels? Then the engine may skip them. Missing channels
 * are zeros.
 */
export function isSparse24({ kind, ohwi, values }: Pick<WeightTensor, 'kind' | 'ohwi' | 'values'>): boolean {
  if (kind === 'depthwise') return false;
  const inputs = ohwi[3];
  for (let row = 0; row < values.length; row += inputs) {
    for (let i = 0; i < inputs; i += 4) {
      let used = 0;
      for (let k = i; k < Math.min(i + 4, inputs); k++) {
        const value = values[row + k]!;
        if (value !== 0) used++;
        if (value > 127 || value < -127) return false;
      }
      if (used > 2) return false;
    }
  }
  return true;
}
