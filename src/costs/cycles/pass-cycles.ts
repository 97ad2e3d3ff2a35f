/**
 * What an Ethos-U takes for one pass without its weights, in the blocks that the compiler chooses and with the memories
 * of a system around it.
 */
import { chooseBlock, type BlockChoice } from '../weights/ethos/block-choice.ts';
import { chooseBlock85 } from './u85-block-choice.ts';
import type { Buffers, CycleEngine } from '../../targets/cycle-engines.ts';
import { isPartKernel } from '../weights/ethos/ethos-order.ts';
import { elementCycles, isPool, macCycles, subKernels, type Cut, type Ends } from './multiplier.ts';
import type { Pass } from './passes.ts';
import type { EthosEngine, MemoryTiming, SystemPreset } from '../../targets/find-target.ts';
import {
  fetchedElements,
  rateOf,
  spent,
  storedElements,
  type Access,
  type BlockedMap,
  type Extent,
  type Memory,
} from './transfers.ts';
import { joined, LEAST_PART, type PassCompute, type PassCycles } from './weight-transfers.ts';

/** SRAM, and the memory that weights are stored in. */
export interface Around {
  readonly sram: Memory;
  readonly weights: Memory;
}

const UNKNOWN: MemoryTiming = { burstBytes: 1, readLatency: 0, writeLatency: 0 };

const UTILISED = 0.8;

/** What each kind of access gets of a memory on an Ethos-U85: bursts in flight over their latency. */
function channelsOf(
  { burstBytes, readLatency, writeLatency, reads, writes }: MemoryTiming,
  bytesPerCycle: number,
  { inFlight }: Buffers,
): Memory['channels'] {
  const words = Math.max(1, Math.floor(burstBytes / 16));
  const rate = (bursts: number, latency: number): number =>
    Math.min(bytesPerCycle, ((burstBytes * bursts) / Math.max(1, latency)) * UTILISED);
  const [copy, stream, weights, input, scales] = inFlight.map((limit) =>
    rate(Math.min(limit / words, (reads ?? Infinity) * UTILISED), readLatency),
  ) as [number, number, number, number, number];
  return { copy, stream, weights, input, scales, write: rate((writes ?? Infinity) * UTILISED, writeLatency) };
}

export function memories(system: SystemPreset, { buffers }: CycleEngine): Around {
  const clock = system.clockHz.value;
  const memory = (bytesPerSecond: number, times: MemoryTiming = UNKNOWN): Memory => {
    const channels = buffers && system.timing ? channelsOf(times, bytesPerSecond / clock, buffers) : undefined;
    return { bytesPerCycle: bytesPerSecond / clock, ...times, ...(channels && { channels }) };
  };
  return {
    sram: memory(system.sramBytesPerSecond.value, system.timing?.sram),
    weights: memory(system.weightBytesPerSecond.value, system.timing?.weights),
  };
}

/**
 * How the maps of a pass lie: without gaps or in bricks of 16 channels, and whether they come from outside the network.
 */
export interface Shape {
  readonly packedInput: boolean;
  readonly packedOutput: boolean;
  readonly outside: { readonly input: boolean; readonly output: boolean };
  /** Of additions that run in the same pass. */
  readonly added?: Added;
}

interface Lies {
  readonly packed: boolean;
  readonly outside: boolean;
}

/** Additions in the pass of what they follow, whose own output is then in no memory. */
export interface Added {
  /** What else they read: a map of each, as large as the output. */
  readonly maps: readonly Lies[];
  /** What the last one writes. */
  readonly output: Lies;
}

function blocked(
  pass: Pass,
  ethos: EthosEngine,
  engine: CycleEngine,
): { readonly choice: BlockChoice; readonly micro: Cut['micro']; readonly partKernel: boolean } {
  if (engine.buffers && pass.kind !== 'add') {
    const choice = chooseBlock85(pass.operation, engine.buffers);
    return { choice, micro: choice.micro, partKernel: choice.partKernel };
  }
  const choice = chooseBlock(pass.operation, ethos);
  const { kind, outChannels, inChannels } = pass.operation;
  const partKernel =
    kind === 'conv' && isPartKernel({ kind, ohwi: [outChannels, pass.kernel.height, pass.kernel.width, inChannels] });
  return { choice, micro: ethos.microBlock, partKernel };
}

/**
 * An Ethos-U85 skips two of four input channels that are zeros, and channels that are missing are zeros. Whether other
 * weights are as sparse only they say, and no cycles are counted on it.
 */
const SPARSE_INPUTS = 2;

/** What a pass takes, and some of its output channels. */
export interface PartedCycles extends PassCycles {
  /** Cycles of so many output channels, with scales from SRAM. */
  readonly part: (channels: number, ends: Ends) => number;
  /** Is it taken for sure that half of the weights are skipped? */
  readonly halved: boolean;
}

export function passCycles(
  pass: Pass,
  ethos: EthosEngine,
  engine: CycleEngine,
  around: Around,
  { packedInput, packedOutput, outside, added }: Shape,
): PartedCycles {
  const { choice, micro, partKernel } = blocked(pass, ethos, engine);
  const dedicated = ethos.dedicated === true;
  const memoryOf = (isOutside: boolean): Memory => (dedicated && isOutside ? around.weights : around.sram);
  const input: BlockedMap = {
    map: pass.input,
    block: choice.input,
    packed: packedInput,
    memory: memoryOf(outside.input),
  };
  const output: BlockedMap = {
    map: pass.output,
    block: choice.output,
    packed: packedOutput,
    // What is in no memory counts where maps are by default.
    memory: memoryOf(outside.output || added !== undefined),
  };
  const written = added ? { ...output, packed: added.output.packed, memory: memoryOf(added.output.outside) } : output;
  const sparse = engine.buffers !== undefined && pass.kind === 'conv' && pass.input.depth <= SPARSE_INPUTS;
  const cut: Cut = { input, output, partKernel, micro, cores: ethos.cores, sparse, additions: added?.maps.length ?? 0 };
  const rows = Math.ceil(pass.output.height / Math.min(pass.output.height, choice.output.height));
  const columns = Math.ceil(pass.output.width / Math.min(pass.output.width, choice.output.width));
  const stored = storedElements(pass.output, packedOutput);
  const elementwise = pass.kind === 'add';
  // But for an Ethos-U85 it is done by moving bytes.
  const moves = pass.kind === 'transposition' && !engine.buffers;
  const computing = (where: Cut): PassCompute => {
    if (moves) {
      const { memory } = where.output;
      const bytes = spent(where.output, stored, false, ethos.cores);
      const cycles = memory.writeLatency + Math.floor(bytes / memory.bytesPerCycle);
      return { npu: cycles, npuBuffered: cycles, slower: 'maps' };
    }
    if (elementwise) {
      const cycles = elementCycles(pass, where, engine, stored);
      return { npu: cycles, npuBuffered: cycles, slower: 'output' };
    }
    const { cycles: npu, slower } = macCycles(pass, where, engine, around.weights.readLatency);
    return { npu, npuBuffered: macCycles(pass, where, engine, around.sram.readLatency).cycles, slower };
  };
  const computed = computing(cut);
  const aside = (map: BlockedMap): BlockedMap => ({ ...map, memory: around.weights });
  const perDepth =
    isPool(pass.kind) || pass.kind === 'depthwise'
      ? 1
      : Math.ceil(pass.output.depth / Math.min(pass.output.depth, choice.output.depth));
  const read =
    elementwise || moves
      ? (elementwise ? 2 : 1) * storedElements(pass.input, packedInput)
      : fetchedElements(input, subKernels(pass).length * rows * columns * perDepth);
  const fetched = spent(input, read, true, ethos.cores);
  const moved: (readonly [Memory, Access])[] = [
    [input.memory, elementwise ? { stream: fetched } : { input: fetched }],
    [written.memory, { write: spent(written, storedElements(pass.output, written.packed), false, ethos.cores) }],
    ...(added?.maps ?? []).map(({ packed, outside: isOutside }): readonly [Memory, Access] => {
      const map = { map: pass.output, block: choice.input, packed, memory: memoryOf(isOutside) };
      return [map.memory, { stream: spent(map, storedElements(pass.output, packed), true, ethos.cores) }];
    }),
  ];
  const where = (memory: Memory): Access =>
    moved.reduce<Access>((sum, [place, access]) => (place === memory ? joined(sum, access) : sum), {});
  return {
    ...computed,
    scheduled: dedicated ? computing({ ...cut, input: aside(input), output: aside(output) }) : computed,
    halved: sparse && partKernel,
    part: (channels, ends) => {
      const map: Extent = { ...pass.output, depth: channels };
      const some = { ...cut, output: { ...output, map } };
      return macCycles({ ...pass, output: map }, some, engine, around.sram.readLatency, ends).cycles;
    },
    sram: where(around.sram),
    other: where(around.weights),
    readCycles: fetched / rateOf(input.memory, 'input') + input.memory.readLatency,
    fetches: rows * columns,
    outputDepth: pass.output.depth,
    blockDepth: choice.output.depth,
    partDepth: engine.buffers ? Math.max(LEAST_PART, micro.depth) : LEAST_PART,
  };
}
