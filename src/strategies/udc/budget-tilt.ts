/** Sampling tilted to the budget: the multiplier μ that keeps the expected size within it. */
import type { Decisions } from '../../training/supernet/decisions.ts';

/** What the tilt needs of the size of a network; `SizeExpression` of src/costs is one. */
export interface ExpectedSize {
  expected(probabilities: readonly (readonly number[])[]): number;
  /** Expected bytes if decision d were its option k, the others as they are. */
  conditional(probabilities: readonly (readonly number[])[]): readonly (readonly number[])[];
}

export interface Tilted {
  readonly probabilities: number[][];
  readonly mu: number;
  readonly expectedBytes: number;
}

const BISECTIONS = 30;

/**
 * Probabilities p_μ(k) ∝ exp(θ_k/τ − μ·c_k) with the smallest μ ≥ 0 for which E[size] ≤ budget; c_k is option k's
 * conditional size
 * at the untilted expectations, in budgets. `guess` is the μ of the step before: sizes change slowly, so it brackets
 * the new one.
 */
export function tilt(
  decisions: Decisions,
  size: ExpectedSize,
  budgetBytes: number,
  tau: number,
  guess: number,
): Tilted {
  const free = decisions.probabilities(tau);
  const freeBytes = size.expected(free);
  if (freeBytes <= budgetBytes) return { probabilities: free, mu: 0, expectedBytes: freeBytes };
  const costs = size.conditional(free).map((row) => row.map((bytes) => bytes / budgetBytes));
  const at = (mu: number): Tilted => {
    const probabilities = decisions.probabilities(tau, mu, costs);
    return { probabilities, mu, expectedBytes: size.expected(probabilities) };
  };
  const fits = (tilted: Tilted): boolean => tilted.expectedBytes <= budgetBytes;
  let high = at(guess > 0 ? guess : 1);
  let low = 0;
  if (fits(high)) low = high.mu / 1.1;
  for (let i = 0; i < 60 && !fits(high); i++) {
    low = high.mu;
    high = at(high.mu * 1.5);
  }
  if (low > 0 && fits(at(low))) low = 0;
  for (let i = 0; i < BISECTIONS && high.expectedBytes < 0.998 * budgetBytes; i++) {
    const middle = at((low + high.mu) / 2);
    if (fits(middle)) high = middle;
    else low = middle.mu;
  }
  return high;
}
