/** What a race would say of an architecture after a little training, and after more of it. */
import type { Assignment } from '../../../src/network/types.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { batchOptions, type SearchContext } from '../../../src/training/problem.ts';
import { outsetOf } from '../../../src/training/outset.ts';
import { freshFor } from '../../../src/training/trained/initial-tensors.ts';
import { initialTensors, LEG, type LegOrder } from '../../../src/training/trained/leg.ts';
import { decimals } from '../statistics.ts';
import type { Question } from './problem.ts';

/** Legs of one architecture, each from where the one before ended. */
export interface LegsJob {
  readonly kind: 'legs';
  readonly question: Question;
  readonly assignment: Assignment;
  readonly seed: number;
  /** Ends of the legs, as shares of the steps of a whole training, rising. */
  readonly shares: readonly number[];
}

export interface LegsResult {
  /** What ranks it after each leg. */
  readonly losses: readonly number[];
}

/** Share of the first leg over which sparsity rises, as in a race. */
const RAMP = 0.7;

export async function legs(context: SearchContext, { assignment, shares }: LegsJob): Promise<LegsResult> {
  const { network, dataset } = context;
  const { training, task } = network.definition;
  const architecture = instantiate(network, assignment);
  const perEpoch = Math.floor(dataset.train.count / Math.min(training.batch, dataset.train.count));
  const goals = shares.map((share) => Math.ceil(share * (training.sparsify + training.settle) * perEpoch));
  const losses: number[] = [];
  let from: LegOrder['from'] = { initial: initialTensors(architecture, freshFor(context)) };
  for (const [i, goal] of goals.entries()) {
    const order: LegOrder = {
      architecture,
      task,
      learningRate: training.learningRate,
      weightDecay: training.weightDecay,
      entropy: training.entropy,
      batches: batchOptions(context),
      outset: outsetOf(context),
      from,
      first: i === 0 ? 0 : goals[i - 1]!,
      goal,
      rampSteps: RAMP * goals[0]!,
    };
    const { loss, state } = await LEG.run(order, { dataset, tell: () => undefined, breathe: () => Promise.resolve() });
    losses.push(decimals(loss, 5));
    from = { state };
  }
  return { losses };
}
