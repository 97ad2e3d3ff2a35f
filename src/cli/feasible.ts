/**
 * Refuses what cannot come out well, before anything is started: operators that the target lacks, limits that no
 * architecture is within.
 */
import { limitOn, type Limit } from '../wire/limits.ts';
import { feasibility, refusalText } from '../costs/limits/feasibility.ts';
import type { Target } from '../targets/find-target.ts';
import { instantiate } from '../network/architecture.ts';
import { SizeExpression } from '../costs/weights/expression/size-expression.ts';
import { problemsOfSpace } from '../targets/runnable.ts';
import type { ReadDefinition } from './definition-command.ts';
import { CommandError, EXIT } from './terminal/io.ts';
import { plain } from './terminal/table.ts';

/**
 * @throws CommandError: exit code 1 for operators that the target cannot run, 3 for limits, with the smallest reachable
 *   sizes
 */
export function refuseImpossible({ file, network }: ReadDefinition, target: Target, limits: readonly Limit[]): void {
  const expression = new SizeExpression(network, target);
  const missing = problemsOfSpace(target, network, instantiate(network, expression.smallest().assignment));
  if (missing.length > 0)
    throw new CommandError(missing.map((reason) => `${file}: ${target.name} cannot run this: ${reason}`).join('\n'));
  const { refusal } = feasibility(network, target, limits, expression);
  if (!refusal) return;
  const { limit, needed } = refusal;
  const bytes = (['weights', 'activations'] as const).find((cost) => limit === cost || limit === 'both');
  throw new CommandError(plain(`${file}: ${refusalText(refusal)}`), EXIT.budget, {
    limit,
    needed,
    ...(bytes && { smallestBytes: needed[bytes]!, budgetBytes: limitOn(limits, bytes)! }),
  });
}
