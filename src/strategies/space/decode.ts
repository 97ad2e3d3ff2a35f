/**
 * Decoding: the assignment with the largest sum of logits whose size is within the budget (a multiple-choice knapsack).
 */
import type { Assignment } from '../../network/types.ts';
import { SeededRandom } from '../../base/random.ts';

/**
 * The constraints of a decode. Sizes are estimates calibrated to the real encoder; the caller checks the result by
 * encoding.
 */
export interface Constraint {
  readonly budgetBytes: number;
  /** Bytes below which a budget counts as wasted. */
  readonly floorBytes: number;
  bytes(assignment: Assignment): number;
  /** Other limits (activation memory). */
  allowed(assignment: Assignment): boolean;
  /** How far over other limits, 0 within; absent where there are none that a step can come nearer to. */
  over?(assignment: Assignment): number;
}

export interface Scores {
  readonly logits: readonly (readonly number[])[];
  readonly allowed: readonly (readonly boolean[])[];
}

interface Candidate {
  readonly assignment: number[];
  readonly score: number;
  readonly bytes: number;
}

function scoreOf(scores: Scores, assignment: Assignment): number {
  return assignment.reduce((sum, k, d) => sum + scores.logits[d]![k]!, 0);
}

function candidate(scores: Scores, constraint: Constraint, assignment: number[]): Candidate {
  return { assignment, score: scoreOf(scores, assignment), bytes: constraint.bytes(assignment) };
}

/** Every assignment that differs from `from` in one decision of `open`. */
function* neighbours(scores: Scores, from: Assignment, open: readonly number[]): Generator<number[]> {
  for (const d of open) {
    for (let k = 0; k < scores.logits[d]!.length; k++) {
      if (k === from[d] || !scores.allowed[d]![k]) continue;
      const changed = [...from];
      changed[d] = k;
      yield changed;
    }
  }
}

/**
 * Coordinate ascent on Σθ − λ·bytes, within the other limits where `start` is: it begins there, since a repair by bytes
 * does not find back.
 */
function ascend(
  scores: Scores,
  constraint: Constraint,
  start: Candidate,
  lambda: number,
  open: readonly number[],
): Candidate {
  let best = start;
  const within = constraint.allowed(start.assignment);
  for (let sweep = 0; sweep < 12; sweep++) {
    let moved = false;
    for (const d of open) {
      for (const changed of neighbours(scores, best.assignment, [d])) {
        const next = candidate(scores, constraint, changed);
        if (
          next.score - lambda * next.bytes > best.score - lambda * best.bytes + 1e-12 &&
          (!within || constraint.allowed(changed))
        ) {
          best = next;
          moved = true;
        }
      }
    }
    if (!moved) break;
  }
  return best;
}

/** Moves to feasibility by the changes that lose the least score per byte saved. Undefined where none is left. */
function shrink(
  scores: Scores,
  constraint: Constraint,
  start: Candidate,
  open: readonly number[],
): Candidate | undefined {
  let best = start;
  const within = constraint.allowed(start.assignment);
  const feasible = (c: Candidate): boolean => c.bytes <= constraint.budgetBytes && constraint.allowed(c.assignment);
  for (let guard = 0; !feasible(best) && guard < 1000; guard++) {
    let chosen: Candidate | undefined;
    let least = Infinity;
    for (const changed of neighbours(scores, best.assignment, open)) {
      const next = candidate(scores, constraint, changed);
      if (next.bytes >= best.bytes || (within && !constraint.allowed(changed))) continue;
      const price = (best.score - next.score) / (best.bytes - next.bytes);
      if (price < least) {
        least = price;
        chosen = next;
      }
    }
    if (!chosen) return undefined;
    best = chosen;
  }
  return feasible(best) ? best : undefined;
}

/**
 * Spends what is left of the budget: changes that raise the score, then, below the floor, those that cost the least
 * score per byte.
 */
function fill(scores: Scores, constraint: Constraint, start: Candidate, open: readonly number[]): Candidate {
  let best = start;
  for (let guard = 0; guard < 1000; guard++) {
    let chosen: Candidate | undefined;
    let most = -Infinity;
    for (const changed of neighbours(scores, best.assignment, open)) {
      const next = candidate(scores, constraint, changed);
      if (next.bytes > constraint.budgetBytes) continue;
      const gain = next.score - best.score;
      const grows = next.bytes - best.bytes;
      if (gain <= 1e-12 && !(best.bytes < constraint.floorBytes && grows > 0)) continue;
      const worth = gain > 0 ? 1e6 + gain / Math.max(grows, 1) : gain / grows;
      if (worth > most && constraint.allowed(changed)) {
        most = worth;
        chosen = next;
      }
    }
    if (!chosen) return best;
    best = chosen;
  }
  return best;
}

function better(a: Candidate, b: Candidate | undefined, floorBytes: number): boolean {
  if (!b) return true;
  const reaches = (c: Candidate): boolean => c.bytes >= floorBytes;
  if (reaches(a) !== reaches(b)) return reaches(a);
  return reaches(a) ? a.score > b.score : a.bytes > b.bytes;
}

const BISECTIONS = 20;
/** Spaces up to this size are searched exhaustively. */
const EXHAUSTIVE = 4096;
/** Changes tried where single ones leave too much of the budget unused. */
const WANDERINGS = 12_000;

/** Every assignment of the open decisions, the others as in `base`. */
function* combinations(scores: Scores, base: Assignment, open: readonly number[]): Generator<number[]> {
  const [d, ...rest] = open;
  if (d === undefined) {
    yield [...base];
    return;
  }
  for (let k = 0; k < scores.logits[d]!.length; k++) {
    if (!scores.allowed[d]![k]) continue;
    const changed = [...base];
    changed[d] = k;
    yield* combinations(scores, changed, rest);
  }
}

/**
 * Random walk over one to four changes at a time, keeping what is better: fine adjustment where the options are coarse.
 * Has its own fixed seed, so that a decode is a function of its arguments.
 */
function wander(scores: Scores, constraint: Constraint, start: Candidate, open: readonly number[]): Candidate {
  if (open.length === 0) return start;
  const random = new SeededRandom(1);
  let best = start;
  for (let i = 0; i < WANDERINGS; i++) {
    const changed = [...best.assignment];
    for (let n = 1 + random.integer(4); n > 0; n--) {
      const d = open[random.integer(open.length)]!;
      const k = random.integer(scores.logits[d]!.length);
      if (scores.allowed[d]![k]) changed[d] = k;
    }
    const next = candidate(scores, constraint, changed);
    if (
      next.bytes <= constraint.budgetBytes &&
      better(next, best, constraint.floorBytes) &&
      constraint.allowed(changed)
    )
      best = next;
  }
  return best;
}

/**
 * The best assignment found under the budget, starting the search from `smallest` (which must fit).
 * Exhaustive in small spaces; else Lagrangian relaxation by bisection on the price of a byte, then repair and filling
 * of each relaxed solution.
 * @param open decisions that may change; the others stay as in `smallest`
 */
export function decode(
  scores: Scores,
  constraint: Constraint,
  smallest: Assignment,
  open: readonly number[] = scores.logits.map((_, d) => d),
): number[] {
  const start = candidate(scores, constraint, [...smallest]);
  let best: Candidate | undefined;
  if (open.reduce((product, d) => product * scores.logits[d]!.length, 1) <= EXHAUSTIVE) {
    for (const assignment of combinations(scores, smallest, open)) {
      const next = candidate(scores, constraint, assignment);
      if (
        next.bytes <= constraint.budgetBytes &&
        better(next, best, constraint.floorBytes) &&
        constraint.allowed(assignment)
      )
        best = next;
    }
    return best ? best.assignment : [...smallest];
  }
  const consider = (relaxed: Candidate): void => {
    const feasible = shrink(scores, constraint, relaxed, open);
    if (!feasible) return;
    const filled = fill(scores, constraint, feasible, open);
    if (better(filled, best, constraint.floorBytes)) best = filled;
  };
  const spread = Math.max(1e-9, ...scores.logits.map((row) => Math.max(...row) - Math.min(...row)));
  let low = 0;
  let high = (spread * 50) / constraint.budgetBytes;
  consider(start);
  for (let i = 0; i < BISECTIONS; i++) {
    const lambda = (low + high) / 2;
    const relaxed = ascend(scores, constraint, start, lambda, open);
    if (i >= BISECTIONS - 6 || i % 4 === 0) consider(relaxed);
    if (relaxed.bytes <= constraint.budgetBytes) high = lambda;
    else low = lambda;
  }
  if (!best) return [...smallest];
  return (best.bytes < constraint.floorBytes ? wander(scores, constraint, best, open) : best).assignment;
}

/** Spends what a feasible assignment leaves of the budget, by changes of the open decisions only. */
export function spend(scores: Scores, constraint: Constraint, from: Assignment, open: readonly number[]): number[] {
  const filled = fill(scores, constraint, candidate(scores, constraint, [...from]), open);
  return (filled.bytes < constraint.floorBytes ? wander(scores, constraint, filled, open) : filled).assignment;
}

/** A random neighbour that is less over other limits; undefined where none is, or nothing is over. */
function lessWork(
  scores: Scores,
  constraint: Constraint,
  from: Assignment,
  open: readonly number[],
  random: SeededRandom,
): number[] | undefined {
  const over = constraint.over?.(from) ?? 0;
  if (over === 0) return undefined;
  const others = [...neighbours(scores, from, open)];
  while (others.length > 0) {
    const [next] = others.splice(random.integer(others.length), 1);
    if (constraint.over!(next!) < over) return next;
  }
  return undefined;
}

/**
 * A variant of an assignment: a few random changes, then random single changes until it is within the budget and above
 * the floor.
 * Where the options are too coarse for the floor, it stays below. Undefined where it cannot be made to fit.
 */
export function mutate(
  { logits, allowed }: Scores,
  constraint: Constraint,
  from: Assignment,
  changes: number,
  random: SeededRandom,
): number[] | undefined {
  const pick = <T>(items: readonly T[]): T | undefined => items[random.integer(Math.max(1, items.length))];
  const open = logits.map((_, d) => d);
  let assignment = [...from];
  for (let i = 0; i < changes && open.length > 0; i++) {
    const d = random.integer(assignment.length);
    assignment[d] = pick(allowed[d]!.flatMap((ok, k) => (ok && k !== assignment[d] ? [k] : []))) ?? assignment[d]!;
  }
  const resized = (suits: (bytes: number) => boolean): number[] | undefined =>
    pick([...neighbours({ logits, allowed }, assignment, open)].filter((next) => suits(constraint.bytes(next))));
  for (
    let guard = 0;
    guard < 100 && (constraint.bytes(assignment) > constraint.budgetBytes || !constraint.allowed(assignment));
    guard++
  ) {
    const bytes = constraint.bytes(assignment);
    const next = lessWork({ logits, allowed }, constraint, assignment, open, random) ?? resized((size) => size < bytes);
    if (!next) return undefined;
    assignment = next;
  }
  for (let guard = 0; guard < 100 && constraint.bytes(assignment) < constraint.floorBytes; guard++) {
    const bytes = constraint.bytes(assignment);
    const next = resized((size) => size > bytes && size <= constraint.budgetBytes);
    if (!next || !constraint.allowed(next)) break;
    assignment = next;
  }
  return constraint.bytes(assignment) <= constraint.budgetBytes && constraint.allowed(assignment)
    ? assignment
    : undefined;
}
