/**
 * How long an Ethos-U's compiler reckons that copying an operation's weights into SRAM takes, and how much of the copy
 * for the next operation the operation surely hides. A copy that is hidden wholly is made at once: such weights are cut
 * only where memory for them is short (Arm Vela 5.2).
 */
import type { Operation } from '../../../network/types.ts';
import { CYCLE_ENGINES } from '../../../targets/cycle-engines.ts';
import type { SystemPreset, Target } from '../../../targets/find-target.ts';
import { memories, passCycles, type Around } from '../../cycles/pass-cycles.ts';
import { passesOf } from '../../cycles/passes.ts';
import { rateOf } from '../../cycles/transfers.ts';
import { paysOff, systemsOf } from './cuttable.ts';
import { CUT_STEP } from './stream-bounds.ts';

/** One operation with one system around it, its maps in SRAM or beside the weights; cycles are the compiler's. */
export interface Copying {
  /** May it pay to copy the weights in parts? */
  readonly pays: boolean;
  /** Cycles to copy all weights and side data. */
  readonly copy: number;
  /** No more than the operation takes, in which the next one's weights are copied: whole, and its last part. */
  readonly whole: number;
  readonly part: number;
  /** Output channels of the equal parts that it is cut into, at least, where memory is left for all weights twice. */
  readonly length: number;
}

/** Nothing is known: weights may be cut, and what comes next as well. */
export const UNKNOWN: Copying = { pays: true, copy: Infinity, whole: 0, part: 0, length: 0 };

/** Where a compiler has a network's maps while it decides: all in SRAM, or all in the memory of the weights. */
export interface Place {
  /** Undefined: of any system. */
  readonly system?: SystemPreset;
  readonly dedicated: boolean;
}

/** What of an operation's weights counts. */
export interface Copied {
  /** Bytes of its uncut streams, no more than they take, and of all its data, no less. */
  readonly least: number;
  readonly most: number;
  /** May an Ethos-U85 skip two of every four? */
  readonly sparse: boolean;
}

/** Do an operation's maps lie without gaps? */
export interface Packed {
  readonly input: boolean;
  readonly output: boolean;
}

/** Our cycles of a pass may be too many by this: of a convolution, and where an Ethos-U85's block is approximated. */
const MARGIN = 1.15;
const APPROXIMATE = 1.5;
/** An Ethos-U85 computes weights of which it skips half at twice the rate. */
const SPARSE = 2;

/** The places that a target's compiler may decide for; maps are never kept in flash. */
export function placesOf(target: Target): Place[] {
  // Of the older core's scheduler nothing is assumed.
  if (target.encoder !== 'regor' || !CYCLE_ENGINES[target.engine!.accelerator])
    return [{ dedicated: false }, { dedicated: true }];
  return systemsOf(target).flatMap((system) => [
    { system, dedicated: false },
    ...(system.timing?.weights.writeLatency === 0 ? [] : [{ system, dedicated: true }]),
  ]);
}

/** `copied` is absent where an operation stores nothing. */
export function copyingOf(
  operation: Operation,
  target: Target,
  { system, dedicated }: Place,
  packed: Packed,
  copied?: Copied,
): Copying {
  const engine = CYCLE_ENGINES[target.engine!.accelerator];
  if (!system || !engine || operation.kind === 'depth-to-space') return UNKNOWN;
  const around = memories(system, engine);
  const maps = {
    packedInput: packed.input,
    packedOutput: packed.output,
    outside: { input: dedicated, output: dedicated },
  };
  const passes = passesOf(operation).map((pass) =>
    passCycles(pass, { ...target.engine!, dedicatedByDefault: true }, engine, around, maps),
  );
  const approximate = engine.family === 'u85' && operation.kind !== 'conv' && operation.kind !== 'dense';
  const margin = (approximate ? APPROXIMATE : MARGIN) * (copied?.sparse ? SPARSE : 1);
  const whole = Math.min(...passes.flatMap(({ npu, npuBuffered }) => [npu, npuBuffered])) / margin;
  const { outChannels } = operation;
  const last = outChannels % CUT_STEP || Math.min(CUT_STEP, outChannels);
  const copy = copied ? copyCycles(copied.most, around) : 0;
  return {
    pays: !copied || paysOff(operation, target, copied.least, system, dedicated),
    copy,
    whole,
    part: (whole * last) / outChannels,
    // As many as are copied while the first part, of at least 16, is computed.
    length: copied ? (whole * CUT_STEP) / copy : 0,
  };
}

function copyCycles(bytes: number, { sram, weights }: Around): number {
  return Math.max(
    bytes / rateOf(weights, 'copy') + weights.readLatency,
    bytes / rateOf(sram, 'write') + sram.writeLatency,
  );
}
