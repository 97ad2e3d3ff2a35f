/**
 * An estimate of an Ethos-U's cycles for one inference, after the compiler's own model: the slower of computing and
 * moving bytes, pass by pass.
 */
import { outputsOf } from '../../network/network-outputs.ts';
import type { Architecture, Operation } from '../../network/types.ts';
import { CYCLE_ENGINES, type CycleEngine } from '../../targets/cycle-engines.ts';
import { CYCLE_FACTORS } from './cycle-factors.generated.ts';
import { activationMemory } from '../activations/activation-memory.ts';
import { executionOrder, mapBytes } from '../activations/map-layout.ts';
import { memories, passCycles, type Around, type Shape } from './pass-cycles.ts';
import { passesOf, type PassKind } from './passes.ts';
import { chainedAdditions } from './chained-additions.ts';
import { sideBytes } from '../weights/stored-size.ts';
import { u85SideBytes } from '../weights/u85/u85-layouts.ts';
import type { EthosEngine, SystemPreset, Target } from '../../targets/find-target.ts';
import { withWeights, type Bottleneck, type Done, type PassCycles } from './weight-transfers.ts';

export interface CycleEstimate {
  /** False where there is no model of the target: all cycles are then 0, and no number is shown. */
  readonly known: boolean;
  readonly total: number;
  readonly perOperation: readonly number[];
  /** Of each operation, of the pass of it that takes longest. */
  readonly bottlenecks: readonly Bottleneck[];
}

/** What cycles on a target depend on beside the operations. */
export interface CycleModel {
  readonly target: Target;
  readonly ethos: EthosEngine;
  readonly engine: CycleEngine;
  readonly around: Around;
}

/** Undefined where there is no model of the target. `system`: one of its presets. */
export function cycleModel(
  target: Target,
  system: SystemPreset | undefined = target.systems[0],
): CycleModel | undefined {
  const engine = target.engine && CYCLE_ENGINES[target.engine.accelerator];
  if (!target.engine || !engine || !system) return undefined;
  return { target, ethos: target.engine, engine, around: memories(system, engine) };
}

/** An operation before it is known what its weights take. */
export interface PlannedOperation {
  readonly operation: Operation;
  readonly passes: readonly { readonly kind: PassKind; readonly alone: PassCycles }[];
}

/** How the maps of one of several passes lie: what is between two of them has no gaps, and stays in SRAM. */
function partOf({ packedInput, packedOutput, outside }: Shape, first: boolean, last: boolean): Shape {
  return {
    packedInput: packedInput || !first,
    packedOutput: packedOutput || !last,
    outside: { input: first && outside.input, output: last && outside.output },
  };
}

/** @param shape how its maps lie */
export function planOperation(
  { ethos, engine, around }: CycleModel,
  operation: Operation,
  shape: Shape,
): PlannedOperation {
  const several = passesOf(operation);
  const passes = several.map((pass, i) => {
    const own = several.length === 1 ? shape : partOf(shape, i === 0, i === several.length - 1);
    return { kind: pass.kind, alone: passCycles(pass, ethos, engine, around, own) };
  });
  return { operation, passes };
}

/** Bytes of scales as they are read: on an Ethos-U85 in whole micro-blocks of the pass, whose depth is `partDepth`. */
function scaleBytes(target: Target, channels: number, partDepth: number): number {
  return target.u85
    ? u85SideBytes(channels, partDepth, target.sideBytesPerChannel.value)
    : sideBytes(target, { kind: 'conv', ohwi: [channels, 1, 1, 1] });
}

/**
 * Cycles of one operation of so many stored weight bytes.
 * @param before cycles of the pass before, in which its weights may be fetched; undefined at a network's start
 * @param room bytes of SRAM for a copy of its weights
 * @returns its cycles, what the longest of its passes waits for, the cycles in which the next one's weights may be
 *   fetched, and the SRAM that a copy of its weights takes
 */
export function operationCycles(
  { target, engine, around }: CycleModel,
  { operation, passes }: PlannedOperation,
  weightBytes: number,
  before: number | undefined,
  room = Infinity,
): {
  readonly cycles: number;
  readonly bottleneck: Bottleneck;
  readonly slack: number | undefined;
  readonly buffer: number;
} {
  const factor = CYCLE_FACTORS[engine.family][operation.kind] ?? 1;
  let cycles = 0;
  let buffer = 0;
  let slack = before;
  let longest: Done | undefined;
  for (const { kind, alone } of passes) {
    const bytes = kind === 'activation' ? 0 : weightBytes;
    const side = bytes > 0 ? scaleBytes(target, operation.outChannels, alone.partDepth) : 0;
    const done = withWeights(alone, bytes, side, around, slack, room);
    cycles += Math.round(done.total * factor);
    slack = done.slack;
    buffer = Math.max(buffer, done.buffer);
    if (!longest || done.total > longest.total) longest = done;
  }
  return { cycles, bottleneck: longest?.bottleneck ?? 'maps', slack, buffer };
}

/**
 * Cycles of each operation and of the network, one after another. `weightBytes`: stored weight bytes of each operation
 * (0 where it has none).
 * `system`: one of the target's presets; the first, the compiler's default, where absent.
 */
export function estimateCycles(
  architecture: Architecture,
  target: Target,
  weightBytes: readonly number[],
  system: SystemPreset | undefined = target.systems[0],
): CycleEstimate {
  const model = cycleModel(target, system);
  if (!model) return { known: false, total: 0, perOperation: architecture.operations.map(() => 0), bottlenecks: [] };
  return cyclesInOrder(architecture, model, weightBytes, (operation, shape) => planOperation(model, operation, shape));
}

/**
 * Where the SRAM is bounded, copies of weights have what maps leave of it, while they are read and while they are
 * filled; those for which that is too little are counted as read in place, though the compiler may copy them in smaller
 * parts.
 * @param plan `planOperation`, or what knows its answers
 */
export function cyclesInOrder(
  architecture: Architecture,
  model: CycleModel,
  weightBytes: readonly number[],
  plan: (operation: Operation, shape: Shape) => PlannedOperation,
): CycleEstimate {
  const { operations } = architecture;
  const perOperation = operations.map(() => 0);
  const bottlenecks = operations.map((): Bottleneck => 'array');
  const packed = mapBytes(architecture, model.target);
  const isPacked = (i: number): boolean => (i < 0 ? packed.input : packed.outputs[i]!).packed;
  let before: number | undefined;
  const ends = new Set(outputsOf(operations));
  const order = executionOrder(operations, model.target);
  const chains = chainedAdditions(operations, order, model.target);
  const within = new Set([...chains.values()].flat());
  const { arena } = model.target;
  const live = arena && activationMemory(architecture, model.target).perOperation;
  // What is taken while the operation before runs: a buffer is filled then.
  let taken = 0;
  for (const i of order) {
    if (within.has(i)) continue;
    const { inputs } = operations[i]!;
    const additions = chains.get(i);
    const planned = plan(operations[i]!, {
      packedInput: inputs.some(isPacked),
      packedOutput: isPacked(i),
      outside: { input: inputs.includes(-1), output: ends.has(i) },
      ...(additions && {
        added: {
          maps: additions.map((addition, k) => {
            const before = additions[k - 1] ?? i;
            const other = operations[addition]!.inputs.find((index) => index !== before)!;
            return { packed: isPacked(other), outside: other < 0 };
          }),
          output: { packed: isPacked(additions.at(-1)!), outside: ends.has(additions.at(-1)!) },
        },
      }),
    });
    const alive = live?.[i] ?? 0;
    const room = arena ? arena.bytes - Math.max(alive, taken) : Infinity;
    const done = operationCycles(model, planned, weightBytes[i] ?? 0, before, room);
    taken = alive + done.buffer;
    perOperation[i] = done.cycles;
    bottlenecks[i] = done.bottleneck;
    before = done.slack;
  }
  return { known: true, total: perOperation.reduce((sum, cycles) => sum + cycles, 0), perOperation, bottlenecks };
}
