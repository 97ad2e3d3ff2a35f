/** The joint distribution of two widths that depend on each other in any way: a decision diagram. */
import type { Assignment } from '../../../network/types.ts';
import type { ChannelPair } from './pairs.ts';
import type { WidthId, WidthTable } from './width-expressions.ts';

interface Branch {
  readonly decision: number;
  /** Index of a branch, or −1 − index of a leaf, for each option. */ readonly children: Int32Array;
}

/**
 * No decision comes twice on a way from the root to a leaf, so probabilities of leaves are multilinear in those of
 * options.
 */
export class DiagramPair implements ChannelPair {
  readonly key: string;
  readonly leaves: readonly (readonly [number, number])[];
  /** Parents before children. */
  readonly #branches: readonly Branch[];
  readonly #reach: Float64Array;
  readonly #values: Float64Array;

  constructor(widths: WidthTable, input: WidthId, output: WidthId) {
    const leaves: [number, number][] = [];
    const known = new Map<number, number>();
    const finished: Branch[] = [];
    const visit = (a: WidthId, b: WidthId): number => {
      const key = a * 2 ** 26 + b;
      const found = known.get(key);
      if (found !== undefined) return found;
      const [inValue, outValue] = [widths.constant(a), widths.constant(b)];
      let index: number;
      if (inValue !== undefined && outValue !== undefined) {
        index = -1 - (leaves.push([inValue, outValue]) - 1);
      } else {
        const decision = inValue === undefined ? widths.topDecision(a) : widths.topDecision(b);
        const children = Int32Array.from({ length: widths.optionsOf(decision) }, (_, option) =>
          visit(widths.restrict(a, decision, option), widths.restrict(b, decision, option)),
        );
        index = finished.push({ decision, children }) - 1;
      }
      known.set(key, index);
      return index;
    };
    visit(input, output);
    this.leaves = leaves;
    this.key = leaves.map((leaf) => leaf.join('>')).join();
    // Branches were finished children first; turned round, parents come first.
    const last = finished.length - 1;
    this.#branches = finished
      .reverse()
      .map(({ decision, children }) => ({
        decision,
        children: children.map((child) => (child < 0 ? child : last - child)),
      }));
    this.#reach = new Float64Array(this.#branches.length);
    this.#values = new Float64Array(this.#branches.length);
  }

  leafAt(assignment: Assignment): number {
    if (this.#branches.length === 0) return 0;
    let index = 0;
    while (index >= 0) {
      const { decision, children } = this.#branches[index]!;
      index = children[assignment[decision]!]!;
    }
    return -1 - index;
  }

  distribution(probabilities: readonly (readonly number[])[]): Float64Array {
    const result = new Float64Array(this.leaves.length);
    if (this.#branches.length === 0) {
      result[0] = 1;
      return result;
    }
    this.#reach.fill(0);
    this.#reach[0] = 1;
    for (let i = 0; i < this.#branches.length; i++) {
      const { decision, children } = this.#branches[i]!;
      const row = probabilities[decision]!;
      for (let option = 0; option < children.length; option++) {
        const child = children[option]!;
        const share = this.#reach[i]! * row[option]!;
        if (child < 0) result[-1 - child]! += share;
        else this.#reach[child]! += share;
      }
    }
    return result;
  }

  addSlopes(
    leafValues: Float64Array,
    probabilities: readonly (readonly number[])[],
    slopes: readonly number[][],
  ): void {
    for (let i = this.#branches.length - 1; i >= 0; i--) {
      const { decision, children } = this.#branches[i]!;
      const row = probabilities[decision]!;
      let value = 0;
      for (let option = 0; option < children.length; option++) {
        const child = children[option]!;
        const childValue = child < 0 ? leafValues[-1 - child]! : this.#values[child]!;
        value += row[option]! * childValue;
        slopes[decision]![option]! += this.#reach[i]! * childValue;
      }
      this.#values[i] = value;
    }
  }
}
