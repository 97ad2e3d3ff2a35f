/**
 * What an Ethos-U's compiler (Regor, Vela 5.2) can store for a layer's weights. Its choices are layouts of the output
 * channels:
 * blocks of one depth, a multiple of 16 or the whole layer, at most 128; and no cut, or a first part of a multiple of
 * 16 channels and then
 * equal parts, of which the last may be short. Every part is a stream of its own. Equal parts are multiples of the
 * block's depth while memory
 * for two of them is left, and of 16 where it is not (`fine`). Layers that copying cannot speed up are not cut at all
 * (`cuttable.ts`).
 */
import { chooseBlock } from './block-choice.ts';
import type { CutForm } from './copy-trial.ts';
import { mayBeCut } from './cuttable.ts';
import { hardwareTensor } from './dilation.ts';
import { MAX_BLOCK_DEPTH } from './ethos-order.ts';
import { outputsOf, scaleBytes, streamsBytes } from './streams.ts';
import type { Target } from '../../../targets/find-target.ts';
import type { WeightTensor } from '../../../targets/weight-tensor.ts';

/** The compiler cuts output channels, and chooses block depths, at multiples of this. */
export const CUT_STEP = 16;
/** Weights that are encoded for one layer to find the largest layout, where that many are enough for all of them. */
const MOST_ENCODED = 4_000_000;

/**
 * Most bytes of a layer's weight streams: uncut, cut where there is memory for two blocks of it, and cut where there is
 * not.
 */
export interface StreamBounds {
  readonly outputs: number;
  readonly uncut: number;
  /** No more than uncut streams take, and the most that they take in strips: where these differ from `uncut`. */
  readonly least?: number;
  readonly strips?: number;
  readonly coarse: number;
  /** Cut in parts of at least 16 · (k + 1) output channels; the first entry is the most of all. */
  readonly fine: readonly number[];
  /** The streams that it may be cut into, where it may be cut at all; unknown where absent. */
  readonly forms?: readonly CutForm[];
}

/** The bounds of a layer; without its operation, which decides the depth of its blocks, all cuts are `coarse`. */
export function streamBounds(target: Target, logical: WeightTensor): StreamBounds {
  const tensor = hardwareTensor(logical);
  const [outputs] = tensor.ohwi;
  const parts = new Parts(target, tensor);
  const { operation } = logical;
  const chosen = operation && Math.min(chooseBlock(operation, target.engine!).output.depth, outputs);
  const forms = chosen !== undefined && {
    forms: [
      {
        bytes: (from: number, to: number) => parts.bytes(from, to, chosen) + scaleBytes(target, to - from),
        more: 0,
        weights: tensor.values.length,
      },
    ],
  };
  if (outputs <= CUT_STEP) return { ...notCut(outputs, parts.bytes(0, outputs, outputs)), ...forms };
  // Only an output of several rows is computed in strips, whose blocks may be of any depth.
  const depths =
    chosen !== undefined && operation!.outSize.height === 1 && target.encoder === 'regor'
      ? [chosen]
      : blockDepths(outputs);
  const uncut = depths.map((depth) => parts.bytes(0, outputs, depth));
  const least = Math.min(...uncut);
  if (operation && !mayBeCut(operation, target, least)) return { ...notCut(outputs, Math.max(...uncut)), ...forms };
  if (encodedForAll(tensor, chosen === undefined ? depths.length : 1) > MOST_ENCODED)
    return { ...overPartitions(parts, outputs, chosen, Math.max(...uncut)), least, ...forms };
  const cuts = (chosen === undefined ? depths : [chosen]).map((depth) => overCuts(parts, outputs, depth));
  const coarse = Math.max(...uncut, ...cuts.map((most) => (chosen === undefined ? most.fine[0]! : most.coarse)));
  return {
    outputs,
    uncut: Math.max(...uncut),
    least,
    coarse,
    fine: cuts[0]!.fine.map((_, k) => Math.max(coarse, ...cuts.map((most) => most.fine[k]!))),
    ...forms,
  };
}

const notCut = (outputs: number, bytes: number): StreamBounds => ({
  outputs,
  uncut: bytes,
  coarse: bytes,
  fine: [bytes],
});

/** Block depths less than `outputs`, and `outputs` for all that hold every channel at once, which comes first. */
function blockDepths(outputs: number): number[] {
  const depths = [Math.min(outputs, MAX_BLOCK_DEPTH)];
  for (let depth = CUT_STEP; depth < depths[0]!; depth += CUT_STEP) depths.push(depth);
  return depths;
}

/** Sizes of parts, each encoded once. A part that one block holds has the same order whatever the block's depth. */
class Parts {
  readonly #target: Target;
  readonly #tensor: WeightTensor;
  readonly #known = new Map<string, number>();

  constructor(target: Target, tensor: WeightTensor) {
    this.#target = target;
    this.#tensor = tensor;
  }

  /** Bytes of output channels [from, to) in blocks of a depth. */
  bytes(from: number, to: number, depth: number): number {
    const outputBlockDepth = Math.min(depth, MAX_BLOCK_DEPTH);
    const key = `${from},${to},${outputBlockDepth < to - from ? outputBlockDepth : ''}`;
    let bytes = this.#known.get(key);
    if (bytes === undefined)
      this.#known.set(
        key,
        (bytes = streamsBytes(this.#target, { ...outputsOf(this.#tensor, from, to), outputBlockDepth })),
      );
    return bytes;
  }
}

/** Weights that encoding every part in `depths` block depths would take, the zeros of bricks left out. */
function encodedForAll({ ohwi: [outputs, height, width, inputs] }: WeightTensor, depths: number): number {
  const steps = Math.ceil(outputs / CUT_STEP);
  let channels = Math.min(steps, MAX_BLOCK_DEPTH / CUT_STEP) * outputs;
  for (let length = 1; length <= steps; length++)
    channels += (steps - length + 1) * length * CUT_STEP * Math.min(length, depths);
  return channels * height * width * inputs;
}

/** Most bytes over the ways to cut a layer in blocks of a depth. */
function overCuts(encoded: Parts, outputs: number, depth: number): Pick<StreamBounds, 'coarse' | 'fine'> {
  let coarse = 0;
  const fine = new Array<number>(Math.ceil(outputs / CUT_STEP)).fill(0);
  /** Of a depth that is no multiple of 16 the compiler takes the part that is. */
  const whole = Math.max(CUT_STEP, Math.floor(depth / CUT_STEP) * CUT_STEP);
  for (let first = CUT_STEP; first < outputs; first += CUT_STEP) {
    for (let length = CUT_STEP; ; length += CUT_STEP) {
      const rest = first + length >= outputs;
      let bytes = encoded.bytes(0, first, depth);
      for (let from = first; from < outputs; from += length)
        bytes += encoded.bytes(from, Math.min(outputs, from + length), depth);
      // The last of one part may be as long as the compiler likes.
      const steps = rest ? fine.length : length / CUT_STEP;
      if (rest || length === whole || length % depth === 0) coarse = Math.max(coarse, bytes);
      for (let k = 0; k < steps && k < fine.length; k++) fine[k] = Math.max(fine[k]!, bytes);
      if (rest) break;
    }
  }
  return { coarse, fine };
}

/**
 * Wide layers have too many parts to encode them all. Encoded are parts of 16, 32, 64, … channels, in the layer's block
 * depth or in the most and
 * the least deep ones; the result is the most over every sequence of these, by dynamic programming. Any other part
 * counts as the parts of these that it consists of.
 */
function overPartitions(parts: Parts, outputs: number, chosen: number | undefined, uncut: number): StreamBounds {
  const few = chosen === undefined ? blockDepths(outputs).slice(0, 2) : [chosen];
  /** Most bytes of the channels before each multiple of 16. */
  const most = [0];
  for (let to = CUT_STEP; most.length <= Math.ceil(outputs / CUT_STEP); to += CUT_STEP) {
    let best = 0;
    for (let length = CUT_STEP; length <= to; length *= 2) {
      if (to % length === 0)
        best = Math.max(
          best,
          most[(to - length) / CUT_STEP]! +
            Math.max(...few.map((depth) => parts.bytes(to - length, Math.min(to, outputs), depth))),
        );
    }
    most.push(best);
  }
  const cut = Math.max(uncut, most.at(-1)!);
  return { outputs, uncut, coarse: cut, fine: [cut] };
}
