/**
 * The size of a network as an expression over its decisions. Where the size of its input is a choice too, the sum over
 * operators is another for each: they are kept apart, so that expectations and both ends are as exact as those of one.
 */
import type { Steps } from '../../../base/steps.ts';
import { byArea, sizesOf } from '../../../network/resolution.ts';
import type { Assignment, Network } from '../../../network/types.ts';
import type { Target } from '../../../targets/find-target.ts';
import type { Extreme } from './extremes.ts';
import { OperatorSum } from './operator-sum.ts';
import { storedBytesOf, type Summand } from './summand.ts';

/** Per decision of the network, one probability per option. */
export type Probabilities = readonly (readonly number[])[];

/** Stored bytes (weights and side data) of every architecture of a network on a target, by the target's rate table. */
export class SizeExpression {
  /** For each size of the input. */
  readonly #sums: readonly OperatorSum[];
  /** The decision about it; −1 where there is none. */
  readonly #decision: number;
  /** Sizes of the input from the smallest to the largest. */
  readonly #order: readonly number[];
  /** Counts corrections: what was computed under an older one is out of date. */
  version = 0;

  /**
   * @param summand what is added up: stored bytes, or another cost that is a sum over operators
   * @param sums of the same network and summand, where they were made in steps
   */
  constructor(
    network: Network,
    target: Target,
    summand: Summand = storedBytesOf(target),
    sums: readonly OperatorSum[] = sizesOf(network).map((one) => new OperatorSum(one, summand)),
  ) {
    this.#sums = sums;
    this.#decision = network.resolution?.decision ?? -1;
    const inputs = network.definition.inputs?.options;
    this.#order = network.resolution && inputs ? byArea(inputs) : [0];
  }

  /** The expression and both of its ends, in steps. */
  static *inSteps(network: Network, target: Target, summand: Summand = storedBytesOf(target)): Steps<SizeExpression> {
    const sums: OperatorSum[] = [];
    for (const one of sizesOf(network)) sums.push(yield* OperatorSum.inSteps(one, summand));
    return new SizeExpression(network, target, summand, sums);
  }

  /** The sum at the input of an assignment. */
  #at(assignment: Assignment): OperatorSum {
    return this.#sums[this.#decision < 0 ? 0 : assignment[this.#decision]!]!;
  }

  /** The mean over inputs of what is said of each. */
  #mean(probabilities: Probabilities, of: (sum: OperatorSum) => number): number {
    if (this.#decision < 0) return of(this.#sums[0]!);
    return this.#sums.reduce((mean, sum, k) => {
      const p = probabilities[this.#decision]![k]!;
      return p === 0 ? mean : mean + p * of(sum);
    }, 0);
  }

  /** Expected bytes when decisions are drawn independently. Exact at one-hot probabilities: it is then `estimate`. */
  expected(probabilities: Probabilities): number {
    return this.#mean(probabilities, (sum) => sum.expected(probabilities));
  }

  /**
   * Expected bytes, and for each option of each decision the expected bytes if that decision were that option and the
   * others as they are.
   * Differences within a row are those of the partial derivatives of `expected`.
   */
  gradient(probabilities: Probabilities): { bytes: number; slopes: number[][] } {
    if (this.#decision < 0) return this.#sums[0]!.gradient(probabilities);
    const own = probabilities[this.#decision]!;
    const parts = this.#sums.map((sum) => sum.gradient(probabilities));
    const mean = (of: (k: number) => number): number => own.reduce((total, p, k) => total + p * of(k), 0);
    return {
      bytes: mean((k) => parts[k]!.bytes),
      slopes: probabilities.map((row, d) =>
        d === this.#decision
          ? parts.map(({ bytes }) => bytes)
          : row.map((_, option) => mean((k) => parts[k]!.slopes[d]![option]!)),
      ),
    };
  }

  /** The slopes of `gradient`. */
  conditional(probabilities: Probabilities): number[][] {
    return this.gradient(probabilities).slopes;
  }

  /** Bytes of one architecture. */
  estimate(assignment: Assignment): number {
    return this.#at(assignment).estimate(assignment);
  }

  /** Weight bytes of one operator (by its primitive's id) in an architecture, before corrections by `setRates`. */
  weightBytes(primitiveId: string, assignment: Assignment): number {
    return this.#at(assignment).weightBytes(primitiveId, assignment);
  }

  /** Weight bytes of the operators of an architecture by their primitives' ids, as corrected by `setRates`. */
  weightsByOperation(assignment: Assignment): ReadonlyMap<string, number> {
    return this.#at(assignment).weightsByOperation(assignment);
  }

  /** Bytes of each layer of one architecture. */
  perLayer(assignment: Assignment): number[] {
    return this.#at(assignment).perLayer(assignment);
  }

  /** Expected bytes of each layer. */
  expectedPerLayer(probabilities: Probabilities): number[] {
    if (this.#decision < 0) return this.#sums[0]!.expectedPerLayer(probabilities);
    const parts = this.#sums.map((sum) => sum.expectedPerLayer(probabilities));
    const own = probabilities[this.#decision]!;
    return parts[0]!.map((_, layer) => own.reduce((mean, p, k) => mean + p * parts[k]![layer]!, 0));
  }

  /**
   * The smallest architecture. Decisions without influence on it take their first option; the input, where it has none,
   * is the smallest.
   */
  smallest(): Extreme {
    return this.#end(
      this.#order,
      (now, next) => next < now,
      (sum) => sum.smallest(),
    );
  }

  /** The largest architecture; of inputs without influence it has the largest. */
  largest(): Extreme {
    return this.#end(
      [...this.#order].reverse(),
      (now, next) => next > now,
      (sum) => sum.largest(),
    );
  }

  #end(
    order: readonly number[],
    better: (now: number, next: number) => boolean,
    of: (sum: OperatorSum) => Extreme,
  ): Extreme {
    if (this.#decision < 0) return of(this.#sums[0]!);
    let best: Extreme | undefined;
    for (const k of order) {
      const { assignment, bytes } = of(this.#sums[k]!);
      if (best && !better(best.bytes, bytes)) continue;
      best = { assignment: assignment.map((option, d) => (d === this.#decision ? k : option)), bytes };
    }
    return best!;
  }

  /** The least and the most bytes of one layer over all choices (0 where it may be skipped). */
  layerRange(layer: number): { smallest: number; largest: number } {
    const ranges = this.#sums.map((sum) => sum.layerRange(layer));
    return {
      smallest: Math.min(...ranges.map(({ smallest }) => smallest)),
      largest: Math.max(...ranges.map(({ largest }) => largest)),
    };
  }

  /**
   * Corrects the weight bytes of one operator (by its primitive's id) by a factor for each bitwidth and sparsity.
   * Throws a RangeError on an unknown id.
   */
  setRates(primitiveId: string, factor: (bits: number, sparsity: number) => number): void {
    for (const sum of this.#sums) sum.setRates(primitiveId, factor);
    this.version++;
  }
}
