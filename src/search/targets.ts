/** What of a search space a target cannot run. */
import { supports } from '../npu/targets.ts';
import type { Target } from '../npu/targets.ts';
import { instantiate } from '../model/architecture.ts';
import type { Network } from '../model/types.ts';

/** Reasons, one an operator at most, over every option of every decision (the others at their first option). */
export function unsupported(network: Network, target: Target): string[] {
  const reasons = new Map<string, string>();
  const look = (assignment: readonly number[]): void => {
    for (const operation of instantiate(network, assignment).operations) {
      const reason = supports(target, operation);
      if (reason !== undefined && !reasons.has(operation.id)) reasons.set(operation.id, `layer ${operation.layerName}: ${reason}`);
    }
  };
  const first = network.decisions.map(() => 0);
  look(first);
  network.decisions.forEach((decision, d) => {
    for (let k = 1; k < decision.labels.length; k++) look(first.map((value, i) => (i === d ? k : value)));
  });
  return [...reasons.values()];
}
