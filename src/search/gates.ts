/** What a search refuses before it begins: operators that the target cannot run, budgets that nothing fits. */
import { instantiate } from '../model/architecture.ts';
import { SizeExpression } from '../npu/expression.ts';
import { problemsOfSpace } from '../npu/runnable.ts';
import { peakOf } from './activations.ts';
import { BudgetError, TargetError } from './problem.ts';
import type { SearchContext } from './problem.ts';

/** @throws TargetError where the target cannot run an operator of the space, or its smallest architecture as a whole */
export function checkTarget({ network, target }: SearchContext): void {
  const reasons = problemsOfSpace(target, network, instantiate(network, new SizeExpression(network, target).smallest().assignment));
  if (reasons.length > 0) throw new TargetError(`${target.name} cannot run this definition: ${reasons.join('; ')}`);
}

/** Refuses budgets that no architecture meets, in milliseconds. @throws BudgetError */
export function checkBudgets({ network, target, budgetBytes, activationBudgetBytes }: SearchContext): void {
  const { assignment, bytes } = new SizeExpression(network, target).smallest();
  if (bytes > budgetBytes) throw new BudgetError('weights', Math.ceil(bytes), budgetBytes);
  if (activationBudgetBytes === undefined) return;
  const peakBytes = peakOf(network, target, assignment);
  if (peakBytes > activationBudgetBytes) throw new BudgetError('activations', peakBytes, activationBudgetBytes);
}
