/**
 * What a cost is: what an architecture takes of something that can be limited, of one architecture and over all of a
 * space. `cost-table.ts` has them all.
 */
import type { Steps } from '../base/steps.ts';
import type { Architecture, Assignment, Network } from '../network/types.ts';
import type { Target } from '../targets/find-target.ts';
import type { CostName } from '../wire/limits.ts';
import type { Probabilities, SizeExpression } from './weights/expression/size-expression.ts';

/** Bytes that an operation's weights are stored in, alone and with their side data. */
export interface StoredOperation {
  readonly weightBytes: number;
  readonly totalBytes: number;
}

/** Of each operation, in their order; undefined for one without weights. */
export type StoredOperations = readonly (StoredOperation | undefined)[];

/** An end of a space. */
export interface Extreme {
  readonly assignment: Assignment;
  readonly value: number;
  /** Nothing goes beyond it (or, where it stopped early, comes down to what was enough); else it is what was found. */
  readonly proven: boolean;
}

/** The expected cost when decisions are drawn independently. */
export interface Expectation {
  expected(probabilities: Probabilities): number;
  /**
   * For each option of each decision the expected cost if that decision were that option, the others as they are:
   * differences within a row are those of the partial derivatives of `expected`.
   */
  conditional(probabilities: Probabilities): readonly (readonly number[])[];
  /** Its value at one assignment: at one-hot probabilities it is `expected`. */
  at(assignment: Assignment): number;
}

/** A cost over the architectures of a space, by the weights' estimated bytes. */
export interface SpaceCost {
  /** Infinite for an architecture that the target does not run as a whole. */
  of(assignment: Assignment): number;
  /** @param enough where to stop: what is no more than this is not made smaller */
  smallest(enough?: number): Extreme;
  largest(): Extreme;
  /** `smallest` in steps; absent where it takes no time. */
  smallestSteps?(enough?: number): Steps<Extreme>;
  /** Looks for both ends in steps: afterwards they are known. Absent where they take no time. */
  steps?(): Steps<void>;
  /** Absent where the cost is no sum over operations. */
  readonly expectation?: Expectation;
}

export interface Cost {
  readonly name: CostName;
  /** Why a target has no such cost, and what would be right; undefined where it has. */
  missing(target: Target): string | undefined;
  /**
   * Of one architecture, in the unit of the cost.
   * @param stored what its weights were encoded to; absent: the target's rate table
   */
  of(architecture: Architecture, target: Target, stored?: StoredOperations): number;
  /** @param sizes the weights' bytes, as corrected so far */
  over(network: Network, target: Target, sizes: SizeExpression): SpaceCost;
}
