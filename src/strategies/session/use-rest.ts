/**
 * What pruning leaves of the budget, spent on the trained network: higher bits, lower sparsities, more weights kept.
 */
import type { Dataset } from '../../data/dataset.ts';
import { instantiate } from '../../network/architecture.ts';
import type { Assignment, Network } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import type { ConcretePhase } from '../../training/trained/trained-phase.ts';
import { FROZEN } from '../../training/trained/trained-phase.ts';
import { SPENT } from '../space/budget-use.ts';
import { topUp } from './top-up.ts';
import type { WorkOf } from './work-of.ts';

/** A trained network's decisions, and what they were preferred by. */
export interface Decided {
  readonly network: Network;
  readonly target: Target;
  readonly budgetBytes: number;
  readonly assignment: Assignment;
  readonly logits: readonly (readonly number[])[];
  /** Absent where work is not limited. */
  readonly work?: WorkOf | undefined;
}

/**
 * The least sparsity that a definition offers each operation, by its id: with more room, so many of its weights may be
 * kept.
 */
export function leastSparsities({ layers }: Network): (id: string) => number {
  const least = new Map(
    layers.flatMap(({ paths }) =>
      paths.flatMap(({ primitives }) =>
        primitives.map(({ id, sparsity }) => [id, Math.min(...sparsity.options)] as const),
      ),
    ),
  );
  return (id) => least.get(id)!;
}

/**
 * Raises bits and lowers sparsities where the weights encode to less than a share of the budget.
 * @returns the new assignment; undefined where nothing changes
 */
export async function raise(phase: ConcretePhase, decided: Decided, share: number): Promise<number[] | undefined> {
  const { network, target, budgetBytes, assignment, logits, work } = decided;
  const limits = { budgetBytes, floorBytes: share * budgetBytes, work };
  const after = await topUp(network, phase.network, target, assignment, logits, limits);
  if (after.join() === assignment.join()) return undefined;
  await phase.network.redecide(instantiate(network, after));
  return after;
}

export interface Use {
  readonly assignment: Assignment;
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

/** Samples of each part that say whether it was worth it, at most. */
const JUDGING = 768;

/**
 * Spends the rest of the budget after training, trains what came of it a little, and keeps it unless the loss says that
 * it is worse: the mean
 * over held-out samples and training samples, since the former alone are often few.
 * @param settle trains a little, and brings a network that is over the budget back into it
 * @param within is the network within the limits on work?
 */
export async function useRest(
  phase: ConcretePhase,
  decided: Decided,
  { validation, train }: Pick<Dataset, 'validation' | 'train'>,
  settle: () => Promise<void>,
  within: () => Promise<boolean>,
): Promise<Use | undefined> {
  const { network, budgetBytes, assignment } = decided;
  const beforeBytes = await phase.exactBytes();
  if (beforeBytes >= SPENT * budgetBytes) return undefined;
  const loss = async (): Promise<number> => (await phase.rank([FROZEN], [validation, train], JUDGING))[0]!;
  const tensors = new Map<string, TensorRecord>();
  const [state, lossBefore] = [await phase.save(tensors), await loss()];
  // More weights are the finest step; what they cannot fill is left to bits, after which there may again be room for a
  // few.
  const grown = await phase.grow();
  const raised = grown < SPENT * budgetBytes ? await raise(phase, decided, SPENT) : undefined;
  if ((raised ? await phase.grow() : grown) === beforeBytes && !raised) {
    phase.restore(tensors, state);
    return undefined;
  }
  await settle();
  const afterBytes = await phase.exactBytes();
  const better = afterBytes > beforeBytes && afterBytes <= budgetBytes && (await within());
  if (better && (await loss()) <= lossBefore) {
    return { assignment: raised ?? assignment, beforeBytes, afterBytes };
  }
  if (raised) await phase.network.redecide(instantiate(network, assignment));
  phase.restore(tensors, state);
  return undefined;
}
