/** From the decisions that a result names back to an assignment of the network that was searched. */
import type { Assignment, Network } from './types.ts';

/** A decision as a result writes it down. */
export interface DecidedOption {
  readonly id: string;
  readonly option: number;
  readonly label: string;
}

/**
 * The option of each decision of `network`, in its order.
 * `undecided`: the first decision about which `decided` says nothing, or names an option that the network does not have
 * under that label;
 * the two then do not belong together.
 */
export function decidedAssignment(
  network: Network,
  decided: readonly DecidedOption[],
): { readonly assignment: Assignment } | { readonly undecided: string } {
  const byId = new Map(decided.map((one) => [one.id, one]));
  const assignment: number[] = [];
  for (const { id, labels } of network.decisions) {
    const found = byId.get(id);
    if (found === undefined || labels[found.option] !== found.label) return { undecided: id };
    assignment.push(found.option);
  }
  return { assignment };
}
