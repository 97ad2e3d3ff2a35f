/** Least and most bytes of one operator option of a layer, as tables over what it shares with other layers. */
import type { Factor } from './eliminate.ts';
import { Odometer, stridesOver } from './odometer.ts';
import { Recent } from '../../../base/recent.ts';
import type { PathTerms, SpaceTerm } from './space.ts';
import { structureOf } from './structure.ts';
import type { Variables } from './variables.ts';

/**
 * Joint choices of the kernel, bits and sparsity decisions of one layer alone (last fastest), and where they lead in
 * each term's table.
 */
interface InnerChoices {
  readonly decisions: readonly number[];
  readonly count: number;
  readonly offsets: readonly Int32Array[];
}

/**
 * Where a term's table is entered, before the inner choice, over the variables of `scope`; −1 for channels that cannot
 * occur together.
 */
interface Entries {
  readonly scope: readonly number[];
  readonly table: Int32Array;
}

/**
 * What paths of equal structure share: everything but which variables theirs are. Variables are places in such a list.
 */
interface Core {
  readonly shared: readonly number[];
  /** Decisions about widths that are the layer's own. */
  readonly own: readonly number[];
  readonly inner: InnerChoices;
  readonly entries: readonly Entries[];
  readonly least: Float64Array;
  readonly most: Float64Array;
  /** Entries that were looked at. */
  readonly work: number;
}

export class PathTable {
  /**
   * Least bytes over the shared variables; 0 where the operator is another, ∞ for channels that cannot occur together.
   */
  readonly least: Factor;
  /** Most bytes, negated: what to minimise for the largest. */
  readonly most: Factor;

  /**
   * `isOwn`: is a decision of no other layer? Returns undefined where there would be more than `limit` entries to look
   * at.
   */
  static build(
    variables: Variables,
    path: PathTerms,
    isOwn: (decision: number) => boolean,
    limit: number,
  ): PathTable | undefined {
    const { key, names } = structureOf(variables, path, isOwn);
    let core = cores.get(key);
    if (core !== undefined && core.work > limit) return undefined;
    if (core === undefined) {
      core = coreOf(variables, path, isOwn, names, limit);
      if (core === undefined) return undefined;
      if (core.work <= MOST_KEPT_WORK) cores.set(key, core);
    }
    return new PathTable(variables, path, core, names);
  }

  private constructor(
    private readonly variables: Variables,
    readonly path: PathTerms,
    private readonly core: Core,
    private readonly names: readonly number[],
  ) {
    const shared = core.shared.map((place) => names[place]!);
    const scope = path.op.decision < 0 ? shared : [path.op.decision, ...shared];
    this.least = { scope, table: core.least };
    this.most = { scope, table: core.most };
  }

  /** Sets the layer's own decisions to those that give the least (`sign` 1) or most (−1) bytes at the shared values. */
  choose(values: Int32Array, sign: 1 | -1): void {
    const {
      variables,
      names,
      core: { inner, entries, own: places },
    } = this;
    const { terms } = this.path;
    const own = places.map((place) => names[place]!);
    let best = Infinity;
    let chosen: readonly (readonly [number, number])[] = [];
    variables.forEach(own, values, () => {
      const at = entries.map(
        ({ scope, table }) =>
          table[scope.reduce((index, place) => index * variables.sizes[names[place]!]! + values[names[place]!]!, 0)]!,
      );
      if (at.includes(-1)) return;
      let found = -1;
      for (let choice = 0; choice < inner.count; choice++) {
        let sum = 0;
        for (let t = 0; t < at.length; t++) sum += sign * terms[t]!.term.bytes[at[t]! + inner.offsets[t]![choice]!]!;
        if (sum >= best) continue;
        best = sum;
        found = choice;
      }
      if (found >= 0)
        chosen = [...own.map((variable) => [variable, values[variable]!] as const), ...this.#innerAt(found)];
    });
    for (const [variable, value] of chosen) values[variable] = value;
  }

  #innerAt(choice: number): [number, number][] {
    let rest = choice;
    return this.core.inner.decisions.toReversed().map((place) => {
      const decision = this.names[place]!;
      const size = this.variables.sizes[decision]!;
      const value = rest % size;
      rest = Math.floor(rest / size);
      return [decision, value];
    });
  }
}

/** Cores by structure: a definition repeats its blocks, and is sized anew with every change of its text. */
const cores = new Recent<Core>(1024);

/** Larger ones are not kept. */
const MOST_KEPT_WORK = 1 << 14;

function coreOf(
  variables: Variables,
  path: PathTerms,
  isOwn: (decision: number) => boolean,
  names: readonly number[],
  limit: number,
): Core | undefined {
  const { op, terms } = path;
  const scopes = terms.map((term) => scopeOf(variables, term, isOwn));
  const all = [...new Set(scopes.flat())].filter((variable) => variable !== op.decision);
  const own = all.filter((variable) => !variables.isWidth(variable) && isOwn(variable));
  const shared = all.filter((variable) => !own.includes(variable));
  const inner = innerChoices(terms, isOwn);
  const length = variables.count(op.decision < 0 ? shared : [op.decision, ...shared]);
  const work = length * variables.count(own) * inner.count;
  if (work > limit) return undefined;
  const entries = terms.map((term, t) => entriesOf(variables, term, scopes[t]!));
  const extremes = fill(variables, path, { shared, own, inner, entries }, length);
  const places = new Map(names.map((name, place) => [name, place]));
  const placed = (list: readonly number[]): number[] => list.map((variable) => places.get(variable)!);
  return {
    ...extremes,
    work,
    shared: placed(shared),
    own: placed(own),
    inner: { ...inner, decisions: placed(inner.decisions) },
    entries: entries.map(({ scope, table }) => ({ scope: placed(scope), table })),
  };
}

function fill(
  variables: Variables,
  { op, terms }: PathTerms,
  { shared, own, inner, entries }: Pick<Core, 'shared' | 'own' | 'inner' | 'entries'>,
  length: number,
): { least: Float64Array; most: Float64Array } {
  const [lowest, highest] = [new Float64Array(length), new Float64Array(length)];
  const { sizes } = variables;
  const scope = [...shared, ...own];
  const odometer = new Odometer(
    scope.map((variable) => sizes[variable]!),
    stridesOver(
      scope,
      entries.map((each) => each.scope),
      sizes,
    ),
    entries.length,
  );
  const ownCount = variables.count(own);
  const from = op.decision < 0 ? 0 : op.option * variables.count(shared);
  const last = from + variables.count(shared);
  const tables = terms.map(({ term }) => term.bytes);
  const { count, offsets } = inner;
  const at = new Int32Array(tables.length);
  for (let index = from; index < last; index++) {
    let least = Infinity;
    let most = -Infinity;
    for (let each = 0; each < ownCount; each++, odometer.next()) {
      let possible = true;
      for (let t = 0; t < at.length; t++) {
        at[t] = entries[t]!.table[odometer.offsets[t]!]!;
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
    lowest[index] = least;
    highest[index] = -most;
  }
  return { least: lowest, most: highest };
}

/**
 * The variables that a term's entry depends on: those of its widths, and shared kernel, bits and sparsity decisions.
 */
function scopeOf(
  variables: Variables,
  { term, input, output }: SpaceTerm,
  isOwn: (decision: number) => boolean,
): number[] {
  const scope = new Set([...variables.of(input), ...variables.of(output)]);
  for (const { decision } of term.strides) if (decision >= 0 && !isOwn(decision)) scope.add(decision);
  return [...scope];
}

function entriesOf(variables: Variables, { term, input, output }: SpaceTerm, scope: readonly number[]): Entries {
  const key = (inputs: number, outputs: number): number => inputs * 2 ** 24 + outputs;
  const first = new Map(
    term.pairs.leaves.map(([inputs, outputs], leaf) => [key(inputs, outputs), leaf * term.kernels * term.cell]),
  );
  const shared = term.strides.filter(({ decision }) => scope.includes(decision));
  const table = new Int32Array(variables.count(scope));
  const values = variables.scratch();
  variables.forEach(scope, values, (index) => {
    const entry = first.get(key(variables.value(input, values), variables.value(output, values)));
    table[index] =
      entry === undefined ? -1 : shared.reduce((at, { decision, stride }) => at + values[decision]! * stride, entry);
  });
  return { scope, table };
}

function innerChoices(terms: readonly SpaceTerm[], isOwn: (decision: number) => boolean): InnerChoices {
  const sizes = new Map<number, number>();
  for (const { term } of terms)
    for (const { decision, options } of term.strides)
      if (decision >= 0 && isOwn(decision)) sizes.set(decision, options);
  const decisions = [...sizes.keys()];
  const count = decisions.reduce((product, decision) => product * sizes.get(decision)!, 1);
  const offsets = terms.map(({ term }) => {
    let result = Int32Array.of(0);
    for (const decision of decisions) {
      const stride = term.strides.find((entry) => entry.decision === decision)?.stride ?? 0;
      const size = sizes.get(decision)!;
      const before = result;
      result = Int32Array.from(
        { length: before.length * size },
        (_, i) => before[Math.floor(i / size)]! + (i % size) * stride,
      );
    }
    return result;
  });
  return { decisions, count, offsets };
}
