/** Least and most bytes of one operator option of a layer, as tables over what it shares with other layers. */
import type { Factor } from './eliminate.ts';
import { Odometer, stridesOver } from './odometer.ts';
import type { PathTerms, SpaceTerm } from './space.ts';
import type { Variables } from './variables.ts';

/** Joint choices of the kernel, bits and sparsity decisions of one layer alone (last fastest), and where they lead in each term's table. */
interface InnerChoices { readonly decisions: readonly number[]; readonly count: number; readonly offsets: readonly Int32Array[] }

/** Where a term's table is entered, before the inner choice, over the variables of `scope`; −1 for channels that cannot occur together. */
interface Entries { readonly scope: readonly number[]; readonly table: Int32Array }

export class PathTable {
  /** Least bytes over the shared variables; 0 where the operator is another, ∞ for channels that cannot occur together. */
  readonly least: Factor;
  /** Most bytes, negated: what to minimise for the largest. */
  readonly most: Factor;
  readonly path: PathTerms;
  readonly #variables: Variables;
  readonly #shared: readonly number[];
  /** Decisions about widths that are the layer's own. */
  readonly #own: readonly number[];
  readonly #inner: InnerChoices;
  readonly #entries: readonly Entries[];

  /** `isOwn`: is a decision of no other layer? Returns undefined where there would be more than `limit` entries to look at. */
  static build(variables: Variables, path: PathTerms, isOwn: (decision: number) => boolean, limit: number): PathTable | undefined {
    const { op, terms } = path;
    const scopes = terms.map((term) => scopeOf(variables, term, isOwn));
    const all = [...new Set(scopes.flat())].filter((variable) => variable !== op.decision);
    const own = all.filter((variable) => !variables.isWidth(variable) && isOwn(variable));
    const shared = all.filter((variable) => !own.includes(variable));
    const inner = innerChoices(terms, isOwn);
    const scope = op.decision < 0 ? shared : [op.decision, ...shared];
    if (variables.count(scope) * variables.count(own) * inner.count > limit) return undefined;
    return new PathTable(variables, path, shared, own, inner, terms.map((term, t) => entriesOf(variables, term, scopes[t]!)));
  }

  private constructor(variables: Variables, path: PathTerms, shared: readonly number[], own: readonly number[], inner: InnerChoices, entries: readonly Entries[]) {
    this.#variables = variables;
    this.path = path;
    this.#shared = shared;
    this.#own = own;
    this.#inner = inner;
    this.#entries = entries;
    const scope = path.op.decision < 0 ? shared : [path.op.decision, ...shared];
    const length = variables.count(scope);
    this.least = { scope, table: new Float64Array(length) };
    this.most = { scope, table: new Float64Array(length) };
    this.#fill(path.op.decision < 0 ? 0 : path.op.option * variables.count(shared));
  }

  #fill(from: number): void {
    const { sizes } = this.#variables;
    const scope = [...this.#shared, ...this.#own];
    const odometer = new Odometer(scope.map((variable) => sizes[variable]!), stridesOver(scope, this.#entries.map((entries) => entries.scope), sizes), this.#entries.length);
    const ownCount = this.#variables.count(this.#own);
    const last = from + this.#variables.count(this.#shared);
    const tables = this.path.terms.map(({ term }) => term.bytes);
    const { count, offsets } = this.#inner;
    const at = new Int32Array(tables.length);
    for (let index = from; index < last; index++) {
      let least = Infinity;
      let most = -Infinity;
      for (let own = 0; own < ownCount; own++, odometer.next()) {
        let possible = true;
        for (let t = 0; t < at.length; t++) {
          at[t] = this.#entries[t]!.table[odometer.offsets[t]!]!;
          possible &&= at[t]! >= 0;
        }
        if (!possible) continue;
        for (let choice = 0; choice < count; choice++) {
          let sum = 0;
          for (let t = 0; t < tables.length; t++) sum += tables[t]![at[t]! + offsets[t]![choice]!]!;
          if (sum < least) least = sum;
          if (sum > most) most = sum;
        }
      }
      this.least.table[index] = least;
      this.most.table[index] = -most;
    }
  }

  /** Sets the layer's own decisions to those that give the least (`sign` 1) or most (−1) bytes at the shared values. */
  choose(values: Int32Array, sign: 1 | -1): void {
    const { terms } = this.path;
    let best = Infinity;
    let chosen: readonly (readonly [number, number])[] = [];
    this.#variables.forEach(this.#own, values, () => {
      const at = this.#entries.map(({ scope, table }) => table[scope.reduce((index, variable) => index * this.#variables.sizes[variable]! + values[variable]!, 0)]!);
      if (at.includes(-1)) return;
      for (let choice = 0; choice < this.#inner.count; choice++) {
        let sum = 0;
        for (let t = 0; t < at.length; t++) sum += sign * terms[t]!.term.bytes[at[t]! + this.#inner.offsets[t]![choice]!]!;
        if (sum >= best) continue;
        best = sum;
        chosen = [...this.#own.map((variable) => [variable, values[variable]!] as const), ...this.#innerAt(choice)];
      }
    });
    for (const [variable, value] of chosen) values[variable] = value;
  }

  #innerAt(choice: number): [number, number][] {
    let rest = choice;
    return this.#inner.decisions.toReversed().map((decision) => {
      const size = this.#variables.sizes[decision]!;
      const value = rest % size;
      rest = Math.floor(rest / size);
      return [decision, value];
    });
  }
}

/** The variables that a term's entry depends on: those of its widths, and shared kernel, bits and sparsity decisions. */
function scopeOf(variables: Variables, { term, input, output }: SpaceTerm, isOwn: (decision: number) => boolean): number[] {
  const scope = new Set([...variables.of(input), ...variables.of(output)]);
  for (const { decision } of term.strides) if (decision >= 0 && !isOwn(decision)) scope.add(decision);
  return [...scope];
}

function entriesOf(variables: Variables, { term, input, output }: SpaceTerm, scope: readonly number[]): Entries {
  const key = (inputs: number, outputs: number): number => inputs * 2 ** 24 + outputs;
  const first = new Map(term.pairs.leaves.map(([inputs, outputs], leaf) => [key(inputs, outputs), leaf * term.kernels * term.cell]));
  const shared = term.strides.filter(({ decision }) => scope.includes(decision));
  const table = new Int32Array(variables.count(scope));
  const values = variables.scratch();
  variables.forEach(scope, values, (index) => {
    const entry = first.get(key(variables.value(input, values), variables.value(output, values)));
    table[index] = entry === undefined ? -1 : shared.reduce((at, { decision, stride }) => at + values[decision]! * stride, entry);
  });
  return { scope, table };
}

function innerChoices(terms: readonly SpaceTerm[], isOwn: (decision: number) => boolean): InnerChoices {
  const sizes = new Map<number, number>();
  for (const { term } of terms) for (const { decision, options } of term.strides) if (decision >= 0 && isOwn(decision)) sizes.set(decision, options);
  const decisions = [...sizes.keys()];
  const count = decisions.reduce((product, decision) => product * sizes.get(decision)!, 1);
  const offsets = terms.map(({ term }) => {
    let result = Int32Array.of(0);
    for (const decision of decisions) {
      const stride = term.strides.find((entry) => entry.decision === decision)?.stride ?? 0;
      const size = sizes.get(decision)!;
      const before = result;
      result = Int32Array.from({ length: before.length * size }, (_, i) => before[Math.floor(i / size)]! + (i % size) * stride);
    }
    return result;
  });
  return { decisions, count, offsets };
}
