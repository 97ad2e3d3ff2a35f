/** A network that is trained whole as a job: what its training depends on, what is told of it, and what comes of it. */
import { instantiate } from '../../network/architecture.ts';
import type { Network, Assignment } from '../../network/types.ts';
import type { SearchContext, Teacher } from '../../training/problem.ts';
import type { JobName } from '../../training/side.ts';
import { freshFor } from '../../training/trained/initial-tensors.ts';
import { initialTensors } from '../../training/trained/leg.ts';
import type { OperationTensors } from '../../training/trained/weighted-part.ts';
import type { Limit } from '../../wire/limits.ts';
import type { NetworkResult, UnnumberedEvent } from '../../wire/run.ts';
import type { Chosen } from './session-state.ts';

/** All that the outcome depends on, beside the samples. */
export interface WholeOrder {
  readonly network: Network;
  /** As `SearchContext` says. */
  readonly whole?: Network | undefined;
  /** Name of the target. */
  readonly target: string;
  readonly limits: readonly Limit[];
  readonly seed: number;
  readonly teacher?: Teacher | undefined;
  readonly sampleWeights?: Float32Array | undefined;
  readonly assignment: Assignment;
  /** What bits and sparsities are ranked by where some of the budget is left; one row a decision. */
  readonly logits: readonly (readonly number[])[];
  /** Are bits and sparsities as they are meant to be? */
  readonly fixed: boolean;
  /** Weights of its operations, by their ids, to begin with. */
  readonly initial: ReadonlyMap<string, OperationTensors>;
}

/** A step that was done, or an event as a search for this network alone would tell it. */
export type WholeNews = { readonly loss: number } | { readonly event: UnnumberedEvent };

export interface WholeAnswer {
  readonly result: NetworkResult;
  /** Its weights. */
  readonly file: Uint8Array;
  /** By which it is compared with others. */
  readonly validationLoss: number;
}

export const WHOLE: JobName<WholeOrder, WholeNews, WholeAnswer> = { name: 'whole' };

/** The training of one of the networks that were chosen, as every one after the first begins. */
export function wholeOrder(
  context: SearchContext,
  { logits, fixed }: Pick<Chosen, 'logits' | 'fixed'>,
  assignment: Assignment,
): WholeOrder {
  const { network, whole, target, limits, seed, teacher, sampleWeights } = context;
  const architecture = instantiate(network, assignment);
  return {
    network,
    whole,
    target: target.name,
    limits,
    seed,
    teacher,
    sampleWeights,
    assignment,
    logits,
    fixed: fixed === true,
    initial: initialTensors(architecture, freshFor(context)),
  };
}
