/** Quantisation steps that minimise the squared error of bell-shaped weights, pruned by magnitude first. */

import { largestCode } from '../base/codes.ts';

const SPAN = 6;
const CELLS = 1500;

/** Half-normal density at cell centres, and the cell where the kept tail of a sparsity starts. */
function halfNormal(): { x: Float64Array; density: Float64Array } {
  const x = new Float64Array(CELLS);
  const density = new Float64Array(CELLS);
  for (let i = 0; i < CELLS; i++) {
    x[i] = ((i + 0.5) * SPAN) / CELLS;
    density[i] = Math.exp(-0.5 * x[i]! * x[i]!);
  }
  return { x, density };
}

/** First cell of the (1 − sparsity) share of largest magnitudes. */
function tailStart(density: Float64Array, sparsity: number): number {
  const total = density.reduce((sum, value) => sum + value, 0);
  let seen = 0;
  for (let i = 0; i < CELLS; i++) {
    if (seen >= sparsity * total) return i;
    seen += density[i]!;
  }
  return CELLS - 1;
}

/**
 * The step Δ, in standard deviations, that minimises E[(x − Δ·clip(round(x/Δ)))²] over x ~ N(0, 1) with
 * |x| among the largest (1 − sparsity) share.
 */
export function gaussianStep(bits: number, sparsity: number): number {
  const { x, density } = halfNormal();
  const start = tailStart(density, sparsity);
  const limit = largestCode(bits);
  const error = (step: number): number => {
    let sum = 0;
    for (let i = start; i < CELLS; i++) {
      const code = bits === 1 ? 1 : Math.min(Math.round(x[i]! / step), limit);
      const difference = x[i]! - step * code;
      sum += density[i]! * difference * difference;
    }
    return sum;
  };
  // The error has several shallow minima at low bitwidths, so a scan over a geometric grid, then a finer one around its
  // best.
  let best = 1;
  for (const ratio of [1.08, 1.01, 1.002]) {
    const centre = best;
    const reach = ratio === 1.08 ? 60 : 12;
    for (let k = -reach; k <= reach / 3; k++) {
      const step = centre * ratio ** k;
      if (error(step) < error(best)) best = step;
    }
  }
  return best;
}

/**
 * Steps of every (bitwidth, sparsity) pair, row-major [bits × sparsities], in standard deviations of the layer's
 * weights.
 */
export function gaussianSteps(bits: readonly number[], sparsities: readonly number[]): Float32Array {
  return Float32Array.from(bits.flatMap((b) => sparsities.map((s) => gaussianStep(b, s))));
}
