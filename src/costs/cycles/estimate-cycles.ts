/**
 * An estimate of an Ethos-U's cycles for one inference, after the compiler's own model: the slower of computing and
 * moving bytes, pass by pass.
 */
import type { Architecture } from '../../network/types.ts';
import { CYCLE_ENGINES } from '../../targets/cycle-engines.ts';
import { CYCLE_FACTORS } from './cycle-factors.generated.ts';
import { executionOrder, mapBytes } from '../activations/map-layout.ts';
import { memories, passCycles } from './pass-cycles.ts';
import { passesOf } from './passes.ts';
import { sideBytes } from '../weights/stored-size.ts';
import type { SystemPreset, Target } from '../../targets/find-target.ts';
import { withWeights } from './weight-transfers.ts';

export interface CycleEstimate {
  /** False where there is no model of the target: all cycles are then 0, and no number is shown. */
  readonly known: boolean;
  readonly total: number;
  readonly perOperation: readonly number[];
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
  const { operations } = architecture;
  const engine = target.engine && CYCLE_ENGINES[target.engine.accelerator];
  const perOperation = operations.map(() => 0);
  if (!target.engine || !engine || !system) return { known: false, total: 0, perOperation };
  const around = memories(system, engine);
  const factors = CYCLE_FACTORS[engine.family];
  const packed = mapBytes(architecture, target);
  const isPacked = (i: number): boolean => (i < 0 ? packed.input : packed.outputs[i]!).packed;
  let before: number | undefined;
  for (const i of executionOrder(operations, target)) {
    const operation = operations[i]!;
    const outside = { input: operation.inputs.includes(-1), output: i === operations.length - 1 };
    for (const pass of passesOf(operation)) {
      const shape = {
        packedInput: pass.kind === 'activation' || operation.inputs.some(isPacked),
        packedOutput: isPacked(i),
        outside,
      };
      const cycles = passCycles(pass, target.engine, engine, around, shape);
      const bytes = pass.kind === 'activation' ? 0 : (weightBytes[i] ?? 0);
      const side = bytes > 0 ? sideBytes(target, { kind: 'conv', ohwi: [operation.outChannels, 1, 1, 1] }) : 0;
      const done = withWeights(cycles, bytes, side, around, before);
      perOperation[i]! += Math.round(done.total * (factors[operation.kind] ?? 1));
      before = done.slack;
    }
  }
  return { known: true, total: perOperation.reduce((sum, cycles) => sum + cycles, 0), perOperation };
}
