/** A target whose compiler is told how much SRAM there is. */
import type { Target } from './find-target.ts';

export interface Arena {
  /** Of maps and copies of weights together. */
  readonly bytes: number;
  /** The same target with as much SRAM as the compiler wants: what it stores does not depend on the arena. */
  readonly of: Target;
}

/** One object for each target and number of bytes, since what is found of a target is kept by it. */
const known = new WeakMap<Target, Map<number, Target>>();
/** Chips whose compiler keeps maps beside the weights by default, told to keep them in SRAM. */
const inSram = new WeakMap<Target, Target>();

function withMapsInSram(target: Target): Target {
  if (!target.engine?.dedicated) return target;
  let shared = inSram.get(target);
  if (!shared) inSram.set(target, (shared = { ...target, engine: { ...target.engine, dedicated: false } }));
  return shared;
}

/** A target with all maps in an SRAM of so many bytes; its name stays. */
export function bounded(target: Target, bytes: number): Target {
  const of = withMapsInSram(unbounded(target));
  let targets = known.get(of);
  if (!targets) known.set(of, (targets = new Map<number, Target>()));
  let found = targets.get(bytes);
  if (!found) targets.set(bytes, (found = { ...of, arena: { bytes, of } }));
  return found;
}

/** What is kept by a target and does not depend on the arena is kept by this one. */
export const unbounded = (target: Target): Target => target.arena?.of ?? target;
