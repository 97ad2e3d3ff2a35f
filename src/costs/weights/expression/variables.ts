/**
 * What an exact minimum is taken over: the decisions, and one variable for the value of each skippable width, so that
 * chains of skippable layers stay small.
 */
import type { Factor } from './eliminate.ts';
import { Recent } from '../../../base/recent.ts';
import type { Space } from './space.ts';
import { tieStructure } from './structure.ts';
import type { WidthId } from './width-expressions.ts';

/** Tables of ties by structure: a definition repeats its blocks, and is sized anew with every change of its text. */
const tieTables = new Recent<Float64Array>(1024);

/** Larger ones are not kept. */
const MOST_KEPT_ENTRIES = 1 << 12;

export class Variables {
  /** Number of values of each variable; decisions first. */
  readonly sizes: number[];
  readonly #byWidth = new Map<WidthId, number>();
  /** The width of each variable beyond the decisions. */
  readonly #widths: WidthId[] = [];
  /** Ties each of those to what it is made of: 0 where they agree, ∞ where not. */
  readonly #ties: Factor[] = [];
  readonly #parts: (readonly number[])[] = [];
  #scratch = new Int32Array(0);

  constructor(readonly space: Space) {
    this.sizes = [...space.optionCounts];
  }

  get ties(): readonly Factor[] {
    return this.#ties;
  }

  /** Is the variable the value of a width, not a decision? */
  isWidth(variable: number): boolean {
    return variable >= this.space.optionCounts.length;
  }

  /** The tie of a width's variable. */
  tieOf(variable: number): Factor {
    return this.#ties[variable - this.space.optionCounts.length]!;
  }

  /** Variables that a width is computed from. */
  of(width: WidthId): readonly number[] {
    return (this.#parts[width] ??= this.#partsOf(width));
  }

  #partsOf(width: WidthId): readonly number[] {
    const node = this.space.widths.node(width);
    switch (node.kind) {
      case 'constant':
        return [];
      case 'choice':
        return [node.decision];
      case 'times':
        return [...this.of(node.of), ...(node.decision < 0 ? [] : [node.decision])];
      case 'divided':
        return this.of(node.of);
      case 'skippable':
        return [this.#variable(width)];
    }
  }

  /** Channels at the variables' values. */
  value(width: WidthId, values: Int32Array): number {
    const node = this.space.widths.node(width);
    switch (node.kind) {
      case 'constant':
        return node.value;
      case 'choice':
        return node.options[values[node.decision]!]!;
      case 'times':
        return this.value(node.of, values) * node.options[node.decision < 0 ? 0 : values[node.decision]!]!;
      case 'divided':
        return this.value(node.of, values) / node.by;
      case 'skippable':
        return this.space.widths.values(width)[values[this.#variable(width)]!]!;
    }
  }

  /** Is the value of a width's variable partly decided by another variable? */
  dependsOn(variable: number, other: number): boolean {
    const { widths } = this.space;
    const width = this.#widthOf(variable);
    return this.isWidth(other) ? !widths.areIndependent(width, this.#widthOf(other)) : widths.dependsOn(width, other);
  }

  #widthOf(variable: number): WidthId {
    return this.#widths[variable - this.space.optionCounts.length]!;
  }

  /** Values of all variables under an assignment of the decisions. */
  valuesAt(assignment: readonly number[]): Int32Array {
    const values = new Int32Array(this.sizes.length);
    values.set(assignment);
    // A width's variable comes after those that it is made of.
    this.#widths.forEach((width, k) => {
      const node = this.space.widths.node(width);
      if (node.kind !== 'skippable') return;
      const made = this.value(values[node.decision] === node.skipOption ? node.skipped : node.kept, values);
      values[this.space.optionCounts.length + k] = this.space.widths.values(width).indexOf(made);
    });
    return values;
  }

  /**
   * Steps `values` through every combination of values of `scope`, the last variable fastest, and calls `visit` with
   * its number.
   */
  forEach(scope: readonly number[], values: Int32Array, visit: (index: number) => void): void {
    for (const variable of scope) values[variable] = 0;
    for (let index = 0; ; index++) {
      visit(index);
      let d = scope.length - 1;
      while (d >= 0 && ++values[scope[d]!]! === this.sizes[scope[d]!]!) values[scope[d--]!] = 0;
      if (d < 0) return;
    }
  }

  count(scope: readonly number[]): number {
    return scope.reduce((product, variable) => product * this.sizes[variable]!, 1);
  }

  /** Room for a value of each variable, for one use at a time; what it holds is left over. */
  scratch(): Int32Array {
    if (this.#scratch.length < this.sizes.length) this.#scratch = new Int32Array(this.sizes.length * 2);
    return this.#scratch;
  }

  #variable(width: WidthId): number {
    const known = this.#byWidth.get(width);
    if (known !== undefined) return known;
    const { widths } = this.space;
    const node = widths.node(width);
    if (node.kind !== 'skippable') throw new TypeError(`width ${width} is ${node.kind}, not skippable`);
    // What it is made of first: their variables come before it.
    this.of(node.skipped);
    this.of(node.kept);
    const reachable = widths.values(width);
    const variable = this.sizes.push(reachable.length) - 1;
    this.#byWidth.set(width, variable);
    this.#widths.push(width);
    const { key, names: scope } = tieStructure(this, variable, node, reachable);
    let table = tieTables.get(key);
    if (!table) {
      table = new Float64Array(this.count(scope));
      const values = this.scratch();
      this.forEach(scope, values, (index) => {
        const value = this.value(values[node.decision] === node.skipOption ? node.skipped : node.kept, values);
        if (value !== reachable[values[variable]!]) table![index] = Infinity;
      });
      if (table.length <= MOST_KEPT_ENTRIES) tieTables.set(key, table);
    }
    this.#ties.push({ scope, table });
    return variable;
  }
}
