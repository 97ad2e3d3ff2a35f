/** The form of one compiled operator of the integer evaluation. */
import type { IntegerKernels } from '../integer-kernels.ts';
import type { IntegerOperation, Quantisation } from '../integer-network.ts';

/**
 * Computes one image from its inputs into `target`. Scratch memory belongs to the step, so a step is not re-entrant.
 */
export type Step = (sources: readonly Int8Array[], target: Int8Array) => void;

/** Prepares an operation for evaluation. */
export type Compile = (operation: IntegerOperation, inputs: readonly Quantisation[], kernels: IntegerKernels) => Step;
