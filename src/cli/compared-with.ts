/** The strategies that flags ask to compare with. */
import { STRATEGY_NAMES } from '../wire/strategies.ts';
import { oneOfOption } from './arguments.ts';

/** @throws UsageError for one that there is not */
export function comparedWith({
  baselines,
  against,
}: {
  readonly baselines?: boolean;
  readonly against?: string;
}): string[] {
  const named =
    against === undefined
      ? []
      : against.split(',').map((name) => oneOfOption('--against', name.trim(), STRATEGY_NAMES));
  return [...new Set([...(baselines ? ['uniform'] : []), ...named])];
}
