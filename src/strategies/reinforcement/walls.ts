/**
 * The walls that keep an agent within the limits: AMC's action wall before each action (He et al., ECCV 2018), and
 * HAQ's final wall after an episode (Wang et al., CVPR 2019). They ask for exact bytes and for every other limit.
 */
import { magnitudes } from '../../network/largest-option.ts';
import type { Assignment, Decision } from '../../network/types.ts';

/** Is an architecture within all limits? */
export type Within = (assignment: Assignment) => boolean;

/** Options of a decision that has numbers, from the one that stores the least to the one that stores the most. */
export function ascending(decision: Decision): readonly number[] {
  const values = magnitudes(decision) ?? [];
  const sign = decision.kind === 'sparsity' ? -1 : 1;
  return [...values.keys()].sort((a, b) => sign * (values[a]! - values[b]!) || a - b);
}

/** A decision that an agent takes: its options as far as it may choose, the least first. */
export interface Open {
  readonly decision: number;
  readonly options: readonly number[];
}

/**
 * The most that an action may be: the largest option up to the one that is wanted with which the limits hold while
 * every later decision stands at its least; the least where none is.
 * @param assignment what was decided so far, the rest at its least
 * @param wanted place among the options
 */
export function actionWall(
  { decision, options }: Open,
  wanted: number,
  assignment: Assignment,
  within: Within,
): number {
  for (let place = wanted; place > 0; place--) {
    const tried = [...assignment];
    tried[decision] = options[place]!;
    if (within(tried)) return options[place]!;
  }
  return options[0]!;
}

/**
 * Lowers decisions by one option each, from the last to the first and again, until the limits hold.
 * @returns undefined where they do not hold with all at their least
 */
export function finalWall(open: readonly Open[], assignment: Assignment, within: Within): number[] | undefined {
  const now = [...assignment];
  while (!within(now)) {
    let lowered = false;
    for (const { decision, options } of [...open].reverse()) {
      const place = options.indexOf(now[decision]!);
      if (place <= 0) continue;
      now[decision] = options[place - 1]!;
      lowered = true;
      if (within(now)) return now;
    }
    if (!lowered) return undefined;
  }
  return now;
}
