/** From what a person asks of a sweep to what is run: per target a text and limits, and what of it is impossible. */
import { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import { feasibility, refusalText } from '../../costs/limits/feasibility.ts';
import { limitsThatHold, objectiveProblem, unknownCosts, type GivenLimits } from '../../costs/limits/holding-limits.ts';
import { languageOf } from '../../language/language-table.ts';
import { instantiate } from '../../network/architecture.ts';
import type { Network } from '../../network/types.ts';
import { findTarget } from '../../targets/find-target.ts';
import { problemsOfSpace } from '../../targets/runnable.ts';
import { MOST_CELLS, cellsOf, type LeftOut, type SweepPlan, type SweepTarget } from '../../wire/sweep-plan.ts';
import { nameOfTarget } from '../../wire/target-name.ts';
import type { SweepRequest } from './sweep-folder.ts';

export interface SweepWish extends Pick<
  SweepRequest,
  'name' | 'definitionPath' | 'definitionText' | 'plan' | 'backend' | 'baselines'
> {
  /** Limits instead of the definition's, but for the budget. */
  readonly given: GivenLimits;
}

/** What cannot be swept at all. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}

/** A target with why nothing, or nothing of some budgets, can be run on it. */
interface Judged {
  readonly target: SweepTarget;
  /** By budget; absent: it can be run. */
  readonly reasons: ReadonlyMap<number, string>;
}

/**
 * What a wish comes to. Cells that cannot be are left out, each with the reason.
 * @throws PlanError where it is too large, or where a definition has errors
 */
export function planSweep({ given, ...wish }: SweepWish): SweepRequest {
  const { plan } = wish;
  const cells = plan.budgets.length * plan.seeds.length * plan.strategies.length * plan.targets.length;
  if (cells > MOST_CELLS) throw new PlanError(`these are ${cells} runs; a sweep has at most ${MOST_CELLS}`);
  const own = languageOf(wish.definitionPath).read(wish.definitionText);
  if (!own.network) throw new PlanError('the definition has errors');
  const stated: Stated = { network: own.network, target: own.definition && nameOfTarget(own.definition.target) };
  const judged = plan.targets.map((name) => judge(name, wish, stated, given));
  const reasons = new Map(judged.map((one) => [one.target.name, one.reasons]));
  const leftOut = cellsOf(plan).flatMap(({ index, target, budget }): LeftOut[] => {
    const reason = reasons.get(target)?.get(budget);
    return reason === undefined ? [] : [{ index, reason }];
  });
  return { ...wish, targets: judged.map(({ target }) => target), leftOut };
}

/** What the definition says as it stands. */
interface Stated {
  readonly network: Network;
  readonly target: string | undefined;
}

/** The definition's text for a target, or why it cannot have it. */
function textFor(
  name: string,
  { definitionPath, definitionText }: Pick<SweepWish, 'definitionPath' | 'definitionText'>,
  stated: Stated,
): { readonly text: string; readonly network: Network } | { readonly problem: string } {
  const language = languageOf(definitionPath);
  if (stated.target === name) return { text: definitionText, network: stated.network };
  const named = language.retarget(definitionText, name);
  if (!('text' in named)) return { problem: `line ${named.line}: ${named.refused}` };
  const { network, diagnostics } = language.read(named.text);
  if (network) return { text: named.text, network };
  const [error] = diagnostics.filter(({ severity }) => severity === 'error');
  return { problem: error ? `line ${error.line}: ${error.message}` : 'the definition has errors' };
}

function judge(name: string, wish: Omit<SweepWish, 'given'>, stated: Stated, given: GivenLimits): Judged {
  const { budgets } = wish.plan;
  const all = (reason: string): ReadonlyMap<number, string> => new Map(budgets.map((budget) => [budget, reason]));
  const target = findTarget(name);
  const found = textFor(name, wish, stated);
  if ('problem' in found)
    return { target: { name, definitionText: wish.definitionText, limits: [] }, reasons: all(found.problem) };
  const { text, network } = found;
  const limitsAt = (budget: number): SweepTarget['limits'] =>
    limitsThatHold(network.definition.target, target, { ...given, weights: budget });
  const whole: SweepTarget = { name, definitionText: text, limits: limitsAt(budgets[0]!) };
  const size = new SizeExpression(network, target);
  const missing = problemsOfSpace(target, network, instantiate(network, size.smallest().assignment));
  if (missing.length > 0) return { target: whole, reasons: all(`${name} cannot run this: ${missing.join('; ')}`) };
  const [unknown] = unknownCosts(target, whole.limits);
  if (unknown) return { target: whole, reasons: all(unknown.reason) };
  const aim = objectiveProblem(network.definition, target);
  if (aim !== undefined) return { target: whole, reasons: all(aim) };
  const reasons = new Map<number, string>();
  for (const budget of budgets) {
    const { refusal } = feasibility(network, target, limitsAt(budget), size);
    if (refusal) reasons.set(budget, refusalText(refusal));
  }
  return { target: whole, reasons };
}

/** The least and the most bytes of a network on a target: what budgets are chosen between. */
function reachOf(network: Network, target: string): { readonly smallest: number; readonly largest: number } {
  const size = new SizeExpression(network, findTarget(target));
  return { smallest: Math.ceil(size.smallest().bytes), largest: Math.ceil(size.largest().bytes) };
}

/** The lists of a plan, with what stands for those that nobody gave. */
export function wholePlan(
  network: Network,
  { budgets, seeds, strategies, targets }: Partial<SweepPlan>,
  usual: (smallest: number, largest: number) => readonly number[],
): SweepPlan {
  const { definition } = network;
  const chips = targets ?? [nameOfTarget(definition.target)];
  const usualOnes = (): readonly number[] => {
    const { smallest, largest } = reachOf(network, chips[0]!);
    return usual(smallest, largest);
  };
  return {
    budgets: budgets ?? usualOnes(),
    seeds: seeds ?? [definition.training.seed],
    strategies: strategies ?? [definition.strategy],
    targets: chips,
  };
}
