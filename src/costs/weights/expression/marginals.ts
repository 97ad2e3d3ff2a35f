/**
 * Distributions of single widths, each made of those before it: one pass forward for probabilities, one back for
 * slopes.
 */
import type { WidthId, WidthTable } from './width-expressions.ts';

type Probabilities = readonly (readonly number[])[];

export interface Marginal {
  readonly id: WidthId;
  readonly values: readonly number[];
  /** Of each value, after `evaluate`. */
  readonly probabilities: Float64Array;
  /** What each value is worth: filled by the pairs, passed on and emptied by `addSlopes`. */
  readonly slopes: Float64Array;
}

/**
 * A part of a width's distribution: weight (an option's probability, or 1) times the part's, put on the width's own
 * values.
 */
interface Share {
  readonly decision: number;
  readonly option: number;
  readonly part: Marginal | undefined;
  readonly places: Int32Array;
}

interface Made extends Marginal {
  shares: readonly Share[];
  probabilities: Float64Array;
  slopes: Float64Array;
}

const CERTAIN: readonly number[] = [1];
const NONE: readonly Share[] = [];
const EMPTY = new Float64Array(0);

export class Marginals {
  readonly #byId = new Map<WidthId, Made>();
  /** Parts before what is made of them. */
  readonly #order: Made[] = [];
  /**
   * Not yet in the order: extremes of sizes need no probabilities, so that shares and room are made when those are
   * first asked for.
   */
  #pending: Made[] = [];

  constructor(private readonly widths: WidthTable) {}

  /** The marginal of a width for which `WidthTable.isSimple` holds. */
  of(id: WidthId): Marginal {
    const known = this.#byId.get(id);
    if (known) return known;
    const values = this.widths.values(id);
    const made: Made = { id, values, probabilities: EMPTY, slopes: EMPTY, shares: NONE };
    this.#byId.set(id, made);
    this.#pending.push(made);
    return made;
  }

  #complete(made: Made): void {
    if (made.shares !== NONE) return;
    made.probabilities = new Float64Array(made.values.length);
    made.slopes = new Float64Array(made.values.length);
    made.shares = this.#shares(made.id, made.values);
    for (const { part } of made.shares) if (part) this.#complete(part as Made);
    this.#order.push(made);
  }

  #shares(id: WidthId, values: readonly number[]): Share[] {
    const node = this.widths.node(id);
    const share = (
      decision: number,
      option: number,
      part: WidthId | undefined,
      value: (of: number) => number,
    ): Share => {
      const marginal = part === undefined ? undefined : this.of(part);
      return {
        decision,
        option,
        part: marginal,
        places: Int32Array.from(marginal?.values ?? CERTAIN, (of) => values.indexOf(value(of))),
      };
    };
    switch (node.kind) {
      case 'constant':
        return [share(-1, 0, undefined, () => node.value)];
      case 'choice':
        return node.options.map((value, option) => share(node.decision, option, undefined, () => value));
      case 'times':
        return node.options.map((by, option) => share(node.decision, option, node.of, (of) => of * by));
      case 'divided':
        return [share(-1, 0, node.of, (of) => of / node.by)];
      case 'skippable':
        return this.#skippable(node, share);
    }
  }

  #skippable(
    node: { readonly decision: number; readonly skipOption: number; readonly skipped: WidthId; readonly kept: WidthId },
    share: (decision: number, option: number, part: WidthId, value: (of: number) => number) => Share,
  ): Share[] {
    const options = this.widths.optionsOf(node.decision);
    return Array.from({ length: options }, (_, option) =>
      share(node.decision, option, option === node.skipOption ? node.skipped : node.kept, (of) => of),
    );
  }

  evaluate(probabilities: Probabilities): void {
    if (this.#pending.length > 0) {
      for (const made of this.#pending) this.#complete(made);
      this.#pending = [];
    }
    for (const { probabilities: own, shares } of this.#order) {
      own.fill(0);
      for (const { decision, option, part, places } of shares) {
        const weight = decision < 0 ? 1 : probabilities[decision]![option]!;
        for (let i = 0; i < places.length; i++) own[places[i]!]! += weight * (part ? part.probabilities[i]! : 1);
      }
    }
  }

  /** Passes the slopes of widths on to the options that they are made of, and empties them. */
  addSlopes(probabilities: Probabilities, slopes: readonly number[][]): void {
    for (let k = this.#order.length - 1; k >= 0; k--) {
      const { slopes: own, shares } = this.#order[k]!;
      for (const { decision, option, part, places } of shares) {
        const weight = decision < 0 ? 1 : probabilities[decision]![option]!;
        let slope = 0;
        for (let i = 0; i < places.length; i++) {
          const value = own[places[i]!]!;
          slope += value * (part ? part.probabilities[i]! : 1);
          if (part) part.slopes[i]! += weight * value;
        }
        if (decision >= 0) slopes[decision]![option]! += slope;
      }
      own.fill(0);
    }
  }
}
