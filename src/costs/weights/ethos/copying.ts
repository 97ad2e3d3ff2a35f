/**
 * What an Ethos-U's compiler reckons an operation takes while it decides how weights are copied into SRAM: in which
 * cycles the next copy is made, and whether and how the operation's own weights may be cut (Arm Vela 5.2).
 */
import type { Operation } from '../../../network/types.ts';
import { CYCLE_ENGINES } from '../../../targets/cycle-engines.ts';
import type { SystemPreset, Target } from '../../../targets/find-target.ts';
import { memories, passCycles } from '../../cycles/pass-cycles.ts';
import { passesOf } from '../../cycles/passes.ts';
import { paysOff, systemsOf } from './cuttable.ts';
import { decide, type Decision } from './cut-plans.ts';
import type { CutForm, Range } from './copy-trial.ts';
import { shortCuts, type ShortCut } from './short-cuts.ts';
import { CUT_STEP } from './stream-bounds.ts';

/** One operation with one system around it, its maps in SRAM or beside the weights; cycles are the compiler's. */
export interface Copying {
  /** May it pay to copy the weights in parts? */
  readonly pays: boolean;
  /** What it takes, in which the next one's weights are copied: its own not copied, copied whole, and its last part. */
  readonly whole: Range;
  readonly copied: Range;
  readonly part: Range;
  /**
   * What the compiler may do with memory for all weights twice, by the cycles of the pass before, undefined at a
   * network's start; anything where absent.
   */
  readonly decide?: (slack: Range | undefined) => Decision;
  /** The cuts that are possible where memory is short, side data included. */
  readonly short?: (slack: Range | undefined) => readonly ShortCut[];
}

export const ANY: Range = { least: 0, most: Infinity };

/** Nothing is known: weights may be cut, and what comes next as well. */
export const UNKNOWN: Copying = { pays: true, whole: ANY, copied: ANY, part: ANY };

/** Where a compiler has a network's maps while it decides: all in SRAM, or all in the memory of the weights. */
export interface Place {
  /** Undefined: of any system. */
  readonly system?: SystemPreset;
  readonly dedicated: boolean;
}

/** What of an operation's weights counts: bytes of its uncut streams, no more than they take, and its streams. */
export interface Copied {
  readonly least: number;
  readonly forms?: readonly CutForm[];
}

/** What an operation is among others. */
export interface Among {
  /** Do its maps lie without gaps? */
  readonly packedInput: boolean;
  readonly packedOutput: boolean;
  /** May the addition that follows run in the same pass? */
  readonly joined?: boolean;
}

/** The compiler's cycles of a pass may be others than ours by this share, and by this where it holds an addition. */
const MARGIN = 0.05;
const JOINED = 1;
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
  { packedInput, packedOutput, joined = false }: Among,
  copied?: Copied,
): Copying {
  const engine = CYCLE_ENGINES[target.engine!.accelerator];
  if (!system || !engine || operation.kind === 'depth-to-space') return UNKNOWN;
  const around = memories(system, engine);
  const maps = { packedInput, packedOutput, outside: { input: dedicated, output: dedicated } };
  const passes = passesOf(operation).map((pass) =>
    passCycles(pass, { ...target.engine!, dedicated: true }, engine, around, maps),
  );
  const margin = joined ? JOINED : MARGIN;
  const halved = passes.some((pass) => pass.halved);
  const sparse = copied?.forms?.some((form) => form.sparse) === true;
  const rangeOf = (cycles: readonly number[], less: number, more: number): Range => ({
    least: Math.min(...cycles) / (1 + margin) / less,
    most: Math.max(...cycles) * (1 + margin) * more,
  });
  const twice = halved ? SPARSE : 1;
  const whole = rangeOf(
    passes.map(({ npu }) => npu),
    1,
    twice,
  );
  const buffered = rangeOf(
    passes.map(({ npuBuffered }) => npuBuffered),
    sparse ? SPARSE : 1,
    twice,
  );
  const { outChannels } = operation;
  const last = outChannels % CUT_STEP || Math.min(CUT_STEP, outChannels);
  const [pass] = passes;
  const cut = { pass: pass!, around, margin };
  const { forms } = copied ?? {};
  return {
    pays: !copied || paysOff(operation, target, copied.least, system, dedicated),
    whole,
    copied: buffered,
    part: {
      least: (Math.min(whole.least, buffered.least) * last) / outChannels,
      most: Math.max(whole.most, buffered.most),
    },
    ...(forms && {
      decide: remembered((slack) => decide(cut, forms, slack)),
      short: remembered((slack) => shortCuts(cut, forms, slack)),
    }),
  };
}

/** A function that keeps its answers. */
function remembered<T>(answer: (slack: Range | undefined) => T): (slack: Range | undefined) => T {
  const known = new Map<string, T>();
  return (slack) => {
    const key = slack ? `${slack.least},${slack.most}` : '';
    if (!known.has(key)) known.set(key, answer(slack));
    return known.get(key)!;
  };
}
