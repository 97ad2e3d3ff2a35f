/** Which strategy searches: the definition's own, one that a command names, or one that the user picks from all. */
import * as vscode from 'vscode';
import type { Definition } from '../../network/types.ts';
import { findStrategy, idleObjective, STRATEGIES, STRATEGY_NAMES, type StrategyName } from '../../wire/strategies.ts';
import { pick } from '../say.ts';

/** Given the strategy of the definition, which one searches; undefined: none, the user has thought better of it. */
export type StrategyChoice = (own: StrategyName) => PromiseLike<StrategyName | undefined>;

/**
 * The strategy that an argument of the command names, else the definition's own. Menus give arguments of theirs, which
 * are no text.
 * @throws Error naming those that there are, for another text
 */
export const namedStrategy =
  (named: unknown): StrategyChoice =>
  (own) => {
    if (typeof named !== 'string') return Promise.resolve(own);
    const found = findStrategy(named);
    if (found) return Promise.resolve(found.id);
    const all = STRATEGY_NAMES.join(', ');
    return Promise.reject(new Error(vscode.l10n.t('There is no strategy “{0}”; there are {1}.', named, all)));
  };

/**
 * What of some strategies makes nothing of the definition's objective, a sentence each. Of the definition's own it
 * stands in the editor already.
 */
export function idleStrategies(
  { objective, strategy: own }: Pick<Definition, 'objective' | 'strategy'>,
  strategies: readonly StrategyName[],
): readonly string[] {
  if (!objective) return [];
  return strategies.flatMap((id) => (id === own ? [] : (idleObjective(id, objective.cost) ?? [])));
}

/** Lets the user pick from all strategies, with what each does and costs; the definition's own comes first. */
export const pickedStrategy: StrategyChoice = async (own) => {
  const items = STRATEGIES.map(({ id, title, about, price }) => ({
    id,
    label: title,
    description: id === own ? vscode.l10n.t('as in the definition') : '',
    detail: `${about} ${price}`,
  }));
  items.sort((a, b) => Number(b.id === own) - Number(a.id === own));
  const picked = await pick(items, {
    title: vscode.l10n.t('Start Search With…'),
    placeHolder: vscode.l10n.t('For this run only; `search: { strategy: … }` in the definition is for all'),
    matchOnDetail: true,
  });
  return picked?.id;
};
