/** All limits of a search, as the walls ask for them. */
import { feasibility } from '../../costs/limits/feasibility.ts';
import { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import { instantiate } from '../../network/architecture.ts';
import type { Assignment } from '../../network/types.ts';
import type { SearchContext } from '../../training/problem.ts';
import { limitOn, weightLimit } from '../../wire/limits.ts';
import { activationLimit, placementLimit } from '../space/activation-peaks.ts';
import { RESERVE } from '../space/budget-use.ts';
import { WorkLimits } from '../space/work-limits.ts';
import type { StoredBytes } from './stored-bytes.ts';
import type { Within } from './walls.ts';

export class Fence {
  readonly size: SizeExpression;
  private readonly others: readonly Within[];
  private readonly budgetBytes: number;

  constructor(private readonly context: Pick<SearchContext, 'network' | 'target' | 'limits'>) {
    const { network, target, limits } = context;
    this.size = new SizeExpression(network, target);
    this.budgetBytes = weightLimit(limits) * (1 - RESERVE);
    const work = WorkLimits.of(context, this.size);
    this.others = [
      activationLimit({ network, target, activationBudgetBytes: limitOn(limits, 'activations') }),
      placementLimit({ network, target }),
      ...(work ? [(assignment: Assignment) => work.within(assignment)] : []),
    ];
  }

  /** @param sizes exact bytes, with the weights that are decided by */
  within(sizes: StoredBytes): Within {
    const { network } = this.context;
    return (assignment) =>
      this.others.every((holds) => holds(assignment)) && sizes.of(instantiate(network, assignment)) <= this.budgetBytes;
  }

  /** An architecture within the limits, by estimate. */
  fallback(): Assignment {
    const { network, target, limits } = this.context;
    return feasibility(network, target, limits, this.size).assignment;
  }
}
