/** A trained operation as the chip has it: codes, their steps, and a bias, the batch norm folded into them. */
import { codesOf, toOhwi } from '../../costs/weights/fitted-codes.ts';
import type { HostCopy } from '../host-copy.ts';
import { NORM_EPSILON, type Part } from './weighted-part.ts';

export interface FoldedPart {
  /** OHWI. */
  readonly codes: Int8Array;
  readonly steps: Float32Array;
  readonly bias: Float32Array;
}

/**
 * Integer codes (OHWI), real steps and biases of one operation with its batch norm folded: what `running` statistics
 * compute.
 * @param host values of its tensors
 * @param grids steps of its weights
 */
export async function foldPart(
  { operation, w, mask, logStep, beta, gamma, mean, variance }: Part,
  host: HostCopy,
  grids: HostCopy,
): Promise<FoldedPart> {
  const [weights, kept, shift, ...norm] = await host.read([w, mask, beta, ...(gamma ? [gamma, mean, variance] : [])]);
  const [exact] = await grids.read([logStep]);
  const steps = Float32Array.from(exact!);
  const codes = codesOf(weights!, kept!, steps, operation.bits);
  const bias = Float32Array.from(shift!);
  if (gamma) foldNorm(codes, steps, bias, norm as [Float32Array, Float32Array, Float32Array]);
  return { codes: toOhwi(codes, operation.outChannels), steps, bias };
}

/**
 * y = γ(Σ codes·step·x − mean)/√(var + ε) + β as codes'·step' and a bias; a negative γ flips the channel's codes. In
 * place.
 */
function foldNorm(
  codes: Int8Array,
  steps: Float32Array,
  bias: Float32Array,
  [gamma, mean, variance]: [Float32Array, Float32Array, Float32Array],
): void {
  const channels = steps.length;
  for (let c = 0; c < channels; c++) {
    const scale = gamma[c]! / Math.sqrt(variance[c]! + NORM_EPSILON);
    bias[c]! -= mean[c]! * scale;
    steps[c] = Math.max(Math.abs(steps[c]! * scale), 1e-12);
    if (scale < 0) for (let i = c; i < codes.length; i += channels) codes[i] = -codes[i]!;
  }
}
