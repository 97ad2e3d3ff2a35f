/**
 * Cycles of an Ethos-U's multiply-accumulate array and output unit for one pass, as the compiler's performance model
 * has it (Arm Vela 5.2).
 */
import type { CycleEngine, MicroBlock } from '../../targets/cycle-engines.ts';
import type { Pass, PassKind } from './passes.ts';
import { blockCycles, clipped, type BlockedMap, type Extent } from './transfers.ts';

/** How a pass is cut: blocks of inputs and outputs, the order in which weights are read, micro-blocks. */
export interface Cut {
  readonly input: BlockedMap;
  readonly output: BlockedMap;
  readonly partKernel: boolean;
  readonly micro: MicroBlock;
  readonly cores: number;
  /** Are at most two of four input channels other than zero, so that the array skips the others? */
  readonly sparse: boolean;
  /** Additions that run in the same pass, behind it. */
  readonly additions: number;
}

const SUB_KERNEL = 8;
/** Bytes of scales and biases of an output channel, and cycles of latency that a block of them hides. */
const SCALE_BYTES = 10;
const SCALE_HIDDEN = 256;
/** Command issue is shared by four. */
const ISSUE = 4;

const POOLS: readonly PassKind[] = ['max-pool', 'average-pool', 'global-average-pool', 'activation', 'transposition'];

export const isPool = (kind: PassKind): boolean => POOLS.includes(kind);
const isFull = (kind: PassKind): boolean => kind === 'conv' || kind === 'dense';

/** Elements of each part of a kernel that is read at once. */
export function subKernels({ kernel }: Pass): number[] {
  const sizes: number[] = [];
  for (let x = 0; x < kernel.width; x += SUB_KERNEL) {
    for (let y = 0; y < kernel.height; y += SUB_KERNEL)
      sizes.push(Math.min(kernel.height - y, SUB_KERNEL) * Math.min(kernel.width - x, SUB_KERNEL));
  }
  return sizes;
}

/** Output block and micro-block; rows of one pixel are worked on four columns at a time. */
function shaped(
  pass: Pass,
  { output, micro }: Cut,
  { family }: CycleEngine,
): { readonly block: Extent; readonly unit: MicroBlock } {
  const block = clipped(output);
  const flat =
    family !== 'u85' &&
    micro.height === 2 &&
    isFull(pass.kind) &&
    pass.output.height === 1 &&
    pass.output.width % 2 === 0 &&
    pass.kernel.height === 1;
  return flat
    ? { block: { ...block, height: 1 }, unit: { height: 1, width: 4, depth: micro.depth } }
    : { block, unit: micro };
}

/** Cycles of the array for one block of outputs. */
function arrayCycles(pass: Pass, cut: Cut, engine: CycleEngine): number {
  const { block, unit } = shaped(pass, cut, engine);
  const plane = Math.ceil(block.width / unit.width) * Math.ceil(block.height / unit.height);
  const depth = Math.ceil(block.depth / unit.depth);
  const inputDepth = clipped(cut.input).depth;
  const decode = Math.floor((32 * unit.depth) / (8 * (engine.decoders ?? 1)));
  let cycles = 0;
  for (const elements of subKernels(pass)) {
    let steps = 1;
    let work: number;
    let wait = 1;
    if (isPool(pass.kind)) work = Math.max(4, elements) * plane * depth * engine.poolStep;
    else if (pass.kind === 'depthwise') {
      steps = Math.ceil(elements / 4);
      work = Math.max(decode, 4 * plane) * steps * depth;
    } else if (cut.partKernel) {
      steps = Math.ceil(elements / 4);
      wait = Math.ceil(inputDepth / 8);
      work = Math.max(decode, 4 * plane) * steps * depth * wait;
      if (cut.sparse) work = Math.floor(work / 2);
    } else {
      steps = elements;
      work = Math.max(decode, engine.family === 'u85' ? Math.floor(inputDepth / 8) * plane : 4 * plane) * steps * depth;
    }
    let delay = 0;
    if (plane === 1 && depth === 1) delay = engine.delay * steps;
    else if (plane === 1 && steps > 1) delay = engine.delay * (steps - 1) * depth;
    cycles += work + delay * wait;
  }
  if (isFull(pass.kind)) cycles *= Math.ceil(pass.input.depth / inputDepth);
  return engine.family === 'u85' ? cycles : Math.floor(cycles / cut.cores);
}

/** Turning a map takes the output unit twice as long. */
const TURNED = 2;

/** Cycles of the output unit for an element. */
function perElement({ kind, relu, turned }: Pass, { additions }: Cut, { output, activation }: CycleEngine): number {
  const own = kind === 'add' ? output.add : kind === 'max-pool' ? output.maximum : output.other;
  const once = Math.max(own, relu ? activation.relu : activation.none);
  return once * (turned ? TURNED : 1) + additions * output.add;
}

const volume = ({ height, width, depth }: Extent): number => height * width * depth;

/** Of the parts of a pass: begins it with this one, ends it with this one? */
export interface Ends {
  readonly first: boolean;
  readonly last: boolean;
}

const BOTH: Ends = { first: true, last: true };

/** Cycles of a pass with an array, and which of its two units is the slower one for a block. */
export interface MacCycles {
  readonly cycles: number;
  readonly slower: 'array' | 'output';
}

/**
 * Cycles of a pass with an array: the slower of array and output for each block, and the other once. `scaleLatency`: of
 * the memory of the scales.
 */
export function macCycles(pass: Pass, cut: Cut, engine: CycleEngine, scaleLatency: number, ends = BOTH): MacCycles {
  const { block, unit } = shaped(pass, cut, engine);
  const array = arrayCycles(pass, cut, engine);
  const scales = isPool(pass.kind) ? 0 : (SCALE_BYTES * block.depth * scaleLatency) / SCALE_HIDDEN;
  const [reads, writes] = [blockCycles(cut.input, true, cut.cores), blockCycles(cut.output, false, cut.cores)];
  const units = (extent: Extent): number =>
    Math.ceil(extent.height / unit.height) *
    Math.ceil(extent.width / unit.width) *
    Math.ceil(extent.depth / unit.depth);
  const fraction = units(pass.output) / units(block);
  const output = Math.max(Math.ceil(perElement(pass, cut, engine) * volume(block)), scales);
  const issue = ((fraction > 1 ? Math.abs(writes - reads) : 0) + array + output) / ISSUE;
  const [inner, outer] = [Math.max(array, issue), Math.max(output, issue)];
  const cycles =
    Math.floor(inner > outer ? inner * fraction + (ends.last ? outer : 0) : outer * fraction + inner) +
    (ends.first ? reads : 0) +
    (ends.last ? writes : 0);
  return { cycles, slower: inner > outer ? 'array' : 'output' };
}

/** Cycles of an elementwise pass over `elements` as they lie. `inputs`: how many maps it reads. */
export function elementCycles(pass: Pass, cut: Cut, engine: CycleEngine, elements: number): number {
  const each = perElement(pass, cut, engine);
  const [reads, writes] = [blockCycles(cut.input, true, cut.cores), blockCycles(cut.output, false, cut.cores)];
  const waiting = engine.family === 'u85' ? Math.max(reads, writes) : reads + writes;
  return Math.floor(Math.max(each, (waiting / volume(cut.output.block) + each) / ISSUE) * elements);
}
