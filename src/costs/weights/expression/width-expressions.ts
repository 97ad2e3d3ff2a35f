/**
 * Widths as shared, simplified expressions over decisions: equal widths are one number, and a taken decision makes them
 * smaller.
 */
import type { Assignment, Param, Width } from '../../../network/types.ts';
import { listed } from './listed.ts';

export type WidthId = number;

export type WidthNode =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'choice'; readonly decision: number; readonly options: readonly number[] }
  | { readonly kind: 'times'; readonly of: WidthId; readonly decision: number; readonly options: readonly number[] }
  | { readonly kind: 'divided'; readonly of: WidthId; readonly by: number }
  | {
      readonly kind: 'skippable';
      readonly decision: number;
      readonly skipOption: number;
      readonly skipped: WidthId;
      readonly kept: WidthId;
    };

export class WidthTable {
  /** Made of only what comes before: ascending numbers are an order of evaluation. */
  readonly #nodes: WidthNode[] = [];
  /** Per width a bit for each decision that it depends on. */
  readonly #supports: Uint32Array[] = [];
  /** Per width: does no decision come twice in it, so that its distribution is made of its parts'? */
  readonly #simple: boolean[] = [];
  readonly #byKey = new Map<string, WidthId>();
  readonly #bySource = new WeakMap<Width, WidthId>();
  /** By width, then decision and option. */
  readonly #restricted: Map<number, WidthId>[] = [];
  readonly #values = new Map<WidthId, readonly number[]>();

  /** `optionCounts`: number of options of each decision. */
  constructor(private readonly optionCounts: readonly number[]) {}

  /** Number of options of a decision. */
  optionsOf(decision: number): number {
    return this.optionCounts[decision]!;
  }

  /** The expression of `width`. Equal widths get the same number. */
  intern(width: Width): WidthId {
    const known = this.#bySource.get(width);
    if (known !== undefined) return known;
    const id = this.#build(width);
    this.#bySource.set(width, id);
    return id;
  }

  #build(width: Width): WidthId {
    switch (width.kind) {
      case 'param':
        return this.#choice(width.param);
      case 'times':
        return this.#times(this.intern(width.of), width.by);
      case 'divided':
        return this.#divided(this.intern(width.of), width.by);
      case 'skippable':
        return this.#skippable(width.op, width.skipOption, this.intern(width.skipped), this.intern(width.kept));
    }
  }

  node(id: WidthId): WidthNode {
    return this.#nodes[id]!;
  }

  /** The value of a constant, else undefined. */
  constant(id: WidthId): number | undefined {
    const node = this.node(id);
    return node.kind === 'constant' ? node.value : undefined;
  }

  /** A decision that the width depends on, the outermost; −1 for a constant. */
  topDecision(id: WidthId): number {
    const node = this.node(id);
    switch (node.kind) {
      case 'constant':
        return -1;
      case 'choice':
      case 'skippable':
        return node.decision;
      case 'times': {
        const inner = this.topDecision(node.of);
        return inner >= 0 ? inner : node.decision;
      }
      case 'divided':
        return this.topDecision(node.of);
    }
  }

  /** The width once `decision` has taken `option`. */
  restrict(id: WidthId, decision: number, option: number): WidthId {
    const node = this.node(id);
    if (!this.dependsOn(id, decision)) return id;
    const restricted = (this.#restricted[id] ??= new Map());
    const key = decision * 2 ** 16 + option;
    const known = restricted.get(key);
    if (known !== undefined) return known;
    const result = this.#restrict(node, id, decision, option);
    restricted.set(key, result);
    return result;
  }

  #restrict(node: WidthNode, id: WidthId, decision: number, option: number): WidthId {
    switch (node.kind) {
      case 'constant':
        return id;
      case 'choice':
        return node.decision === decision ? this.#constant(node.options[option]!) : id;
      case 'times': {
        const of = this.restrict(node.of, decision, option);
        return this.#times(of, node.decision === decision ? { options: [node.options[option]!], decision: -1 } : node);
      }
      case 'divided':
        return this.#divided(this.restrict(node.of, decision, option), node.by);
      case 'skippable': {
        if (node.decision === decision)
          return this.restrict(option === node.skipOption ? node.skipped : node.kept, decision, option);
        return this.#skippable(
          node.decision,
          node.skipOption,
          this.restrict(node.skipped, decision, option),
          this.restrict(node.kept, decision, option),
        );
      }
    }
  }

  /** The channels under an assignment. */
  valueAt(id: WidthId, assignment: Assignment): number {
    const node = this.node(id);
    switch (node.kind) {
      case 'constant':
        return node.value;
      case 'choice':
        return node.options[assignment[node.decision]!]!;
      case 'times':
        return this.valueAt(node.of, assignment) * node.options[node.decision < 0 ? 0 : assignment[node.decision]!]!;
      case 'divided':
        return this.valueAt(node.of, assignment) / node.by;
      case 'skippable':
        return this.valueAt(assignment[node.decision] === node.skipOption ? node.skipped : node.kept, assignment);
    }
  }

  /** Does the width change with `decision`? */
  dependsOn(id: WidthId, decision: number): boolean {
    return decision >= 0 && (this.#supports[id]![decision >>> 5]! & (1 << (decision & 31))) !== 0;
  }

  /** Do no two of their decisions coincide? */
  areIndependent(a: WidthId, b: WidthId): boolean {
    const other = this.#supports[b]!;
    return this.#supports[a]!.every((word, i) => (word & other[i]!) === 0);
  }

  /** Is the width's distribution made of those of its parts, as if they were drawn apart? */
  isSimple(id: WidthId): boolean {
    return this.#simple[id]!;
  }

  /** Every value that the width can take, ascending. */
  values(id: WidthId): readonly number[] {
    let values = this.#values.get(id);
    if (!values) {
      values = ascending(this.#allValues(this.node(id)));
      this.#values.set(id, values);
    }
    return values;
  }

  #allValues(node: WidthNode): readonly number[] {
    switch (node.kind) {
      case 'constant':
        return [node.value];
      case 'choice':
        return node.options;
      case 'times':
        return this.values(node.of).flatMap((value) => node.options.map((by) => value * by));
      case 'divided':
        return this.values(node.of).map((value) => value / node.by);
      case 'skippable': {
        const [skipped, kept] = [this.values(node.skipped), this.values(node.kept)];
        // One of the lists itself where it has all: in chains of skippable layers, most widths then share one.
        if (skipped.every((value) => kept.includes(value))) return kept;
        return kept.every((value) => skipped.includes(value)) ? skipped : [...skipped, ...kept];
      }
    }
  }

  #constant(value: number): WidthId {
    return this.#add(`=${value}`, { kind: 'constant', value });
  }

  #choice({ decision, options }: Param<number>): WidthId {
    if (decision < 0 || options.every((option) => option === options[0])) return this.#constant(options[0]!);
    return this.#add(`?${decision}:${listed(options)}`, { kind: 'choice', decision, options });
  }

  #times(of: WidthId, { decision, options }: Param<number>): WidthId {
    const fixed = decision < 0 || options.length === 1;
    const value = this.constant(of);
    if (value !== undefined) return this.#choice({ decision, options: options.map((by) => value * by) });
    if (fixed && options[0] === 1) return of;
    return this.#add(`${of}*${decision}:${listed(options)}`, {
      kind: 'times',
      of,
      decision: fixed ? -1 : decision,
      options,
    });
  }

  #divided(of: WidthId, by: number): WidthId {
    const value = this.constant(of);
    if (value !== undefined) return this.#constant(value / by);
    return this.#add(`${of}/${by}`, { kind: 'divided', of, by });
  }

  #skippable(decision: number, skipOption: number, skipped: WidthId, kept: WidthId): WidthId {
    if (skipped === kept) return kept;
    return this.#add(`${decision}=${skipOption}?${skipped}:${kept}`, {
      kind: 'skippable',
      decision,
      skipOption,
      skipped,
      kept,
    });
  }

  #add(key: string, node: WidthNode): WidthId {
    let id = this.#byKey.get(key);
    if (id === undefined) {
      id = this.#nodes.push(node) - 1;
      this.#byKey.set(key, id);
      this.#describe(node);
    }
    return id;
  }

  #describe(node: WidthNode): void {
    const parts =
      node.kind === 'skippable'
        ? [node.skipped, node.kept]
        : node.kind === 'times' || node.kind === 'divided'
          ? [node.of]
          : [];
    const decision = 'decision' in node ? node.decision : -1;
    const support = new Uint32Array((this.optionCounts.length + 31) >>> 5);
    for (const part of parts) {
      const inner = this.#supports[part]!;
      for (let i = 0; i < support.length; i++) support[i]! |= inner[i]!;
    }
    const repeats = decision >= 0 && (support[decision >>> 5]! & (1 << (decision & 31))) !== 0;
    if (decision >= 0) support[decision >>> 5]! |= 1 << (decision & 31);
    this.#supports.push(support);
    this.#simple.push(!repeats && parts.every((part) => this.#simple[part]));
  }
}

/** The values in order, each once; the same list where it is so already. */
function ascending(values: readonly number[]): readonly number[] {
  return values.every((value, i) => i === 0 || values[i - 1]! < value)
    ? values
    : [...new Set(values)].sort((a, b) => a - b);
}
