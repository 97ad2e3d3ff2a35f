/** NPU cycles of an inference, and the time that they take at the target's clock. */
import { instantiate } from '../../network/architecture.ts';
import { drained, type Steps } from '../../base/steps.ts';
import { descendSteps } from '../../network/space-moves.ts';
import type { Assignment, Network, Operation } from '../../network/types.ts';
import { clockOf, TARGETS, type Target } from '../../targets/find-target.ts';
import { Recent } from '../../base/recent.ts';
import type { Cost, Expectation, Extreme, SpaceCost } from '../cost.ts';
import { summed, summedInSteps } from '../macs/macs-cost.ts';
import type { Summand } from '../weights/expression/summand.ts';
import type { SizeExpression } from '../weights/expression/size-expression.ts';
import { estimatedBytes } from '../weights/weights-cost.ts';
import { cyclesByTable } from './cycle-table.ts';
import { cycleModel, cyclesInOrder, estimateCycles, planOperation, type PlannedOperation } from './estimate-cycles.ts';
import type { Shape } from './pass-cycles.ts';

/** Operations that are looked at from an end of the sum over operations on, where nothing says what is enough. */
const MOST_OPERATIONS = 20_000;

/** Architectures whose cycles are kept. */
const KNOWN = 8192;

/** Targets whose cycles are modelled, the first few by name. */
function modelled(): string {
  const names = TARGETS.filter((target) => cycleModel(target)).map(({ name }) => name);
  return `${names.slice(0, 3).join(', ')} or ${names.length - 3} others`;
}

/** Of the sizes of a space, by target: its cycles and its latency share what was found of them. */
const spaces = new WeakMap<SizeExpression, Map<Target, SpaceCost>>();

function cyclesOver(network: Network, target: Target, sizes: SizeExpression): SpaceCost {
  let byTarget = spaces.get(sizes);
  if (!byTarget) spaces.set(sizes, (byTarget = new Map<Target, SpaceCost>()));
  let space = byTarget.get(target);
  if (!space) byTarget.set(target, (space = makeSpace(network, target, sizes)));
  return space;
}

/** The cycles of a space's architectures: the estimate of each, and a sum over operations for its expectation. */
function makeSpace(network: Network, target: Target, sizes: SizeExpression): SpaceCost {
  const model = cycleModel(target);
  if (!model) throw new RangeError(`there is no model of the cycles of ${target.name}`);
  const values = new Recent<number>(KNOWN);
  const plans = new Recent<PlannedOperation>(KNOWN);
  const plan = (operation: Operation, shape: Shape): PlannedOperation => {
    const { id, kernel, inChannels, outChannels, inSize } = operation;
    const { packedInput, packedOutput, outside, added } = shape;
    const others = added ? [...added.maps, added.output].flatMap(({ packed, outside: far }) => [packed, far]) : [];
    const lies = [packedInput, packedOutput, outside.input, outside.output, ...others].map(Number).join('');
    const key = `${id} ${kernel.height}x${kernel.width} ${inChannels} ${outChannels} ${inSize.height}x${inSize.width} ${lies}`;
    let planned = plans.get(key);
    if (!planned) plans.set(key, (planned = planOperation(model, operation, shape)));
    return planned;
  };
  const of = (assignment: Assignment): number => {
    const key = `${assignment.join()} ${sizes.version}`;
    let cycles = values.get(key);
    if (cycles === undefined) {
      const weights = sizes.weightsByOperation(assignment);
      const architecture = instantiate(network, assignment);
      const bytes = architecture.operations.map(({ id }) => weights.get(id) ?? 0);
      values.set(key, (cycles = cyclesInOrder(architecture, model, bytes, plan).total));
    }
    return cycles;
  };
  const summand = (): Summand => cyclesByTable(network, model);
  let sum: (SpaceCost & { readonly expectation?: Expectation }) | undefined;
  const table = (): SpaceCost => (sum ??= summed(network, target, summand()));
  const groups = network.decisions.map((_, d) => [d]);
  /** @param enough see `smallest`; without it, the looks at single architectures are limited */
  function* end(start: Assignment, sign: 1 | -1, enough?: number): Steps<Extreme> {
    let looks = enough === undefined ? Math.ceil(MOST_OPERATIONS / network.layers.length) : Infinity;
    const assignment = yield* descendSteps(network, start, groups, (now, next) => {
      if (--looks < 0 || (enough !== undefined && of(now) <= enough)) return false;
      return sign * of(next) < sign * of(now);
    });
    return { assignment, value: of(assignment), proven: network.decisions.length === 0 };
  }
  /** Both ends under the weights' bytes as they were then. */
  let ends: { readonly version: number; readonly smallest: Extreme; readonly largest: Extreme } | undefined;
  const known = (): typeof ends => (ends?.version === sizes.version ? ends : undefined);
  function* steps(): Steps<void> {
    if (known()) return;
    sum ??= yield* summedInSteps(network, target, summand());
    const { version } = sizes;
    const smallest = yield* end(sum.smallest().assignment, 1);
    ends = { version, smallest, largest: yield* end(sum.largest().assignment, -1) };
  }
  function* smallestSteps(enough?: number): Steps<Extreme> {
    if (enough === undefined) yield* steps();
    const before = known()?.smallest;
    if (before && (enough === undefined || before.value <= enough)) return before;
    sum ??= yield* summedInSteps(network, target, summand());
    return yield* end(sum.smallest().assignment, 1, enough);
  }
  return {
    of,
    smallest: (enough) => drained(smallestSteps(enough)),
    largest: () => (drained(steps()), known()!.largest),
    smallestSteps,
    steps,
    expectation: {
      expected: (probabilities) => table().expectation!.expected(probabilities),
      conditional: (probabilities) => table().expectation!.conditional(probabilities),
      at: (assignment) => table().of(assignment),
    },
  };
}

export const cyclesCost: Cost = {
  name: 'cycles',
  missing: (target) =>
    cycleModel(target)
      ? undefined
      : `cycles on ${target.name} are not known: there is no model of it; limit \`macs\` instead, or take a target with one: ${modelled()}`,
  of: (architecture, target, stored) =>
    estimateCycles(
      architecture,
      target,
      architecture.operations.map(
        (operation, i) => (stored ? stored[i] : estimatedBytes(target, operation))?.weightBytes ?? 0,
      ),
    ).total,
  over: cyclesOver,
};

const divided = ({ assignment, value, proven }: Extreme, by: number): Extreme => ({
  assignment,
  value: value / by,
  proven,
});

export const latencyCost: Cost = {
  name: 'latency',
  missing: (target) =>
    cycleModel(target) && clockOf(target)
      ? undefined
      : `the latency on ${target.name} is not known: there is no ${cycleModel(target) ? 'clock' : 'model of its cycles'}; limit \`macs\` instead, or take a target with one: ${modelled()}`,
  of: (architecture, target, stored) => cyclesCost.of(architecture, target, stored) / clockOf(target)!.hz,
  over: (network, target, sizes) => {
    const { hz } = clockOf(target)!;
    const cycles = cyclesOver(network, target, sizes);
    const { expected, conditional, at } = cycles.expectation!;
    return {
      of: (assignment) => cycles.of(assignment) / hz,
      smallest: (enough) => divided(cycles.smallest(enough === undefined ? undefined : enough * hz), hz),
      largest: () => divided(cycles.largest(), hz),
      *smallestSteps(enough) {
        return divided(yield* cycles.smallestSteps!(enough === undefined ? undefined : enough * hz), hz);
      },
      steps: () => cycles.steps!(),
      expectation: {
        expected: (probabilities) => expected(probabilities) / hz,
        conditional: (probabilities) => conditional(probabilities).map((row) => row.map((value) => value / hz)),
        at: (assignment) => at(assignment) / hz,
      },
    };
  },
};
