/**
 * Sampling tilted to the limits: the multipliers μ and ν that keep the expected size, and the expected work, within
 * theirs.
 */
import type { Decisions } from '../../training/supernet/decisions.ts';

/** What the tilt needs of the size of a network; `SizeExpression` of src/costs is one. */
export interface ExpectedSize {
  expected(probabilities: readonly (readonly number[])[]): number;
  /** Expected cost if decision d were its option k, the others as they are. */
  conditional(probabilities: readonly (readonly number[])[]): readonly (readonly number[])[];
}

export interface Tilted {
  readonly probabilities: number[][];
  readonly mu: number;
  readonly expectedBytes: number;
}

const BISECTIONS = 30;
/** Differences of costs are in limits: beyond this, what is cheapest is all that is left. */
const MOST = 1e9;

/** A multiplier with what it does. */
interface Pressed {
  readonly multiplier: number;
  readonly probabilities: number[][];
  /** The expected cost. */
  readonly expected: number;
}

/**
 * The smallest multiplier above 0 at which the expected cost is within its limit, which it is not at 0; the most that
 * there is where none does. `guess` is that of the step before: costs change slowly, so it brackets the new one.
 */
function smallest(at: (multiplier: number) => Pressed, limit: number, guess: number): Pressed {
  const fits = ({ expected }: Pressed): boolean => expected <= limit;
  let high = at(guess > 0 ? guess : 1);
  let low = 0;
  if (fits(high)) low = high.multiplier / 1.1;
  while (!fits(high) && high.multiplier < MOST) {
    low = high.multiplier;
    high = at(Math.min(MOST, high.multiplier * 1.5));
  }
  if (!fits(high)) return high;
  if (low > 0 && fits(at(low))) low = 0;
  for (let i = 0; i < BISECTIONS && high.expected < 0.998 * limit; i++) {
    const middle = at((low + high.multiplier) / 2);
    if (fits(middle)) high = middle;
    else low = middle.multiplier;
  }
  return high;
}

/**
 * Probabilities p_μ(k) ∝ exp(θ_k/τ − μ·c_k) with the smallest μ ≥ 0 for which E[size] ≤ budget; c_k is option k's
 * conditional size
 * at the untilted expectations, in budgets. `guess` is the μ of the step before.
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
  const { multiplier, probabilities, expected } = smallest(
    (mu) => pressed(mu, decisions.probabilities(tau, mu, costs), size),
    budgetBytes,
    guess,
  );
  return { probabilities, mu: multiplier, expectedBytes: expected };
}

function pressed(multiplier: number, probabilities: number[][], cost: Pick<ExpectedSize, 'expected'>): Pressed {
  return { multiplier, probabilities, expected: cost.expected(probabilities) };
}

export interface DoublyTilted extends Tilted {
  readonly nu: number;
}

/** So often at most one multiplier is raised for what the other has made worse. */
const TURNS = 12;

/**
 * The same under a second limit: p(k) ∝ exp(θ_k/τ − μ·c_k − ν·w_k), w_k being option k's conditional use of the limit
 * on work that is used the most, in limits, at the untilted expectations. In turns each multiplier is the smallest that
 * does, the other as it is.
 */
export function tiltBoth(
  decisions: Decisions,
  size: ExpectedSize,
  budgetBytes: number,
  work: ExpectedSize,
  tau: number,
  guess: { readonly mu: number; readonly nu: number },
  workLimit = 1,
): DoublyTilted {
  const alone = tilt(decisions, size, budgetBytes, tau, guess.mu);
  if (work.expected(alone.probabilities) <= workLimit) return { ...alone, nu: 0 };
  const free = decisions.probabilities(tau);
  const bytes = size.conditional(free).map((row) => row.map((value) => value / budgetBytes));
  const uses = work.conditional(free).map((row) => row.map((value) => value / workLimit));
  const at = (mu: number, nu: number): number[][] => {
    const costs = bytes.map((row, d) => row.map((value, k) => mu * value + nu * uses[d]![k]!));
    return decisions.probabilities(tau, 1, costs);
  };
  const raiseNu = (mu: number, from: number): number =>
    smallest((trial) => pressed(trial, at(mu, trial), work), workLimit, from).multiplier;
  const raiseMu = (nu: number, from: number): number =>
    smallest((trial) => pressed(trial, at(trial, nu), size), budgetBytes, from).multiplier;
  let mu = alone.mu;
  let nu = raiseNu(mu, guess.nu);
  // What ν makes smaller, μ need not.
  if (mu > 0) mu = size.expected(at(0, nu)) <= budgetBytes ? 0 : raiseMu(nu, mu);
  for (let turn = 0; turn < TURNS; turn++) {
    const now = at(mu, nu);
    if (work.expected(now) > workLimit) nu = raiseNu(mu, nu);
    else if (size.expected(now) > budgetBytes) mu = raiseMu(nu, mu);
    else break;
  }
  const probabilities = at(mu, nu);
  return { probabilities, mu, nu, expectedBytes: size.expected(probabilities) };
}
