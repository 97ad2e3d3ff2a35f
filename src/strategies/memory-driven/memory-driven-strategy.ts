/**
 * Memory-driven mixed precision (Rusci, Capotondi, Benini, arXiv 1905.13082): the largest architecture, with the bits
 * that its memories leave its weights and maps, is trained on its grids. Which bits, is decided without a look at any
 * weight; training starts from those that came with the definition, as the paper's does, or else from random ones.
 */
import { allocationProblem, halvingsOf } from '../../costs/allocate/allocation-problem.ts';
import { allocateByMemory } from '../../costs/allocate/memory-rule.ts';
import { saves } from '../../costs/weights/savings.ts';
import { instantiate } from '../../network/architecture.ts';
import { largestOption } from '../../network/largest-option.ts';
import { limitOn, weightLimit } from '../../wire/limits.ts';
import { strategyWords } from '../../wire/strategies.ts';
import { UntrainedChooser, type Untrained } from '../space/untrained-chooser.ts';
import type { Proposal, Strategy } from '../strategy.ts';

/** Widths are tried at these shares of their largest, until bits make the architecture fit. */
const SHARES: readonly number[] = Array.from({ length: 39 }, (_, i) => 1 - i / 40);

/** The given network, or else the largest, with widths of no more than a share of their largest. */
function upTo({ context: { network }, given }: Untrained, share: number): number[] {
  return network.decisions.map((decision, d) => {
    const largest = given?.whole[d] ?? largestOption(decision);
    if (decision.kind !== 'width') return largest;
    const most = share * decision.options[largest]!;
    const within = decision.options.filter((width) => width <= most);
    return decision.options.indexOf(within.length > 0 ? Math.max(...within) : Math.min(...decision.options));
  });
}

/** The architecture with the bits that the rule gives it; undefined where none make it fit. */
function allocated({ context }: Untrained, assignment: readonly number[]): number[] | undefined {
  const { network, target, limits } = context;
  const { layers } = network;
  const activations = limitOn(limits, 'activations');
  const problem = allocationProblem(
    instantiate(network, assignment),
    layers.map(({ spec }) => spec.name),
    target,
    {
      weightLevels: layers.map(({ spec }) =>
        saves(target, 'bits') ? halvingsOf(spec.bits.options) : [Math.max(...spec.bits.options)],
      ),
      activationLevels: layers.map(({ spec }) => halvingsOf(spec.activationBits.options)),
      limits: { weights: weightLimit(limits), ...(activations !== undefined && { activations }) },
    },
  );
  const { weightBits, activationBits, impossible } = allocateByMemory(problem);
  if (impossible?.of === 'weights') return undefined;
  return network.decisions.map((decision, d) => {
    if (decision.kind !== 'bits' && decision.kind !== 'activation-bits') return assignment[d]!;
    const bits = (decision.kind === 'bits' ? weightBits : activationBits)[decision.sites[0]!.layer]!;
    const found = decision.options.indexOf(bits);
    return found < 0 ? assignment[d]! : found;
  });
}

function propose(untrained: Untrained): Proposal {
  const { constraint, smallest } = untrained.field();
  let found: number[] | undefined;
  for (const share of SHARES) {
    const assignment = allocated(untrained, upTo(untrained, share));
    found = assignment && constraint.allowed(assignment) ? assignment : undefined;
    if (found) break;
  }
  const assignment = found ?? allocated(untrained, smallest) ?? smallest;
  return { candidates: [{ assignment, origin: { kind: 'rule' } }], race: false, fixed: true };
}

export const memoryDriven: Strategy = {
  ...strategyWords('memory-driven'),
  curves: () => [],
  stages: () => [],
  plan: () => ({ networks: 1, racers: 1 }),
  create: (context) => UntrainedChooser.withGiven(context, propose),
  restore: (context, _costs, state, tensors) => UntrainedChooser.restored(context, propose, state, tensors),
};
