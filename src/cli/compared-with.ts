/** The strategies that flags ask to compare with. */
import type { StrategyName } from '../wire/strategies.ts';
import { oneOfOption } from './arguments.ts';

/** @throws UsageError for one that there is not */
export function comparedWith(
  { baselines, against }: { readonly baselines?: boolean; readonly against?: string },
  names: readonly StrategyName[],
): string[] {
  const named =
    against === undefined ? [] : against.split(',').map((name) => oneOfOption('--against', name.trim(), names));
  return [...new Set([...(baselines ? ['uniform'] : []), ...named])];
}
