/**
 * A sum over the operators of a network, whose maps have one size each, as an expression over its decisions: computed
 * once, then evaluated, expected, differentiated, minimised.
 */
import type { Assignment, Network } from '../../../network/types.ts';
import { drained, type Steps } from '../../../base/steps.ts';
import { Extremes, type Extreme } from './extremes.ts';
import type { ChannelPair } from './pairs.ts';
import { buildSpace, type Space } from './space.ts';
import type { Term } from './term.ts';
import type { Summand } from './summand.ts';

type Probabilities = readonly (readonly number[])[];

/** The sum of every architecture of a network; where the size of its input is a choice, it decides nothing here. */
export class OperatorSum {
  readonly #space: Space;
  readonly #terms: readonly Term[];
  #pairs: ReadonlyMap<ChannelPair, readonly Term[]> | undefined;
  #extremes: Extremes | undefined;
  /**
   * @param summand what is added up: stored bytes, or another cost that is a sum over operators
   * @param space of the same network and summand, where it was made in steps
   */
  constructor(network: Network, summand: Summand, space: Space = drained(buildSpace(network, summand))) {
    this.#space = space;
    this.#terms = this.#space.layers.flatMap((paths) => paths.flatMap(({ terms }) => terms.map(({ term }) => term)));
  }

  /** The expression and both of its ends, in steps. */
  static *inSteps(network: Network, summand: Summand): Steps<OperatorSum> {
    const expression = new OperatorSum(network, summand, yield* buildSpace(network, summand));
    yield;
    const extremes = expression.#extremesNow();
    yield;
    yield* extremes.networkSteps(1);
    yield* extremes.networkSteps(-1);
    return expression;
  }

  /** Terms by the pair space they share: what expectations go through, and extremes have no use for. */
  get #byPair(): ReadonlyMap<ChannelPair, readonly Term[]> {
    if (this.#pairs) return this.#pairs;
    const byPair = new Map<ChannelPair, Term[]>();
    for (const term of this.#terms) {
      const terms = byPair.get(term.pairs);
      if (terms) terms.push(term);
      else byPair.set(term.pairs, [term]);
    }
    return (this.#pairs = byPair);
  }

  /** Expected bytes when decisions are drawn independently. Exact at one-hot probabilities: it is then `estimate`. */
  expected(probabilities: Probabilities): number {
    this.#space.marginals.evaluate(probabilities);
    let sum = 0;
    for (const [pair, terms] of this.#byPair) {
      const leaves = pair.distribution(probabilities);
      for (const term of terms) sum += term.expected(probabilities, leaves);
    }
    return sum;
  }

  /**
   * Expected bytes, and for each option of each decision the expected bytes if that decision were that option and the
   * others as they are.
   * Differences within a row are those of the partial derivatives of `expected`.
   */
  gradient(probabilities: Probabilities): { bytes: number; slopes: number[][] } {
    const slopes = probabilities.map((row) => row.map(() => 0));
    const { marginals } = this.#space;
    marginals.evaluate(probabilities);
    let bytes = 0;
    for (const [pair, terms] of this.#byPair) {
      const leaves = pair.distribution(probabilities);
      for (const term of terms) {
        bytes += term.expected(probabilities, leaves);
        term.addSlopes(probabilities, leaves, slopes);
      }
    }
    marginals.addSlopes(probabilities, slopes);
    // `expected` is linear in each row: what does not depend on the decision is the rest.
    slopes.forEach((row, d) => {
      const rest = bytes - row.reduce((sum, slope, k) => sum + slope * probabilities[d]![k]!, 0);
      row.forEach((_, k) => {
        row[k]! += rest;
      });
    });
    return { bytes, slopes };
  }

  /** The slopes of `gradient`. */
  conditional(probabilities: Probabilities): number[][] {
    return this.gradient(probabilities).slopes;
  }

  /** Bytes of one architecture. */
  estimate(assignment: Assignment): number {
    let sum = 0;
    for (const term of this.#terms) sum += term.at(assignment);
    return sum;
  }

  /** Weight bytes of one operator (by its primitive's id) in an architecture, before corrections by `setRates`. */
  weightBytes(primitiveId: string, assignment: Assignment): number {
    return this.#terms.reduce((sum, term) => (term.id === primitiveId ? sum + term.weightsAt(assignment) : sum), 0);
  }

  /** Weight bytes of the operators of an architecture by their primitives' ids, as corrected by `setRates`. */
  weightsByOperation(assignment: Assignment): ReadonlyMap<string, number> {
    const bytes = new Map<string, number>();
    for (const term of this.#terms) {
      const own = term.correctedWeightsAt(assignment);
      if (own > 0) bytes.set(term.id, own);
    }
    return bytes;
  }

  /** Bytes of each layer of one architecture. */
  perLayer(assignment: Assignment): number[] {
    const bytes = this.#space.layers.map(() => 0);
    for (const term of this.#terms) bytes[term.layer]! += term.at(assignment);
    return bytes;
  }

  /** Expected bytes of each layer. */
  expectedPerLayer(probabilities: Probabilities): number[] {
    this.#space.marginals.evaluate(probabilities);
    const bytes = this.#space.layers.map(() => 0);
    for (const [pair, terms] of this.#byPair) {
      const leaves = pair.distribution(probabilities);
      for (const term of terms) bytes[term.layer]! += term.expected(probabilities, leaves);
    }
    return bytes;
  }

  /** The smallest architecture. Decisions without influence on it take their first option. */
  smallest(): Extreme {
    return this.#extremesNow().network(1);
  }

  /** The largest architecture. */
  largest(): Extreme {
    return this.#extremesNow().network(-1);
  }

  /** The least and the most bytes of one layer over all choices (0 where it may be skipped). */
  layerRange(layer: number): { smallest: number; largest: number } {
    return this.#extremesNow().layer(layer);
  }

  #extremesNow(): Extremes {
    return (this.#extremes ??= new Extremes(this.#space));
  }

  /**
   * Corrects the weight bytes of one operator (by its primitive's id) by a factor for each bitwidth and sparsity.
   * Throws a RangeError on an unknown id.
   */
  setRates(primitiveId: string, factor: (bits: number, sparsity: number) => number): void {
    const terms = this.#terms.filter((term) => term.id === primitiveId);
    if (terms.length === 0) throw new RangeError(`the network has no weighted operator '${primitiveId}'`);
    for (const term of terms) term.setRates(factor);
    this.#extremes = undefined;
  }
}
