/** Architectures of all sizes of a space: what the predictor is fitted to. */
import { SeededRandom } from '../../base/random.ts';
import type { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import { architectureKey } from '../../network/architecture.ts';
import type { Assignment } from '../../network/types.ts';
import { mutate } from '../space/decode.ts';
import { activationLimit, placementLimit } from '../space/activation-peaks.ts';
import type { SearchContext } from '../../training/problem.ts';
import { limitOn } from '../../wire/limits.ts';

/** How much of the size that it is drawn for a draw has at least. */
const FILLED = 0.9;
/** Draws tried for one that is new and within the limits. */
const TRIES = 4;

/**
 * Different architectures, evenly over sizes on a logarithmic scale; fewer where the space has no more. Peaks of
 * activations are kept, and what the target places; bytes are not.
 */
export function drawSizes(
  { network, target, limits }: Pick<SearchContext, 'network' | 'target' | 'limits'>,
  size: SizeExpression,
  count: number,
  seed: number,
): Assignment[] {
  const random = new SeededRandom(seed);
  const fits = activationLimit({ network, target, activationBudgetBytes: limitOn(limits, 'activations') });
  const placed = placementLimit({ network, target });
  const scores = {
    logits: network.decisions.map(({ labels }) => labels.map(() => 0)),
    allowed: network.decisions.map(({ labels }) => labels.map(() => true)),
  };
  const [low, high] = [size.smallest().bytes, size.largest().bytes];
  const found = new Map<string, Assignment>();
  for (let i = 0; i < count * TRIES && found.size < count; i++) {
    const bytes = low * (high / low) ** ((i % count) / Math.max(1, count - 1));
    const drawn = network.decisions.map(({ labels }) => random.integer(labels.length));
    const constraint = {
      budgetBytes: Math.max(bytes, low),
      floorBytes: FILLED * bytes,
      bytes: (assignment: Assignment) => size.estimate(assignment),
      allowed: (assignment: Assignment) => fits(assignment) && placed(assignment),
    };
    const fitting = mutate(scores, constraint, drawn, 0, random);
    if (fitting) found.set(architectureKey(network, fitting), fitting);
  }
  return [...found.values()];
}
