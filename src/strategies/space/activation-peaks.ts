/**
 * The limits beside the weights' bytes, on activation memory and on what runs together, as a decode asks for it: of
 * thousands of assignments, most of which differ in bits and sparsity alone.
 */
import { instantiate } from '../../network/architecture.ts';
import type { Assignment, Network } from '../../network/types.ts';
import { activationMemory } from '../../costs/activations/activation-memory.ts';
import { WITHOUT_SHAPE } from '../../network/space-moves.ts';
import { runs } from '../../targets/runnable.ts';
import type { Target } from '../../targets/find-target.ts';
import { Recent } from '../../base/recent.ts';

const MOST_KNOWN = 4096;

/** Peak bytes of activations of an assignment. */
const peakOf = (network: Network, target: Target, assignment: Assignment): number =>
  activationMemory(instantiate(network, assignment), target).peakBytes;

/**
 * Does the target run every architecture of an assignment that it runs the operators of? Only where memories belong to
 * processors it may not.
 */
export function placementLimit({
  network,
  target,
}: {
  readonly network: Network;
  readonly target: Target;
}): (assignment: Assignment) => boolean {
  return target.array ? (assignment) => runs(target, instantiate(network, assignment)) : () => true;
}

/** How far the activations of an assignment are over their limit, in limits; absent where there is none. */
export function activationExcess(
  network: Network,
  target: Target,
  limit: number | undefined,
): ((assignment: Assignment) => number) | undefined {
  if (limit === undefined) return undefined;
  return remembered(network, (assignment) => Math.max(0, peakOf(network, target, assignment) / limit - 1));
}

/** What only shapes decide. */
function remembered<T extends boolean | number>(
  network: Network,
  of: (assignment: Assignment) => T,
): (assignment: Assignment) => T {
  const deciding = network.decisions.flatMap(({ kind }, d) => (WITHOUT_SHAPE.includes(kind) ? [] : [d]));
  const known = new Recent<T>(MOST_KNOWN);
  return (assignment) => {
    const key = deciding.map((d) => assignment[d]).join();
    let found = known.get(key);
    if (found === undefined) known.set(key, (found = of(assignment)));
    return found;
  };
}

/** Do the activations of an assignment fit? Always, where there is no budget for them. */
export function activationLimit({
  network,
  target,
  activationBudgetBytes,
}: {
  readonly network: Network;
  readonly target: Target;
  readonly activationBudgetBytes?: number | undefined;
}): (assignment: Assignment) => boolean {
  if (activationBudgetBytes === undefined) return () => true;
  return remembered(network, (assignment) => peakOf(network, target, assignment) <= activationBudgetBytes);
}
