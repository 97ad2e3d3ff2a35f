/** The limit on activation memory, as a decode asks for it: of thousands of assignments, most of which differ in bits and sparsity alone. */
import { instantiate } from '../model/architecture.ts';
import type { Assignment, DecisionKind, Network } from '../model/types.ts';
import { activationMemory } from '../npu/memory.ts';
import type { Target } from '../npu/targets.ts';
import { Recent } from '../shared/recent.ts';

/** Decisions that change weights, but no activation's size. */
const WITHOUT_EFFECT: readonly DecisionKind[] = ['bits', 'sparsity'];
const MOST_KNOWN = 4096;

/** Peak bytes of activations of an assignment. */
export const peakOf = (network: Network, target: Target, assignment: Assignment): number => activationMemory(instantiate(network, assignment), target).peakBytes;

/** Do the activations of an assignment fit? Always, where there is no budget for them. */
export function activationLimit({ network, target, activationBudgetBytes }: { readonly network: Network; readonly target: Target; readonly activationBudgetBytes?: number | undefined }): (assignment: Assignment) => boolean {
  if (activationBudgetBytes === undefined) return () => true;
  const deciding = network.decisions.flatMap(({ kind }, d) => (WITHOUT_EFFECT.includes(kind) ? [] : [d]));
  const known = new Recent<boolean>(MOST_KNOWN);
  return (assignment) => {
    const key = deciding.map((d) => assignment[d]).join();
    let fits = known.get(key);
    if (fits === undefined) known.set(key, fits = peakOf(network, target, assignment) <= activationBudgetBytes);
    return fits;
  };
}
