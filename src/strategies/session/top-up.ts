/** Spending the rest of the budget on bits and density, once the weights that will be encoded are known. */
import { storedBytes } from '../../integer/sizing.ts';
import { instantiate } from '../../network/architecture.ts';
import { magnitudes } from '../../network/largest-option.ts';
import type { Assignment, Network, Operation } from '../../network/types.ts';
import { fittedCodes, magnitudeMask } from '../../costs/weights/fitted-codes.ts';
import type { Target } from '../../targets/find-target.ts';
import { placementLimit } from '../space/activation-peaks.ts';
import type { ConcreteNetwork } from '../../training/trained/trained-network.ts';
import { hasWeights } from '../../training/trained/weighted-part.ts';
import { spend } from '../space/decode.ts';
import type { WorkOf } from './work-of.ts';

/** Decisions that change neither shapes nor weights. */
const ADJUSTABLE = new Set(['bits', 'sparsity']);

const keyOf = (operation: Operation): string => `${operation.id} ${operation.bits} ${operation.sparsity}`;

/**
 * Changes of bitwidths and sparsities that bring a network whose weights encode to less than the floor up to the
 * budget, with the largest
 * sum of logits. Sizes are exact: of the present codes, and of what the present float weights would be on another grid.
 * @returns the new assignment; the old one where nothing is to be gained
 */
export async function topUp(
  network: Network,
  concrete: ConcreteNetwork,
  target: Target,
  assignment: Assignment,
  logits: readonly (readonly number[])[],
  limits: { readonly budgetBytes: number; readonly floorBytes: number; readonly work?: WorkOf | undefined },
): Promise<number[]> {
  const present = await concrete.integerWeights();
  const floats = await concrete.read();
  const sizes = new Map<string, number>();
  for (const operation of concrete.architecture.operations) {
    const codes = present.get(operation.id);
    if (codes) sizes.set(keyOf(operation), storedBytes(target, operation, codes));
  }
  const sizeOf = (operation: Operation): number => {
    const key = keyOf(operation);
    const known = sizes.get(key);
    if (known !== undefined) return known;
    const { w } = floats.get(operation.id)!;
    const mask = magnitudeMask(w, operation.sparsity);
    const size = storedBytes(target, operation, fittedCodes(w, mask, operation));
    sizes.set(key, size);
    return size;
  };
  const bytes = (a: Assignment): number =>
    instantiate(network, a).operations.reduce(
      (sum, operation) => sum + (hasWeights(operation) ? sizeOf(operation) : 0),
      0,
    );
  if (bytes(assignment) >= limits.floorBytes) return [...assignment];
  const layers = new Set(concrete.architecture.operations.filter(hasWeights).map((operation) => operation.layer));
  const open = network.decisions.flatMap((decision, d) =>
    ADJUSTABLE.has(decision.kind) && decision.sites.some(({ layer }) => layers.has(layer)) ? [d] : [],
  );
  // Only upwards: what training has adapted to is not taken away for the sake of a fuller budget.
  const allowed = network.decisions.map((decision, d) => {
    const values = magnitudes(decision) ?? decision.labels.map(() => 0);
    const present = values[assignment[d]!]!;
    return values.map((value) =>
      decision.kind === 'bits' ? value >= present : decision.kind === 'sparsity' ? value <= present : true,
    );
  });
  const placed = placementLimit({ network, target });
  const { work, ...memory } = limits;
  const within = (a: Assignment): boolean => {
    if (!work) return true;
    const architecture = instantiate(network, a);
    const stored = architecture.operations.map((operation) => {
      if (!hasWeights(operation)) return undefined;
      const totalBytes = sizeOf(operation);
      // What lies beside the weights is fetched too, and never more than this.
      return { totalBytes, weightBytes: totalBytes };
    });
    return work(architecture, stored);
  };
  return spend({ logits, allowed }, { ...memory, bytes, allowed: (a) => placed(a) && within(a) }, assignment, open);
}
