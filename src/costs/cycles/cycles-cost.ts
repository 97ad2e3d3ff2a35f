/** NPU cycles of an inference, and the time that they take at the target's clock. */
import { instantiate } from '../../network/architecture.ts';
import { descend } from '../../network/space-moves.ts';
import type { Assignment, Network, Operation } from '../../network/types.ts';
import { clockOf, TARGETS, type Target } from '../../targets/find-target.ts';
import { Recent } from '../../base/recent.ts';
import type { Cost, Expectation, Extreme, SpaceCost } from '../cost.ts';
import { summed } from '../macs/macs-cost.ts';
import type { SizeExpression } from '../weights/expression/size-expression.ts';
import { estimatedBytes } from '../weights/weights-cost.ts';
import { cyclesByTable } from './cycle-table.ts';
import { cycleModel, cyclesInOrder, estimateCycles, planOperation, type PlannedOperation } from './estimate-cycles.ts';
import type { Shape } from './pass-cycles.ts';

/** Architectures whose cycles are kept. */
const KNOWN = 8192;

/** Targets whose cycles are modelled, the first few by name. */
function modelled(): string {
  const names = TARGETS.filter((target) => cycleModel(target)).map(({ name }) => name);
  return `${names.slice(0, 3).join(', ')} or ${names.length - 3} others`;
}

/** The cycles of a space's architectures: the estimate of each, and a sum over operations for its expectation. */
function cyclesOver(network: Network, target: Target, sizes: SizeExpression): SpaceCost {
  const model = cycleModel(target);
  if (!model) throw new RangeError(`there is no model of the cycles of ${target.name}`);
  const known = new Recent<number>(KNOWN);
  const plans = new Recent<PlannedOperation>(KNOWN);
  const plan = (operation: Operation, shape: Shape): PlannedOperation => {
    const { id, kernel, inChannels, outChannels } = operation;
    const { packedInput, packedOutput, outside } = shape;
    const lies = [packedInput, packedOutput, outside.input, outside.output].map(Number).join('');
    const key = `${id} ${kernel.height}x${kernel.width} ${inChannels} ${outChannels} ${lies}`;
    let planned = plans.get(key);
    if (!planned) plans.set(key, (planned = planOperation(model, operation, shape)));
    return planned;
  };
  const of = (assignment: Assignment): number => {
    const key = `${assignment.join()} ${sizes.version}`;
    let cycles = known.get(key);
    if (cycles === undefined) {
      const weights = sizes.weightsByOperation(assignment);
      const architecture = instantiate(network, assignment);
      const bytes = architecture.operations.map(({ id }) => weights.get(id) ?? 0);
      known.set(key, (cycles = cyclesInOrder(architecture, model, bytes, plan).total));
    }
    return cycles;
  };
  let sum: (SpaceCost & { readonly expectation?: Expectation }) | undefined;
  const table = (): SpaceCost => (sum ??= summed(network, target, cyclesByTable(network, model)));
  const groups = network.decisions.map((_, d) => [d]);
  const end = (start: Assignment, sign: 1 | -1, enough = -sign * Infinity): Extreme => {
    const assignment = descend(
      network,
      start,
      groups,
      (now, next) => sign * of(now) > sign * enough && sign * of(next) < sign * of(now),
    );
    return { assignment, value: of(assignment), proven: network.decisions.length === 0 };
  };
  return {
    of,
    smallest: (enough) => end(table().smallest().assignment, 1, enough),
    largest: () => end(table().largest().assignment, -1),
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
      expectation: {
        expected: (probabilities) => expected(probabilities) / hz,
        conditional: (probabilities) => conditional(probabilities).map((row) => row.map((value) => value / hz)),
        at: (assignment) => at(assignment) / hz,
      },
    };
  },
};
