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
  const deciding = network.decisions.flatMap(({ kind }, d) => (WITHOUT_SHAPE.includes(kind) ? [] : [d]));
  const known = new Recent<boolean>(MOST_KNOWN);
  return (assignment) => {
    const key = deciding.map((d) => assignment[d]).join();
    let fits = known.get(key);
    if (fits === undefined) known.set(key, (fits = peakOf(network, target, assignment) <= activationBudgetBytes));
    return fits;
  };
}
