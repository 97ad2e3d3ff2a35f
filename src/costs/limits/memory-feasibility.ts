/**
 * Whether a search space has an architecture within its limits on memory, on weights and activations: in milliseconds.
 */
import { instantiate } from '../../network/architecture.ts';
import type { Assignment, Network } from '../../network/types.ts';
import { limitOn, type Limit } from '../../wire/limits.ts';
import { refused, type Feasibility } from './limit-refusal.ts';
import type { SizeExpression } from '../weights/expression/size-expression.ts';
import { leastMemory } from '../activations/least-memory.ts';
import { activationMemory } from '../activations/activation-memory.ts';
import { combinations, countOf, descend, everyAssignment, groupsOf, WITHOUT_SHAPE } from '../../network/space-moves.ts';
import { runs } from '../../targets/runnable.ts';
import type { Target } from '../../targets/find-target.ts';

/** Shapes that are all looked at before limits are refused together. */
const EXHAUSTIVE = 512;

/**
 * Looks for one architecture within both limits. A limit by itself is refused by the smallest of its cost. Both
 * together: the smallest by weights
 * is tried, then every architecture of a small space; of others the smallest by activations, then every shape where
 * they are few, else a descent
 * from both, which may miss one (`proven`).
 * Weights are those of `expression`; activations are the peak of `activationMemory`.
 * @param known the exact bytes of a network without choices, where its weights are there
 */
export function memoryFeasibility(
  network: Network,
  target: Target,
  limits: readonly Limit[],
  expression: SizeExpression,
  known: number | undefined,
): Feasibility {
  const estimated = expression.smallest();
  const smallest = { ...estimated, bytes: known ?? estimated.bytes };
  const weights = limitOn(limits, 'weights') ?? Infinity;
  if (smallest.bytes > weights)
    return refused(smallest.assignment, {
      limit: 'weights',
      needed: { weights: Math.ceil(smallest.bytes) },
      limits,
      proven: true,
    });
  const activations = limitOn(limits, 'activations');
  if (activations === undefined) return { assignment: smallest.assignment };
  const peaks = new Map<string, number>();
  // Where memories belong to processors, bits decide too what fits together.
  const shape = network.decisions.flatMap(({ kind }, d) => (WITHOUT_SHAPE.includes(kind) && !target.array ? [] : [d]));
  const peakOf = (assignment: Assignment): number => {
    const key = shape.map((d) => assignment[d]).join();
    let bytes = peaks.get(key);
    if (bytes === undefined) {
      const architecture = instantiate(network, assignment);
      bytes = target.array && !runs(target, architecture) ? Infinity : activationMemory(architecture, target).peakBytes;
      peaks.set(key, bytes);
    }
    return bytes;
  };
  const peakBytes = peakOf(smallest.assignment);
  if (peakBytes <= activations) return { assignment: smallest.assignment };
  const all = amongAll(network, (assignment) => known ?? expression.estimate(assignment), peakOf, {
    weights,
    activations,
    limits,
  });
  if (all) return all;
  const least = leastMemory(network, target, smallest.assignment, activations);
  if (least.peakBytes > activations) {
    return refused(least.assignment, {
      limit: 'activations',
      needed: { activations: least.peakBytes },
      limits,
      proven: least.boundBytes > activations,
    });
  }
  const space: Joint = { network, expression, peakOf, shape, activations, weights };
  const lightest = lightestWithin(space, least.assignment);
  if (lightest.bytes <= weights) return { assignment: lightest.assignment };
  const frugal = { assignment: smallest.assignment, peakBytes: leastPeakWithin(space, smallest.assignment) };
  const needed = { weights: Math.ceil(lightest.bytes), activations: Math.min(frugal.peakBytes, peakBytes) };
  return refused(lightest.assignment, { limit: 'both', needed, limits, proven: lightest.exact });
}

interface Limits {
  readonly weights: number;
  readonly activations: number;
  readonly limits: readonly Limit[];
}

interface Choice {
  readonly assignment: Assignment;
  readonly cost: number;
}

type CostOf = (assignment: Assignment) => number;

/**
 * The answer after a look at every architecture: the lightest within the limits. Undefined where they are too many, or
 * none runs.
 */
function amongAll(
  network: Network,
  bytesOf: CostOf,
  peakOf: CostOf,
  { weights, activations, limits }: Limits,
): Feasibility | undefined {
  const none: Choice = { assignment: [], cost: Infinity };
  let [calmest, lightest, frugal] = [none, none, none];
  for (const assignment of everyAssignment(network) ?? []) {
    const [bytes, peak] = [
      { assignment, cost: bytesOf(assignment) },
      { assignment, cost: peakOf(assignment) },
    ];
    if (peak.cost < calmest.cost) calmest = peak;
    if (peak.cost <= activations && bytes.cost < lightest.cost) lightest = bytes;
    if (bytes.cost <= weights && peak.cost < frugal.cost) frugal = peak;
  }
  if (calmest === none) return undefined;
  const refusal = { limits, proven: true };
  if (calmest.cost > activations)
    return refused(calmest.assignment, { ...refusal, limit: 'activations', needed: { activations: calmest.cost } });
  if (lightest.cost <= weights) return { assignment: lightest.assignment };
  return refused(lightest.assignment, {
    ...refusal,
    limit: 'both',
    needed: { weights: Math.ceil(lightest.cost), activations: frugal.cost },
  });
}

interface Joint {
  readonly network: Network;
  readonly expression: SizeExpression;
  readonly peakOf: (assignment: Assignment) => number;
  /** Decisions that change tensors' sizes. */
  readonly shape: readonly number[];
  readonly activations: number;
  readonly weights: number;
}

/** The fewest weight bytes found with the activations in their limit. `start` is in it. `exact`: nothing is smaller. */
function lightestWithin(
  { network, expression, peakOf, shape, activations, weights }: Joint,
  start: Assignment,
): { assignment: Assignment; bytes: number; exact: boolean } {
  const bytes = (assignment: Assignment): number => expression.estimate(assignment);
  const lighter = (now: Assignment, next: Assignment): boolean => bytes(next) < bytes(now);
  const grids = groupsOf(
    network,
    network.decisions.flatMap((_, d) => (shape.includes(d) ? [] : [d])),
  );
  if (countOf(network, shape, EXHAUSTIVE) <= EXHAUSTIVE) {
    let best = { assignment: start, bytes: Infinity };
    for (const shaped of combinations(network, start, shape)) {
      if (peakOf(shaped) > activations) continue;
      // Bits and sparsity of different layers do not influence each other.
      const assignment = descend(network, shaped, grids, lighter);
      if (bytes(assignment) < best.bytes) best = { assignment, bytes: bytes(assignment) };
      if (best.bytes <= weights) break;
    }
    return { ...best, exact: true };
  }
  const groups = groupsOf(
    network,
    network.decisions.map((_, d) => d),
  );
  const assignment = descend(network, start, groups, (now, next) => lighter(now, next) && peakOf(next) <= activations);
  return { assignment, bytes: bytes(assignment), exact: false };
}

/** The least peak found with the weights in their limit, from the smallest by weights. */
function leastPeakWithin({ network, expression, peakOf, weights }: Joint, start: Assignment): number {
  const groups = groupsOf(
    network,
    network.decisions.map((_, d) => d),
  );
  return peakOf(
    descend(network, start, groups, (now, next) => peakOf(next) < peakOf(now) && expression.estimate(next) <= weights),
  );
}
