/**
 * What a search refuses: before it begins, operators that the target cannot run and budgets that nothing fits; at its
 * end, what is over a limit.
 */
import { instantiate } from '../../network/architecture.ts';
import type { Architecture } from '../../network/types.ts';
import { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import { feasibility, refusalText } from '../../costs/limits/feasibility.ts';
import { activationMemory } from '../../costs/activations/activation-memory.ts';
import { problemsOfSpace } from '../../targets/runnable.ts';
import { limitOn, weightLimit } from '../../wire/limits.ts';
import { BudgetError, TargetError } from '../../training/problem.ts';
import type { SearchContext } from '../../training/problem.ts';

/** @throws TargetError where the target cannot run an operator of the space, or its smallest architecture as a whole */
export function checkTarget({ network, target }: SearchContext): void {
  const reasons = problemsOfSpace(
    target,
    network,
    instantiate(network, new SizeExpression(network, target).smallest().assignment),
  );
  if (reasons.length > 0) throw new TargetError(`${target.name} cannot run this definition: ${reasons.join('; ')}`);
}

/** Refuses limits that no architecture is within, in milliseconds. @throws BudgetError */
export function checkBudgets(context: SearchContext): void {
  const { refusal } = feasibility(context.network, context.target, context.limits);
  if (refusal) throw new BudgetError(refusalText(refusal), refusal.limit, refusal.needed);
}

/** Nothing that is over a limit is a result. @throws BudgetError */
export function checkResult({ target, limits }: SearchContext, architecture: Architecture, exactBytes: number): void {
  const budgetBytes = weightLimit(limits);
  const activationBudgetBytes = limitOn(limits, 'activations') ?? Infinity;
  if (exactBytes > budgetBytes) {
    throw new BudgetError(
      `The chosen network, pruned as far as it can be, needs ${exactBytes} B of weights, ${exactBytes - budgetBytes} B more than the budget. ` +
        `Raise the budget to at least ${exactBytes} B, or add smaller choices.`,
      'weights',
      { weights: exactBytes },
    );
  }
  const { peakBytes } = activationMemory(architecture, target);
  if (peakBytes > activationBudgetBytes) {
    throw new BudgetError(
      `The chosen network needs ${peakBytes} B of activations; ${activationBudgetBytes} B are allowed.`,
      'activations',
      { activations: peakBytes },
    );
  }
}
