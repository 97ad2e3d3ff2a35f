/**
 * Blocks of an Ethos-U85 for depthwise convolutions and pools: of each depth the largest area in the output's aspect
 * that both buffers hold, then the depth whose blocks cover the output with the least waste, and room for a further row
 * of inputs. Facts: Arm Vela 5.2.
 */
import type { Buffers, ComputeBlock } from '../../targets/cycle-engines.ts';
import type { Operation, Size2D } from '../../network/types.ts';
import { roundUp } from '../../base/round.ts';
import { ACCUMULATOR_BYTES, DEPTH_STEP, inputBlock, inputUnit, MOST } from './u85-input-block.ts';
import type { Extent } from './transfers.ts';

/** Tries of a depth whose area does not shrink, before it is made to. */
const TRIES = 25;
const SHRINK = 0.9;
/** Weight of a depth's waste beside that of the area. */
const DEPTH_WEIGHT = 10;

const volume = ({ height, width, depth }: Extent): number => height * width * depth;
const floorTo = (value: number, step: number): number => value - (value % step);

/** Of tiles of at most `tile`, the one whose last repetition over `range` is the fullest. */
function bestTile(range: number, step: number, tile: number): number {
  if (range % tile === 0) return tile;
  const even = Math.max(roundUp(Math.floor(range / (Math.floor(range / tile) + 1)), step), step);
  const least = Math.max(even - 2 * step, Math.floor((even + 1) / 2), step);
  let [best, fullest] = [tile, range % tile];
  for (let size = tile; size >= least; size -= step) {
    const last = range % size || size;
    if (last > fullest) [best, fullest] = [size, last];
  }
  return best;
}

/** Height and width of so many elements in an aspect (height over width), both at least one step. */
function byAspect(aspect: number, elements: number, { height: rows, width: columns }: Size2D): Size2D {
  let width = Math.sqrt(elements / aspect);
  let height = width * aspect;
  if (height < 1) [width, height] = [width * height, 1];
  else if (width < 1) [width, height] = [1, width * height];
  return {
    height: floorTo(Math.max(Math.floor(height), rows), rows),
    width: floorTo(Math.max(Math.floor(width), columns), columns),
  };
}

interface Fit {
  readonly operation: Operation;
  readonly window: Size2D;
  readonly micro: ComputeBlock;
  readonly accumulators: number;
  readonly inputs: number;
  /** The output in whole micro-blocks, and the largest block. */
  readonly out: Extent;
  readonly most: Extent;
}

/** The largest area of a depth, or undefined where not even one micro-block fits. */
function areaOf({ operation, window, micro, accumulators, inputs, out, most }: Fit, depth: number): Size2D | undefined {
  const unit = inputUnit(micro, depth);
  const whole =
    roundUp(operation.inSize.height, unit.height) *
    roundUp(operation.inSize.width, unit.width) *
    roundUp(operation.inChannels, unit.depth);
  const step = micro.height * micro.width * DEPTH_STEP;
  let room = accumulators;
  let before = -1;
  let tries = TRIES;
  for (;;) {
    const aimed = byAspect(out.height / out.width, Math.floor(room / depth), micro);
    let width = Math.min(aimed.width, most.width);
    const area = width * Math.min(aimed.height, most.height);
    if (width < out.width) width = bestTile(out.width, micro.width, width);
    const height = Math.max(floorTo(Math.floor(area / width), micro.height), micro.height);
    const used = width * height * depth;
    const needed = volume(inputBlock(operation, window, { height, width }, unit, depth));
    const accumulatorRoom = accumulators / used;
    let inputRoom = inputs / Math.min(needed, whole);
    if (accumulatorRoom >= 1 && inputRoom >= 1) return { height, width };
    if (used === before && --tries <= 0) inputRoom = SHRINK;
    before = used;
    if (inputRoom < 1 && accumulatorRoom > 1) room = Math.min(room, used);
    const scaled = Math.floor(Math.floor(room / step) * Math.min(inputRoom, accumulatorRoom)) * step;
    const next = scaled === room ? room - step : scaled;
    if (next < step) return undefined;
    room = next;
  }
}

/** How much a block wastes: of the output's area (of width and depth for single pixels), and of the depth's steps. */
function wasteOf({ window, micro, out, most }: Fit, { height, width, depth }: Extent): number {
  const pointwise = window.height === 1 && window.width === 1;
  const unit = inputUnit(micro, depth).depth;
  const apart = (value: number): number => Math.abs(1 - value);
  const covered = (out.width * (pointwise ? out.depth : out.height)) / (width * (pointwise ? depth : height));
  return (
    (1 + apart(covered)) *
    (1 + apart(most.depth / depth) / DEPTH_WEIGHT) *
    (1 + (unit - (depth % unit || unit)) / unit / DEPTH_WEIGHT)
  );
}

function bestArea(fit: Fit, macs: number): Extent {
  const { out, most } = fit;
  let best: Extent | undefined;
  let least = Infinity;
  for (let depth = DEPTH_STEP; depth <= Math.min(macs, most.depth); depth += DEPTH_STEP) {
    const area = areaOf(fit, depth);
    if (!area) break;
    const block = { ...area, depth };
    const waste = wasteOf(fit, block);
    if (waste >= least) continue;
    [best, least] = [block, waste];
    if (depth >= out.depth && block.width >= out.width && block.height >= out.height) return out;
  }
  return best ?? { height: fit.micro.height, width: fit.micro.width, depth: DEPTH_STEP };
}

/**
 * One step less of rows, channels or columns; `force`: also of those that cover the output. Undefined: none is left.
 */
function smaller({ micro, out }: Fit, block: Extent, force: number): Extent | undefined {
  const { height, width, depth } = block;
  if ((height !== out.height || force > 1) && height > micro.height) return { ...block, height: height - micro.height };
  if ((depth > width || force > 0) && depth > DEPTH_STEP) return { ...block, depth: depth - DEPTH_STEP };
  if ((width !== out.width || force > 2) && width > micro.width) return { ...block, width: width - micro.width };
  return undefined;
}

/** The block of a depthwise convolution or pool, 8-bit activations. `window`: of the dilated kernel. */
export function fitArea(
  operation: Operation,
  window: Size2D,
  micro: ComputeBlock,
  buffers: Buffers,
): { readonly output: Extent; readonly input: Extent } {
  const out = {
    height: roundUp(operation.outSize.height, micro.height),
    width: roundUp(operation.outSize.width, micro.width),
    depth: roundUp(operation.outChannels, DEPTH_STEP),
  };
  const fit: Fit = {
    operation,
    window,
    micro,
    accumulators: buffers.accumulatorBytes / ACCUMULATOR_BYTES,
    inputs: buffers.inputBytes,
    out,
    most: {
      height: Math.min(out.height, MOST.height),
      width: Math.min(out.width, MOST.width),
      depth: Math.min(out.depth, MOST.depth),
    },
  };
  let output = bestArea(fit, buffers.macs);
  let force = 0;
  for (;;) {
    const unit = inputUnit(micro, output.depth);
    const input = inputBlock(operation, window, output, unit, output.depth);
    const several = output.width < out.width || output.height < out.height || output.depth < out.depth;
    const row = inputBlock(operation, window, { ...output, height: micro.height }, unit, output.depth);
    if (!several || fit.inputs - volume(input) >= volume(row)) return { output, input };
    const next = smaller(fit, output, force);
    if (next) output = next;
    else if (force < 3) force++;
    else return { output, input };
  }
}
