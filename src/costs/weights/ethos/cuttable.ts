/**
 * Which layers an Ethos-U's compiler does not cut, whatever it is told. It cuts a layer to hide the copying of weights
 * into SRAM. Where one block of outputs has all rows
 * and columns, weights are read once, and copying them first pays only where computing or reading the input takes as
 * long as copying and reading them (Arm Vela 5.2).
 */
import type { Operation } from '../../../network/types.ts';
import { CYCLE_ENGINES } from '../../../targets/cycle-engines.ts';
import { memories, passCycles } from '../../cycles/pass-cycles.ts';
import { passesOf } from '../../cycles/passes.ts';
import { splitTargetName } from '../../../wire/target-name.ts';
import { systemsFor } from '../../../targets/configured.ts';
import { findTarget, type SystemPreset, type Target } from '../../../targets/find-target.ts';
import { rateOf } from '../../cycles/transfers.ts';

/**
 * Our cycles of a pass are the compiler's within a few per cent; this is allowed for, and for memories that are faster
 * than those of its configurations.
 */
const MARGIN = 1.5;
const EITHER = [false, true] as const;

/** May the compiler cut the output channels of an operation? `weightBytes`: no more than its uncut streams take. */
export function mayBeCut(operation: Operation, target: Target, weightBytes: number): boolean {
  // Of the older core's scheduler nothing is assumed.
  if (target.encoder !== 'regor') return true;
  return systemsOf(target).some((system) => paysOff(operation, target, weightBytes, system));
}

/** The compiler's systems for an accelerator, and the chip's own: a promise holds whichever of them is stated. */
export function systemsOf(target: Target): SystemPreset[] {
  return [...new Set([...systemsFor(target), ...findTarget(splitTargetName(target.name).npu).systems])];
}

/** `mayBeCut` with one system around the engine; `dedicated`: maps beside the weights, or in SRAM; else either. */
export function paysOff(
  operation: Operation,
  { engine: ethos }: Target,
  bytes: number,
  system: SystemPreset,
  dedicated?: boolean,
): boolean {
  const engine = CYCLE_ENGINES[ethos!.accelerator];
  const pass = passesOf(operation)[0];
  if (!engine || !pass) return true;
  const { sram, weights } = memories(system, engine);
  const copying = bytes / rateOf(weights, 'copy') + weights.readLatency;
  const reading = bytes / rateOf(sram, 'weights') + sram.readLatency;
  // Where maps lie and in which format is the scheduler's choice: any of it.
  return EITHER.some((packed) =>
    (dedicated === undefined ? EITHER : [dedicated]).some((outside) => {
      const maps = { packedInput: packed, packedOutput: packed, outside: { input: outside, output: outside } };
      const { fetches, npu, npuBuffered, readCycles } = passCycles(
        pass,
        { ...ethos!, dedicated: true },
        engine,
        { sram, weights },
        maps,
      );
      return fetches > 1 || MARGIN * Math.max(npu, npuBuffered, readCycles) >= copying + reading;
    }),
  );
}
