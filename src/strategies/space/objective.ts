/**
 * A soft objective beside hard limits, as MnasNet has it (Tan et al., CVPR 2019): accuracy × (latency / goal)^w. What
 * candidates are ranked by is a loss, the lower the better; of a classifier e^−loss is the likelihood of the right
 * class, the accuracy that a loss knows of, so that a candidate's score is loss − w · ln(latency / goal). Of a task
 * whose loss is an error it is loss / (latency / goal)^w: as many per cent more error as the formula takes of accuracy.
 */
import { COSTS } from '../../costs/cost-table.ts';
import type { SpaceCost } from '../../costs/cost.ts';
import { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import type { Assignment, Network } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import { taskSpec } from '../../wire/tasks/task-table.ts';

export interface ObjectiveProblem {
  readonly network: Network;
  readonly target: Target;
}

export class Objective {
  private constructor(
    private readonly cost: SpaceCost,
    private readonly goal: number,
    /** Not above 0. */
    private readonly weight: number,
    /** Is the loss the negative logarithm of a likelihood? */
    private readonly likelihood: boolean,
  ) {}

  /**
   * Undefined where the definition states none, or one on what nobody knows of the target: who starts a search refuses
   * that. What weights take in it is estimated by the rate table, so that a score never changes.
   */
  static of({ network, target }: ObjectiveProblem): Objective | undefined {
    const { objective, task } = network.definition;
    if (!objective || COSTS[objective.cost].missing(target) !== undefined) return undefined;
    const cost = COSTS[objective.cost].over(network, target, new SizeExpression(network, target));
    return new Objective(cost, objective.goal, objective.weight, taskSpec(task).targets === 'class');
  }

  /** What a reward is multiplied by: (latency / goal)^w, more than 1 below the goal. */
  factor(assignment: Assignment): number {
    return (this.cost.of(assignment) / this.goal) ** this.weight;
  }

  /** What a candidate of this loss is ranked by, the lower the better. */
  score(assignment: Assignment, loss: number): number {
    return this.likelihood ? loss - Math.log(this.factor(assignment)) : loss / this.factor(assignment);
  }

  /**
   * By how much each option adds to the score of what is drawn, in the unit of the loss: what the gradients of options
   * are to be added to. One row a decision.
   * @param loss of the batch
   */
  slopes(probabilities: readonly (readonly number[])[], loss: number): readonly (readonly number[])[] {
    const { expected, conditional } = this.cost.expectation!;
    const unit = (-this.weight * (this.likelihood ? 1 : loss)) / expected(probabilities);
    return conditional(probabilities).map((row) => row.map((value) => unit * value));
  }
}

/** The score of a candidate; its loss where there is no objective. */
export const scored = (objective: Objective | undefined, assignment: Assignment, loss: number): number =>
  objective ? objective.score(assignment, loss) : loss;
