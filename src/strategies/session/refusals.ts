/**
 * What a search refuses: before it begins, operators that the target cannot run and budgets that nothing fits; at its
 * end, what is over a limit.
 */
import { instantiate } from '../../network/architecture.ts';
import { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import { feasibility, refusalText } from '../../costs/limits/feasibility.ts';
import { unknownCosts } from '../../costs/limits/holding-limits.ts';
import { problemsOfSpace } from '../../targets/runnable.ts';
import { COST_WORDS, type CostName, type CostReport } from '../../wire/limits.ts';
import { BudgetError, TargetError } from '../../training/problem.ts';
import type { SearchContext } from '../../training/problem.ts';

/**
 * @throws TargetError where the target cannot run an operator of the space, or its smallest architecture as a whole, or
 *   a limit is on what nobody knows of it
 */
export function checkTarget({ network, target, limits }: SearchContext): void {
  const reasons = problemsOfSpace(
    target,
    network,
    instantiate(network, new SizeExpression(network, target).smallest().assignment),
  );
  for (const { reason } of unknownCosts(target, limits)) throw new TargetError(reason);
  if (reasons.length > 0) throw new TargetError(`${target.name} cannot run this definition: ${reasons.join('; ')}`);
}

/** Refuses limits that no architecture is within, in milliseconds. @throws BudgetError */
export function checkBudgets({ network, whole = network, target, limits }: SearchContext): void {
  const { refusal } = feasibility(whole, target, limits);
  if (refusal) throw new BudgetError(refusalText(refusal), refusal.limit, refusal.needed);
}

/** Nothing that is over a limit is a result. @param costs the certificate's @throws BudgetError */
export function checkResult({ target, limits }: SearchContext, costs: readonly CostReport[]): void {
  for (const { cost, limit } of limits) {
    const value = costs.find((one) => one.cost === cost)?.value;
    if (value === undefined)
      throw new BudgetError(`The ${cost} of the chosen network on ${target.name} is not known, and limited.`, cost, {});
    if (value > limit) throw new BudgetError(overText(cost, value, limit), cost, { [cost]: value });
  }
}

function overText(cost: CostName, value: number, limit: number): string {
  if (cost === 'weights')
    return (
      `The chosen network, pruned as far as it can be, needs ${value} B of weights, ${value - limit} B more than the budget. ` +
      `Raise the budget to at least ${value} B, or add smaller choices.`
    );
  if (cost === 'activations') return `The chosen network needs ${value} B of activations; ${limit} B are allowed.`;
  const { unit } = COST_WORDS[cost];
  const said = (amount: number): string => (unit === 'seconds' ? `${1000 * amount} ms` : `${amount}`);
  return `The chosen network, pruned as far as it can be, takes ${said(value)} of ${COST_WORDS[cost].of}; ${said(limit)} are allowed. Raise the limit, or add smaller choices.`;
}
