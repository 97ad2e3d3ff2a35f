/** What a search refuses before it begins: operators that the target cannot run, budgets that nothing fits. */
import { instantiate } from '../model/architecture.ts';
import { SizeExpression } from '../npu/expression.ts';
import { feasibility, refusalText } from '../npu/feasibility.ts';
import { problemsOfSpace } from '../npu/runnable.ts';
import { BudgetError, budgetsOfSearch, TargetError } from './problem.ts';
import type { SearchContext } from './problem.ts';

/** @throws TargetError where the target cannot run an operator of the space, or its smallest architecture as a whole */
export function checkTarget({ network, target }: SearchContext): void {
  const reasons = problemsOfSpace(target, network, instantiate(network, new SizeExpression(network, target).smallest().assignment));
  if (reasons.length > 0) throw new TargetError(`${target.name} cannot run this definition: ${reasons.join('; ')}`);
}

/** Refuses limits that no architecture is within, in milliseconds. @throws BudgetError */
export function checkBudgets(context: SearchContext): void {
  const { refusal } = feasibility(context.network, context.target, budgetsOfSearch(context));
  if (refusal) throw new BudgetError(refusalText(refusal), refusal.limit, refusal.needed);
}
