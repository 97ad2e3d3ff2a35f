/**
 * Whether a search space has an architecture within any number of limits: the smallest of each cost is tried, then all
 * of a small space, else a descent from each of them.
 */
import { instantiate } from '../../network/architecture.ts';
import type { Steps } from '../../base/steps.ts';
import { descendSteps, everyAssignment, groupsOf } from '../../network/space-moves.ts';
import type { Assignment, Network } from '../../network/types.ts';
import { runs } from '../../targets/runnable.ts';
import type { Target } from '../../targets/find-target.ts';
import type { CostName, Limit } from '../../wire/limits.ts';
import { COSTS } from '../cost-table.ts';
import type { Extreme, SpaceCost } from '../cost.ts';
import type { SizeExpression } from '../weights/expression/size-expression.ts';
import { refused, type Amounts, type Feasibility } from './limit-refusal.ts';

/** From what is a look-up to what takes a walk through the network: the first that is over ends a comparison. */
const CHEAPEST_FIRST: readonly CostName[] = ['weights', 'macs', 'activations', 'latency', 'cycles'];

interface Part {
  readonly limit: Limit;
  readonly cost: SpaceCost;
}

/** Every cost that is limited, over the architectures of a space. */
class JointSpace {
  /** In the order in which limits are named, and the cheapest first. */
  readonly parts: readonly Part[];
  readonly #cheapest: readonly Part[];

  constructor(
    readonly network: Network,
    private readonly target: Target,
    limits: readonly Limit[],
    sizes: SizeExpression,
    known: number | undefined,
  ) {
    this.parts = limits.map((limit) => {
      const cost = COSTS[limit.cost].over(network, target, sizes);
      return { limit, cost: limit.cost === 'weights' && known !== undefined ? certain(cost, known) : cost };
    });
    this.#cheapest = CHEAPEST_FIRST.flatMap((name) => this.parts.filter(({ limit }) => limit.cost === name));
  }

  /** Does the target run it as a whole? */
  runs(assignment: Assignment): boolean {
    return !this.target.array || runs(this.target, instantiate(this.network, assignment));
  }

  /** @param without a limit that is left out */
  within(assignment: Assignment, without?: Part): boolean {
    return (
      this.#cheapest.every((part) => part === without || part.cost.of(assignment) <= part.limit.limit) &&
      this.runs(assignment)
    );
  }

  /** The sum of what is over each limit, in limits; more than `enough` is not added up. */
  excess(assignment: Assignment, enough = Infinity, without?: Part): number {
    let sum = this.runs(assignment) ? 0 : Infinity;
    for (const part of this.#cheapest) {
      if (part === without) continue;
      if (sum > enough) return sum;
      sum += Math.max(0, part.cost.of(assignment) / part.limit.limit - 1);
    }
    return sum;
  }

  /** What its costs that are over their limits are. */
  over(assignment: Assignment): Amounts {
    return Object.fromEntries(
      this.parts.flatMap(({ limit, cost }) => {
        const value = cost.of(assignment);
        return value > limit.limit ? [[limit.cost, rounded(limit.cost, value)]] : [];
      }),
    );
  }
}

const certain = (cost: SpaceCost, value: number): SpaceCost => ({
  ...cost,
  of: () => value,
  smallest: () => ({ ...cost.smallest(), value }),
});

/** Bytes are estimates with fractions; a budget is whole. */
const rounded = (cost: CostName, value: number): number => (cost === 'weights' ? Math.ceil(value) : value);

/** Looks for an architecture within the limits, on costs that the target has: a look at an architecture a step. */
export function* jointFeasibility(
  network: Network,
  target: Target,
  limits: readonly Limit[],
  sizes: SizeExpression,
  known: number | undefined,
): Steps<Feasibility> {
  const space = new JointSpace(network, target, limits, sizes, known);
  const ends: Extreme[] = [];
  const light = sizes.smallest().assignment;
  if (space.within(light)) return { assignment: light };
  for (const { limit, cost } of space.parts) {
    yield;
    const end = cost.smallestSteps ? yield* cost.smallestSteps(limit.limit) : cost.smallest(limit.limit);
    if (space.within(end.assignment)) return { assignment: end.assignment };
    ends.push(end);
  }
  const every = everyAssignment(network);
  if (every) {
    const found = yield* amongEvery(space, yield* kept(every, (assignment) => space.runs(assignment)), limits);
    if (found) return found;
  }
  const single = space.parts.findIndex(({ limit }, i) => ends[i]!.value > limit.limit);
  if (single >= 0) {
    const { assignment, value, proven } = ends[single]!;
    const { cost } = limits[single]!;
    return refused(assignment, { limit: cost, needed: { [cost]: rounded(cost, value) }, limits, proven });
  }
  return yield* byDescent(space, [light, ...ends.map(({ assignment }) => assignment)], limits);
}

/** Those that pass, one a step. */
function* kept(every: Iterable<Assignment>, passes: (one: Assignment) => boolean): Steps<Assignment[]> {
  const found: Assignment[] = [];
  for (const one of every) {
    if (passes(one)) found.push(one);
    yield;
  }
  return found;
}

/** The answer after a look at every architecture; undefined where none runs. */
function* amongEvery(
  space: JointSpace,
  every: readonly Assignment[],
  limits: readonly Limit[],
): Steps<Feasibility | undefined> {
  if (every.length === 0) return undefined;
  const [first] = space.parts;
  const among = yield* kept(every, (assignment) => space.within(assignment));
  if (among.length > 0) return { assignment: (yield* leastOf(first!, among)).assignment };
  for (const part of space.parts) {
    const { assignment, value } = yield* leastOf(part, every);
    const { cost, limit } = part.limit;
    if (value > limit)
      return refused(assignment, { limit: cost, needed: { [cost]: rounded(cost, value) }, limits, proven: true });
  }
  const needed = yield* neededOf(space, function* (part) {
    const others = yield* kept(every, (assignment) => space.within(assignment, part));
    return others.length === 0 ? undefined : (yield* leastOf(part, others)).value;
  });
  let nearest = { assignment: every[0]!, excess: Infinity };
  for (const assignment of every) {
    const excess = space.excess(assignment, nearest.excess);
    if (excess < nearest.excess) nearest = { assignment, excess };
    yield;
  }
  return together(space, nearest.assignment, needed, limits, true);
}

function* leastOf(
  { cost }: Part,
  among: readonly Assignment[],
): Steps<{ readonly assignment: Assignment; readonly value: number }> {
  let least = { assignment: among[0]!, value: Infinity };
  for (const assignment of among) {
    const value = cost.of(assignment);
    if (value < least.value) least = { assignment, value };
    yield;
  }
  return least;
}

function* neededOf({ parts }: JointSpace, least: (part: Part) => Steps<number | undefined>): Steps<Amounts> {
  const needed: Partial<Record<CostName, number>> = {};
  for (const part of parts) {
    const value = yield* least(part);
    if (value !== undefined) needed[part.limit.cost] = rounded(part.limit.cost, value);
  }
  return needed;
}

function together(
  space: JointSpace,
  nearest: Assignment,
  needed: Amounts,
  limits: readonly Limit[],
  proven: boolean,
): Feasibility {
  const memory = ['weights', 'activations'].every((cost) => cost in needed) && Object.keys(needed).length === 2;
  const all = Object.keys(needed).length === 0 ? { all: space.over(nearest) } : {};
  return refused(nearest, { limit: memory ? 'both' : 'together', needed, ...all, limits, proven });
}

/** The answer of descents from several architectures to what is least over the limits: it may miss one within them. */
function* byDescent(space: JointSpace, starts: readonly Assignment[], limits: readonly Limit[]): Steps<Feasibility> {
  const { network } = space;
  const open = network.decisions.map((_, d) => d);
  const pairs = groupsOf(network, open);
  let best: { assignment: Assignment; excess: number } = { assignment: starts[0]!, excess: Infinity };
  for (const start of new Map(starts.map((one) => [one.join(), one])).values()) {
    const assignment = yield* toLess(network, start, pairs, (one, enough) => space.excess(one, enough));
    const excess = space.excess(assignment);
    if (excess === 0) return { assignment };
    if (excess < best.excess) best = { assignment, excess };
  }
  const single = open.map((d) => [d]);
  const needed = yield* neededOf(space, function* (part) {
    const found = yield* toLess(network, best.assignment, single, (one, enough) => space.excess(one, enough, part));
    if (!space.within(found, part)) return undefined;
    const { cost } = part;
    const least = yield* descendSteps(
      network,
      found,
      single,
      (now, next) => cost.of(next) < cost.of(now) && space.within(next, part),
    );
    return cost.of(least);
  });
  return together(space, best.assignment, needed, limits, false);
}

/** Descends to an amount of 0, or as far as it gets. @param amount may stop where it is more than `enough` */
function* toLess(
  network: Network,
  start: Assignment,
  groups: readonly (readonly number[])[],
  amount: (assignment: Assignment, enough?: number) => number,
): Steps<Assignment> {
  let now = amount(start);
  return yield* descendSteps(network, start, groups, (_, next) => {
    if (now === 0) return false;
    const after = amount(next, now);
    if (after >= now) return false;
    now = after;
    return true;
  });
}
