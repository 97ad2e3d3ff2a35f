/** What a race between a strategy's candidates needs of the search that it is a part of. */
import { architectureKey, instantiate } from '../../network/architecture.ts';
import { outsetOf } from '../../training/outset.ts';
import { batchOptions, type SearchContext } from '../../training/problem.ts';
import { initialTensors } from '../../training/trained/leg.ts';
import { scored, type Objective } from '../space/objective.ts';
import type { Chooser } from '../strategy.ts';
import type { RacePlan } from './race.ts';

/**
 * @param steps that each candidate would be trained for
 * @param objective what they are ranked by beside their losses; absent: by these alone
 */
export function racePlan(
  context: SearchContext,
  chooser: Chooser,
  steps: number,
  objective: Objective | undefined,
): RacePlan {
  const { network, dataset, side } = context;
  const { learningRate, weightDecay, entropy, exitLoss } = network.definition.training;
  return {
    dataset,
    steps,
    order: (assignment) => {
      const architecture = instantiate(network, assignment);
      return {
        architecture,
        task: network.definition.task,
        learningRate,
        weightDecay,
        entropy,
        exitLoss,
        batches: batchOptions(context),
        outset: outsetOf(context),
        from: { initial: initialTensors(architecture, chooser.initial(architecture)) },
      };
    },
    key: (assignment) => architectureKey(network, assignment),
    score: (assignment, loss) => scored(objective, assignment, loss),
    variant: (parent) => chooser.variant(parent),
    side,
  };
}
