/** Memory-driven mixed precision: first activations by RAM, then weights by flash, without a look at any weight. */
import type { Allocation, AllocationProblem } from './allocation.ts';
import { cutActivations } from './cut-activations.ts';
import { cutWeights } from './cut-weights.ts';

/**
 * Bits of every layer's weights and activations within the limits (bytes), or where that is impossible. Takes
 * milliseconds, and is the same every time.
 */
export function allocateByMemory(problem: AllocationProblem): Allocation {
  const activations = cutActivations(problem);
  const weights = cutWeights(problem, activations.bits);
  const impossible = activations.impossible ?? weights.impossible;
  return {
    weightBits: weights.bits,
    activationBits: activations.bits,
    cuts: [...activations.cuts, ...weights.cuts],
    ...(impossible && { impossible }),
  };
}
