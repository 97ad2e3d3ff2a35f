/** Sizes of the input with which no architecture is within the limit on activations: a search does not try them. */
import { leastMemory } from '../../costs/activations/least-memory.ts';
import type { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import { sizesOf } from '../../network/resolution.ts';
import type { Network } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import { limitOn, type Limit } from '../../wire/limits.ts';

export interface InputProblem {
  readonly network: Network;
  readonly target: Target;
  readonly limits: readonly Limit[];
}

/** `allowed` without inputs that no architecture fits with; all of it where they have no limit, or one size. */
export function allowedInputs(
  { network, target, limits }: InputProblem,
  size: SizeExpression,
  allowed: readonly (readonly boolean[])[],
): readonly (readonly boolean[])[] {
  const limit = limitOn(limits, 'activations');
  const { resolution } = network;
  if (!resolution || limit === undefined) return allowed;
  const start = size.smallest().assignment;
  const fits = sizesOf(network).map((one) => leastMemory(one, target, start, limit).peakBytes <= limit);
  return allowed.map((row, d) => (d === resolution.decision ? row.map((ok, k) => ok && fits[k]!) : row));
}
