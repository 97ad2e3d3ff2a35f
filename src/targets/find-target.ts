/** What a chip is, as far as sizing a network for it goes, and the way to find one by name. */
import type { Clock } from '../wire/latency.ts';
import { nameOfTarget, splitTargetName } from '../wire/target-name.ts';
import { alternatives, nearNames } from '../text/nearest.ts';
import type { ProcessorArray } from './array/array-limits.ts';
import type { Arena } from './arena.ts';
import { configured, type Presets } from './configured.ts';
import type { OperatorLimits } from './operator-limits.ts';
import { TARGET_TABLE } from './target-table.ts';
import type { U85Engine } from './u85-engine.ts';
import type { Sourced, StreamEncoder, WeightFormat } from './weight-tensor.ts';

export { supports, supportsAll } from './operator-limits.ts';

/** The parts of an Ethos-U that decide weight order, block sizes and cycles. */
export interface EthosEngine {
  /** What the compiler calls it: `--accelerator-config`. */
  readonly accelerator: string;
  /** Where these numbers come from. */
  readonly source: string;
  /**
   * Are maps kept beside the weights, with the SRAM as their cache? Where no preset says so: does the compiler do that
   * where its command line says nothing?
   */
  readonly dedicated?: boolean;
  /** Multiply-accumulates per cycle of one core, 8-bit. */
  readonly macs: number;
  /** Cores share the output channels: each gets a stream of its own. */
  readonly cores: number;
  /** Output micro-block. */
  readonly microBlock: { readonly height: number; readonly width: number; readonly depth: number };
  /** Shared buffer RAM in banks of 1 KiB, and the banks that are kept free at its end. */
  readonly sharedBanks: number;
  readonly reservedBanks: number;
  /** Banks of 8-bit inputs and of 32-bit accumulators come in multiples of these. */
  readonly inputGranule: number;
  readonly accumulatorGranule: number;
  readonly axiBytesPerCycle: number;
  /** Can it rearrange maps that lie in bricks of 16 channels? Else they are first written without gaps. */
  readonly transposesBricks?: boolean;
  /** Does an addition run in the pass of the operation before it, whose output is then never in memory? */
  readonly fusesAdditions?: boolean;
}

export interface MemoryTiming {
  readonly burstBytes: number;
  readonly readLatency: number;
  readonly writeLatency: number;
  /** Reads and writes in flight over all ports; absent: no limit. */
  readonly reads?: number;
  readonly writes?: number;
}

/** A clock and the memories around it. */
export interface SystemPreset {
  readonly name: string;
  readonly clockHz: Sourced<number>;
  readonly sramBytesPerSecond: Sourced<number>;
  /** Where the weights are read from: flash, MRAM or DRAM. */
  readonly weightBytesPerSecond: Sourced<number>;
  /** Bursts in bytes and latencies in cycles of both, where the compiler's model has them. */
  readonly timing?: { readonly sram: MemoryTiming; readonly weights: MemoryTiming };
}

/**
 * The clock at which a target's cycles are counted: of its first preset, the compiler's default; undefined where there
 * is none.
 */
export function clockOf({ systems }: Pick<Target, 'systems'>): Clock | undefined {
  const [system] = systems;
  return system && { name: system.name, hz: system.clockHz.value };
}

export interface Target {
  /** What `target.npu` of a definition says. */
  readonly name: string;
  readonly title: string;
  readonly format: WeightFormat;
  /** Are sizes exact? False where the chip's own weight order or coding is not known: sizes are shown with "≈". */
  readonly exactSizes: boolean;
  /** Weight bitwidths that the target stores. */
  readonly bits: readonly number[];
  /** Bitwidths that it keeps activations in; absent: 8 only. */
  readonly activationBits?: readonly number[];
  /** Bytes stored for each output channel beside its weights: bias and scale. */
  readonly sideBytesPerChannel: Sourced<number>;
  /** Bytes of memory for weights and side data; the budget where a definition gives none. */
  readonly weightMemory?: Sourced<number>;
  readonly activationMemory?: Sourced<number>;
  /** May an element-wise operator write over an input that nothing else reads? */
  readonly inPlaceElementwise: boolean;
  readonly limits: OperatorLimits;
  readonly engine?: EthosEngine;
  /** Where memories belong to processors: networks must fit each of them, not only their sum. */
  readonly array?: ProcessorArray;
  /** Ethos-U85: weights are ordered and stored as in the folder `u85`, not by `engine`. */
  readonly u85?: U85Engine;
  /**
   * Format `mlw`: the encoder of the compiler that the chip's maker ships, Vela's default core where nothing else is
   * known.
   */
  readonly encoder?: StreamEncoder;
  /** The first is the default; the only one where presets say which. */
  readonly systems: readonly SystemPreset[];
  /** Presets of the compiler that hold where some are stated; the name has those. */
  readonly presets?: Presets;
  /** The SRAM that the compiler is told that there is; absent: as much as it wants. */
  readonly arena?: Arena;
  /** Multiply-accumulates per cycle at 8 bits where there is no model of the engine around them. */
  readonly macsPerCycle?: Sourced<number>;
  /** What else a user should know. */
  readonly notes: readonly string[];
}

/** Every target, Ethos-U first. */
export const TARGETS: readonly Target[] = TARGET_TABLE;

/** By their whole names: one object each, since what is found of a target is kept by it. */
const withPresets = new Map<string, Target>();

/** The chip of this name (case does not count), without presets; undefined where there is none. */
export const chipNamed = (npu: string): Target | undefined => TARGETS.find(({ name }) => name === npu.toLowerCase());

/**
 * The target called `name` (case does not count), with the presets that the name has (`wire/target-name.ts`). Throws a
 * RangeError that names the nearest, or all of them.
 */
export function findTarget(name: string): Target {
  const { npu, ...presets } = splitTargetName(name);
  const found = chipNamed(npu);
  if (found) {
    const whole = nameOfTarget({ npu: found.name, ...presets });
    let target = withPresets.get(whole);
    if (!target) withPresets.set(whole, (target = configured(found, presets)));
    return target;
  }
  const names = TARGETS.map((target) => target.name);
  const near = nearNames(npu, names);
  const remedy = near.length > 0 ? `did you mean ${alternatives(near, "'")}?` : `the targets are ${names.join(', ')}`;
  throw new RangeError(`there is no target '${npu}'; ${remedy}`);
}
