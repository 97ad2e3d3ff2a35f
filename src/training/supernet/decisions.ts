/**
 * The logits of every decision, their tilted and tempered probabilities, and hard samples with straight-through
 * gradients.
 */
import type { Assignment } from '../../network/types.ts';
import type { SeededRandom } from '../../base/random.ts';

/** Softmax of scores; options that are not allowed have probability 0. */
function softmax(scores: readonly number[]): number[] {
  const top = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function entropyOf(probabilities: readonly number[], allowed: number): number {
  if (allowed < 2) return 0;
  let sum = 0;
  for (const p of probabilities) if (p > 0) sum -= p * Math.log(p);
  return sum / Math.log(allowed);
}

/** A hard sample: the option of each decision, and for operators a second path that lends its value to the gradient. */
export interface Sample {
  readonly choice: number[];
  readonly second: readonly number[];
  /** Gumbel-softmax weights of each decision: what the straight-through gradient differentiates. */
  readonly soft: readonly (readonly number[])[];
}

export interface DecisionState {
  readonly logits: number[][];
  readonly scale: number;
}

/**
 * Logits are in units of loss saved (up to one common factor), so they may be added up over decisions when the budget
 * is spent.
 * That is why their update is normalised once for all decisions, not per logit as Adam would.
 */
export class Decisions {
  readonly logits: number[][];
  readonly allowed: readonly (readonly boolean[])[];
  private scale: number;

  constructor(optionCounts: readonly number[], allowed: readonly (readonly boolean[])[], state?: DecisionState) {
    this.allowed = allowed;
    this.logits = state
      ? state.logits.map((row) => [...row])
      : optionCounts.map((count) => new Array<number>(count).fill(0));
    this.scale = state?.scale ?? 0;
  }

  state(): DecisionState {
    return { logits: this.logits.map((row) => [...row]), scale: this.scale };
  }

  /** p(k) ∝ exp(θ_k/τ − μ·c_k), with c_k the conditional size of option k in units of the budget. */
  probabilities(tau: number, mu = 0, costs?: readonly (readonly number[])[]): number[][] {
    return this.logits.map((row, d) =>
      softmax(
        row.map((logit, k) => (this.allowed[d]![k] ? logit / tau - (mu === 0 ? 0 : mu * costs![d]![k]!) : -Infinity)),
      ),
    );
  }

  /** Mean entropy over decisions, each normalised by the logarithm of its number of options: 1 undecided, 0 decided. */
  meanEntropy(probabilities: readonly (readonly number[])[]): number {
    if (probabilities.length === 0) return 0;
    const sum = probabilities.reduce(
      (total, row, d) => total + entropyOf(row, this.allowed[d]!.filter(Boolean).length),
      0,
    );
    return sum / probabilities.length;
  }

  /** The temperature at which the untilted mean entropy equals `target`, by bisection on log τ. */
  temperatureFor(target: number): number {
    let low = Math.log(1e-4);
    let high = Math.log(1e4);
    // Equal logits have no preferences that a temperature could sharpen.
    if (this.meanEntropy(this.probabilities(Math.exp(low))) > 0.999) return 1;
    for (let i = 0; i < 40; i++) {
      const middle = (low + high) / 2;
      if (this.meanEntropy(this.probabilities(Math.exp(middle))) < target) low = middle;
      else high = middle;
    }
    return Math.exp((low + high) / 2);
  }

  /** Hard Gumbel sample; decisions listed in `paired` get a second option, sampled without replacement. */
  sample(probabilities: readonly (readonly number[])[], paired: readonly boolean[], random: SeededRandom): Sample {
    const choice: number[] = [];
    const second: number[] = [];
    const soft: number[][] = [];
    probabilities.forEach((row, d) => {
      const perturbed = row.map((p) => (p > 0 ? Math.log(p) + random.gumbel() : -Infinity));
      const order = perturbed.map((_, k) => k).sort((a, b) => perturbed[b]! - perturbed[a]!);
      choice.push(order[0]!);
      const runnerUp = order[1];
      second.push(paired[d] && runnerUp !== undefined && perturbed[runnerUp]! > -Infinity ? runnerUp : -1);
      soft.push(softmax(perturbed));
    });
    return { choice, second, soft };
  }

  /**
   * One straight-through step on the logits. `gradients[d][k]` is the inner product of the loss gradient at the mixed
   * quantity
   * with option k's value; `known[d]` lists the options for which it was computed (all, or the two sampled operators).
   */
  update(
    sample: Sample,
    gradients: readonly Float64Array[],
    known: readonly (readonly number[])[],
    learningRate: number,
  ): void {
    const steps = gradients.map((gradient, d) => {
      const options = known[d]!;
      const mass = options.reduce((sum, k) => sum + sample.soft[d]![k]!, 0);
      const weights = options.map((k) => (mass > 0 ? sample.soft[d]![k]! / mass : 1 / options.length));
      const mean = options.reduce((sum, k, i) => sum + weights[i]! * gradient[k]!, 0);
      return options.map((k, i) => -weights[i]! * (gradient[k]! - mean));
    });
    const values = steps.flat();
    const rms = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length));
    if (!Number.isFinite(rms)) return;
    this.scale = this.scale === 0 ? rms : 0.98 * this.scale + 0.02 * rms;
    if (this.scale === 0) return;
    steps.forEach((row, d) => {
      known[d]!.forEach((k, i) => {
        // One outlying batch must not decide a layer.
        const step = Math.max(-3, Math.min(3, row[i]! / this.scale));
        this.logits[d]![k]! += learningRate * step;
      });
    });
  }

  /** The most probable option of each decision. */
  mostLikely(probabilities: readonly (readonly number[])[]): Assignment {
    return probabilities.map((row) => row.indexOf(Math.max(...row)));
  }
}
