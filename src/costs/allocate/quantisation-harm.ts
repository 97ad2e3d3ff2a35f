/**
 * What rounding and pruning do to a loss, as its second order tells without training: the squared change of each weight
 * times its mean squared gradient, the diagonal of the empirical Fisher information (in the manner of HAWQ, arXiv
 * 1905.03696, and of Optimal Brain Damage).
 */
import { codesOf, fitSteps, magnitudeMask } from '../weights/fitted-codes.ts';

/**
 * Σ (Q(w) − w)² · g² over the weights of an operation, Q pruning its smallest and rounding the rest to the steps of
 * least error, one a channel.
 * @param w output channels last @param squares mean squared gradients of the same layout
 */
export function harmOf(
  w: Float32Array,
  squares: Float32Array,
  { bits, sparsity, outChannels }: { readonly bits: number; readonly sparsity: number; readonly outChannels: number },
): number {
  const mask = magnitudeMask(w, sparsity);
  const steps = fitSteps(w, mask, outChannels, bits);
  const codes = codesOf(w, mask, steps, bits);
  let harm = 0;
  for (let i = 0; i < w.length; i++) harm += (codes[i]! * steps[i % outChannels]! - w[i]!) ** 2 * squares[i]!;
  return harm;
}
