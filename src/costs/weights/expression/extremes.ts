/**
 * The smallest and the largest architecture of a space: exact by elimination, by descent where the tables would grow
 * too large.
 */
import { drained, type Steps } from '../../../base/steps.ts';
import { descend } from './descent.ts';
import { follow, planMinimum, type Factor, type Minimum, type Plan } from './eliminate.ts';
import { PathTable } from './path-table.ts';
import type { Space } from './space.ts';
import { Variables } from './variables.ts';

export interface Extreme {
  readonly assignment: number[];
  readonly bytes: number;
}

/** Most entries of one table. */
const LIMIT = 1 << 20;

/**
 * Layers whose bytes are added up, with the ties between their variables. Its least and its most bytes are found by the
 * same plan.
 */
interface Sum {
  readonly layers: readonly number[];
  readonly ties: readonly Factor[];
  plan?: Plan | undefined;
}

/** Tables of one state of a space: make a new one when its bytes change. */
export class Extremes {
  readonly #variables: Variables;
  readonly #isOwn: (decision: number) => boolean;
  /** Per layer that was asked for, the tables of its paths with weights; undefined where one would be too large. */
  readonly #tables = new Map<number, readonly PathTable[] | undefined>();
  readonly #whole: Sum;
  readonly #known = new Map<1 | -1, Extreme>();

  constructor(
    private readonly space: Space,
    private readonly limit = LIMIT,
  ) {
    this.#variables = new Variables(space);
    const users = this.#users();
    this.#whole = { layers: [...space.layers.keys()], ties: this.#variables.ties };
    this.#isOwn = (decision) => users[decision] === 1;
  }

  #tablesOf(layer: number): readonly PathTable[] | undefined {
    if (this.#tables.has(layer)) return this.#tables.get(layer);
    const paths = this.space.layers[layer]!.filter(({ terms }) => terms.length > 0);
    const built = paths.map((path) => PathTable.build(this.#variables, path, this.#isOwn, this.limit));
    const tables = built.every((table) => table !== undefined) ? built : undefined;
    this.#tables.set(layer, tables);
    return tables;
  }

  /**
   * How many layers and ties of widths look at each decision; operator decisions, which skipping reads too, count as
   * shared.
   */
  #users(): Int32Array {
    // Ties come as widths are looked at, so they are counted after the layers.
    const seenBy: number[] = [];
    const users: number[] = [];
    this.space.layers.forEach((paths, layer) => {
      const see = (decision: number): void => {
        if (decision < 0 || seenBy[decision] === layer) return;
        seenBy[decision] = layer;
        users[decision] = (users[decision] ?? 0) + 1;
      };
      for (const { op, terms } of paths) {
        if (op.decision >= 0) users[op.decision] = (users[op.decision] ?? 0) + 2;
        for (const { term, input, output } of terms) {
          for (const { decision } of term.strides) see(decision);
          this.#variables.of(input).forEach(see);
          this.#variables.of(output).forEach(see);
        }
      }
    });
    for (const { scope } of this.#variables.ties)
      for (const decision of scope) users[decision] = (users[decision] ?? 0) + 1;
    return Int32Array.from({ length: this.#variables.sizes.length }, (_, decision) => users[decision] ?? 0);
  }

  /** The least (`sign` 1) or most (−1) bytes of the whole network. Decisions without influence take option 0. */
  network(sign: 1 | -1): Extreme {
    return this.#known.get(sign) ?? drained(this.networkSteps(sign));
  }

  /** `network`, a layer or a few thousand entries of tables a step. */
  *networkSteps(sign: 1 | -1): Steps<Extreme> {
    const known = this.#known.get(sign) ?? (yield* this.#solve(this.#whole, sign));
    this.#known.set(sign, known);
    return known;
  }

  /** Bytes of one layer over all choices. */
  layer(index: number): { smallest: number; largest: number } {
    const tables = this.#tablesOf(index);
    if (tables && tables.every((table) => this.#isFree(table))) {
      const silent = this.space.layers[index]!.some(({ terms }) => terms.length === 0);
      const least = tables.flatMap(({ least: { table, scope }, path: { op } }) =>
        finite(table, op, scope, this.#variables.sizes),
      );
      const most = tables.flatMap(({ most: { table, scope }, path: { op } }) =>
        finite(table, op, scope, this.#variables.sizes),
      );
      const zero = silent || tables.length === 0 ? [0] : [];
      return {
        smallest: least.concat(zero).reduce((a, b) => Math.min(a, b)),
        largest: 0 - most.concat(zero).reduce((a, b) => Math.min(a, b)),
      };
    }
    const sum: Sum = { layers: [index], ties: this.#tiesFor(tables ?? []) };
    return { smallest: drained(this.#solve(sum, 1)).bytes, largest: drained(this.#solve(sum, -1)).bytes };
  }

  /** Can the table's variables take all their values together? Not where a width is made of another of them. */
  #isFree({ least: { scope } }: PathTable): boolean {
    return !scope.some(
      (variable) =>
        this.#variables.isWidth(variable) &&
        scope.some((other) => other !== variable && this.#variables.dependsOn(variable, other)),
    );
  }

  #tiesFor(tables: readonly PathTable[]): Factor[] {
    const ties = new Set<Factor>();
    const visit = (scope: readonly number[]): void => {
      for (const variable of scope) {
        if (!this.#variables.isWidth(variable)) continue;
        const tie = this.#variables.tieOf(variable);
        if (ties.has(tie)) continue;
        ties.add(tie);
        visit(tie.scope);
      }
    };
    for (const { least } of tables) visit(least.scope);
    return [...ties];
  }

  *#solve(sum: Sum, sign: 1 | -1): Steps<Extreme> {
    const { layers, ties } = sum;
    const tables: (readonly PathTable[] | undefined)[] = [];
    for (const layer of layers) {
      tables.push(this.#tablesOf(layer));
      yield;
    }
    const known = tables.flatMap((found) => found ?? []);
    let minimum: Minimum | undefined;
    if (!tables.includes(undefined)) {
      const factors = [...ties, ...known.map(({ least, most }) => (sign === 1 ? least : most))];
      sum.plan ??= planMinimum(
        this.#variables.sizes,
        factors.map(({ scope }) => scope),
        this.limit,
      );
      minimum =
        sum.plan &&
        (yield* follow(
          sum.plan,
          factors.map(({ table }) => table),
        ));
    }
    const decisions = this.space.optionCounts.length;
    let assignment: number[];
    if (minimum) {
      const values = this.#variables.valuesAt([...minimum.choice.subarray(0, decisions)]);
      for (const table of known)
        if (table.path.op.decision < 0 || values[table.path.op.decision] === table.path.op.option)
          table.choose(values, sign);
      assignment = [...values.subarray(0, decisions)];
    } else {
      assignment = yield* descend(this.space, layers, sign);
    }
    let bytes = 0;
    for (const layer of layers) {
      for (const { op, terms } of this.space.layers[layer]!) {
        if (op.decision >= 0 && assignment[op.decision] !== op.option) continue;
        for (const { term } of terms) bytes += term.at(assignment);
      }
    }
    return { assignment, bytes };
  }
}

/** The least finite entry of a path's own block, as a list of one or none. */
function finite(
  table: Float64Array,
  op: { decision: number; option: number },
  scope: readonly number[],
  sizes: readonly number[],
): number[] {
  const block = op.decision < 0 || scope[0] !== op.decision ? table.length : table.length / sizes[op.decision]!;
  const from = block === table.length ? 0 : op.option * block;
  let least = Infinity;
  for (let i = from; i < from + block; i++) if (table[i]! < least) least = table[i]!;
  return Number.isFinite(least) ? [least] : [];
}
