/** An estimate of the NPU's cycles for one inference: for each operator the larger of computing and moving bytes. */
import { macs, outputElements } from '../model/cost.ts';
import type { Architecture, Operation } from '../model/types.ts';
import { chooseBlock } from './blocks.ts';
import { hardwareKernel } from './dilation.ts';
import { isPartKernel } from './ethos.ts';
import { activationMemory } from './memory.ts';
import type { EthosEngine, SystemPreset, Target } from './targets.ts';

export interface CycleEstimate {
  /** False where the target publishes no rates: all cycles are then 0. */
  readonly known: boolean;
  readonly total: number;
  readonly perOperation: readonly number[];
}

const SUB_KERNEL = 8;

/**
 * Cycles of each operation and of the network, one after another. `weightBytes`: stored weight bytes of each operation (0 where it has none).
 * Weights are read once where they fit into the memory that activations leave free, else once for each block of rows and columns.
 * `system`: one of the target's presets; the first where absent.
 */
export function estimateCycles(architecture: Architecture, target: Target, weightBytes: readonly number[], system: SystemPreset | undefined = target.systems[0]): CycleEstimate {
  const { engine } = target;
  const { operations } = architecture;
  if (!engine || !system) {
    const rate = target.macsPerCycle?.value;
    const perOperation = operations.map((operation) => (rate === undefined ? 0 : Math.ceil(macs(operation) / rate)));
    return { known: rate !== undefined, total: sum(perOperation), perOperation };
  }
  const live = activationMemory(architecture, target).perOperation;
  const sramPerCycle = Math.min(engine.axiBytesPerCycle, system.sramBytesPerSecond.value / system.clockHz.value);
  const weightsPerCycle = Math.min(engine.axiBytesPerCycle, system.weightBytesPerSecond.value / system.clockHz.value);
  const perOperation = operations.map((operation, i) => {
    if (operation.kind === 'flatten') return 0;
    const bytes = weightBytes[i] ?? 0;
    const buffered = live[i]! + bytes <= (target.activationMemory?.value ?? Infinity);
    const reads = buffered ? 1 : planeBlocks(operation, engine);
    const moved = inputElements(operation) + outputElements(operation);
    return Math.ceil(Math.max(computeCycles(operation, engine), moved / sramPerCycle, (bytes * reads) / weightsPerCycle));
  });
  return { known: true, total: sum(perOperation), perOperation };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function inputElements({ kind, inSize, inChannels }: Operation): number {
  return inSize.height * inSize.width * inChannels * (kind === 'add' ? 2 : 1);
}

/** Blocks of rows and columns that the output is made in. */
function planeBlocks(operation: Operation, engine: EthosEngine): number {
  const { output } = chooseBlock(operation, engine);
  return Math.ceil(operation.outSize.height / output.height) * Math.ceil(operation.outSize.width / output.width);
}

/** Cycles of the multiply-accumulate array over all blocks; additions and rearrangements are bound by memory alone. */
function computeCycles(operation: Operation, engine: EthosEngine): number {
  const { kind, outSize, outChannels, inChannels } = operation;
  if (kind === 'add' || kind === 'depth-to-space' || kind === 'flatten') return 0;
  const { output, input } = chooseBlock(operation, engine);
  const block = { height: Math.min(output.height, outSize.height), width: Math.min(output.width, outSize.width), depth: Math.min(output.depth, outChannels) };
  const micro = engine.microBlock;
  const plane = Math.ceil(block.width / micro.width) * Math.ceil(block.height / micro.height);
  const depth = Math.ceil(block.depth / micro.depth);
  const step = Math.max((32 * micro.depth) / 8, 4 * plane);
  let cycles = 0;
  for (const elements of subKernels(operation)) {
    if (kind === 'max-pool' || kind === 'average-pool' || kind === 'global-average-pool') cycles += Math.max(4, elements) * plane * depth;
    else if (kind === 'depthwise') cycles += step * Math.ceil(elements / 4) * depth;
    else if (kind === 'conv' && isPartKernel({ kind, ohwi: [outChannels, operation.kernel.height, operation.kernel.width, inChannels], dilation: operation.dilation })) cycles += step * Math.ceil(elements / 4) * Math.ceil(Math.min(input.depth, inChannels) / 8) * depth;
    else cycles += step * elements * depth;
  }
  if (kind === 'conv' || kind === 'dense') cycles *= Math.ceil(inChannels / Math.min(input.depth, inChannels));
  const blocks = Math.ceil(outSize.height / block.height) * Math.ceil(outSize.width / block.width) * Math.ceil(outChannels / block.depth);
  return (cycles * blocks) / engine.cores;
}

/** Elements of each part of a kernel (of the input, for a global pool) that is read at once. */
function subKernels({ kind, kernel, dilation, inSize }: Operation): number[] {
  const stored = hardwareKernel(kernel, dilation);
  const { height, width } = kind === 'global-average-pool' ? inSize : stored.kernel;
  const [stepY, stepX] = [SUB_KERNEL / stored.dilation.height, SUB_KERNEL / stored.dilation.width];
  const sizes: number[] = [];
  for (let y = 0; y < height; y += stepY) for (let x = 0; x < width; x += stepX) sizes.push(Math.min(stepY, height - y) * Math.min(stepX, width - x));
  return sizes;
}
