/**
 * The algebra of channel counts: which layers' `filters` are one decision, and what each layer's channels are made of.
 */

import type { Choice, Width } from './types.ts';
import { fixed } from './lowering.ts';

/** The `filters` of one layer (or the network's input channels, which have no layer). */
interface Source {
  readonly layer: number;
  readonly options: readonly number[];
  readonly choice?: Choice<number> | undefined;
}

interface LayerChoice {
  readonly layer: number;
  readonly choice: Choice<number>;
}

/**
 * Channels before it is known which sources are joined: numerator/denominator times a source, or a choice between
 * keeping and skipping a layer.
 */
export type Symbolic =
  | { readonly kind: 'source'; readonly source: number; readonly numerator: number; readonly denominator: number }
  | { readonly kind: 'skippable'; readonly layer: number; readonly skipped: Symbolic; readonly kept: Symbolic };

/** Why two widths cannot be made one. */
export interface Mismatch {
  readonly left: string;
  readonly right: string;
  readonly leftChoice?: Choice<number> | undefined;
  readonly rightChoice?: Choice<number> | undefined;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Sources of widths with their union: sources that an addition joins become one. */
export class WidthTable {
  private readonly sources: Source[] = [];
  private readonly parents: number[] = [];
  private groups: Map<number, LayerChoice[]> | undefined;
  /** The network's input. */
  private given: number | undefined;
  /** Layers whose skipped and kept widths were joined, so that skipping changes no width. */
  private readonly settled = new Set<number>();

  source(layer: number, options: readonly number[], choice?: Choice<number>): Symbolic {
    const source = this.sources.push({ layer, options, choice }) - 1;
    this.parents.push(source);
    this.groups = undefined;
    if (layer < 0) this.given = source;
    return { kind: 'source', source, numerator: 1, denominator: 1 };
  }

  /** `width` times numerator over denominator. */
  scale(width: Symbolic, numerator: number, denominator = 1): Symbolic {
    if (numerator === denominator) return width;
    if (width.kind === 'skippable') {
      return {
        ...width,
        skipped: this.scale(width.skipped, numerator, denominator),
        kept: this.scale(width.kept, numerator, denominator),
      };
    }
    const n = width.numerator * numerator;
    const d = width.denominator * denominator;
    const common = greatestDivisor(n, d);
    return { ...width, numerator: n / common, denominator: d / common };
  }

  /** The width after a layer that may be skipped. */
  skippable(layer: number, skipped: Symbolic, kept: Symbolic): Symbolic {
    return this.equal(skipped, kept) ? kept : { kind: 'skippable', layer, skipped, kept };
  }

  /** Makes two widths one, joining their sources; returns what is in the way, or undefined. */
  join(left: Symbolic, right: Symbolic): Mismatch | undefined {
    if (this.equal(left, right)) return undefined;
    const a = this.settle(left);
    if ('left' in a) return a;
    const b = this.settle(right);
    if ('left' in b) return b;
    const [s, t] = [this.sources[this.root(a.source)]!, this.sources[this.root(b.source)]!];
    const scaled = (options: readonly number[], width: Extract<Symbolic, { kind: 'source' }>): string =>
      options.map((n) => (n * width.numerator) / width.denominator).join('|');
    if (scaled(s.options, a) !== scaled(t.options, b)) return this.mismatch(a, b);
    // Fixed widths are equal whatever they are made of; a choice is equal only to itself.
    if (a.numerator !== b.numerator || a.denominator !== b.denominator)
      return s.options.length === 1 ? undefined : this.mismatch(a, b);
    const [first, second] = [this.root(a.source), this.root(b.source)].sort((x, y) => x - y) as [number, number];
    this.parents[second] = first;
    this.groups = undefined;
    return undefined;
  }

  /** Resolves what skipping a layer does to a width: its own filters must then equal its input's. */
  private settle(width: Symbolic): Extract<Symbolic, { kind: 'source' }> | Mismatch {
    if (width.kind === 'source') return width;
    const mismatch = this.join(width.kept, width.skipped);
    if (mismatch) return mismatch;
    this.settled.add(width.layer);
    return this.settle(width.kept);
  }

  private mismatch(a: Symbolic, b: Symbolic): Mismatch {
    return {
      left: this.describe(a),
      right: this.describe(b),
      leftChoice: this.choiceOf(a),
      rightChoice: this.choiceOf(b),
    };
  }

  private root(source: number): number {
    let at = source;
    while (this.parents[at] !== at) at = this.parents[at]!;
    return at;
  }

  private equal(a: Symbolic, b: Symbolic): boolean {
    if (a === b) return true;
    if (a.kind === 'skippable' && this.settled.has(a.layer)) return this.equal(a.kept, b);
    if (b.kind === 'skippable' && this.settled.has(b.layer)) return this.equal(a, b.kept);
    if (a.kind === 'source' && b.kind === 'source') {
      return (
        this.root(a.source) === this.root(b.source) && a.numerator === b.numerator && a.denominator === b.denominator
      );
    }
    return (
      a.kind === 'skippable' &&
      b.kind === 'skippable' &&
      a.layer === b.layer &&
      this.equal(a.skipped, b.skipped) &&
      this.equal(a.kept, b.kept)
    );
  }

  /** Every value that a width can take. */
  values(width: Symbolic): readonly number[] {
    if (width.kind === 'skippable') return [...new Set([...this.values(width.skipped), ...this.values(width.kept)])];
    return this.sources[this.root(width.source)]!.options.map((n) => (n * width.numerator) / width.denominator);
  }

  /** '16 | 32' */
  describe(width: Symbolic): string {
    return this.values(width).join(' | ');
  }

  /** The choice that the width is, where it is one layer's own filters. */
  choiceOf(width: Symbolic): Choice<number> | undefined {
    if (width.kind === 'skippable') return undefined;
    return width.numerator === width.denominator ? this.sources[width.source]!.choice : undefined;
  }

  /** Choices that are one decision with a source's, in the order of their layers. */
  joinedChoices(width: Symbolic): readonly LayerChoice[] {
    if (width.kind === 'skippable') return [];
    this.groups ??= this.group();
    return this.groups.get(this.root(width.source)) ?? [];
  }

  /** Layers whose choices a source is made one with; none where the network's input is among them. */
  layersOf(width: Extract<Symbolic, { kind: 'source' }>): readonly number[] {
    return this.given !== undefined && this.root(this.given) === this.root(width.source)
      ? []
      : this.joinedChoices(width).map(({ layer }) => layer);
  }

  private group(): Map<number, LayerChoice[]> {
    const groups = new Map<number, LayerChoice[]>();
    for (const [i, { layer, choice }] of this.sources.entries()) {
      const root = this.root(i);
      if (choice) groups.set(root, [...(groups.get(root) ?? []), { layer, choice }]);
    }
    return groups;
  }

  /** Is this source the first of those that it is joined with? */
  isFirst(width: Symbolic): boolean {
    return width.kind === 'source' && this.root(width.source) === width.source;
  }

  rootOf(width: Symbolic): number {
    return width.kind === 'source' ? this.root(width.source) : -1;
  }

  /** Is skipping the layer without effect on this width? */
  isSettled(width: Extract<Symbolic, { kind: 'skippable' }>): boolean {
    return this.settled.has(width.layer) || this.equal(width.skipped, width.kept);
  }

  /** The options of the source that a width is a multiple of. */
  optionsOf(width: Extract<Symbolic, { kind: 'source' }>): readonly number[] {
    return this.sources[this.root(width.source)]!.options;
  }
}

/** Finishes widths once all joins are known; widths that several layers share are made once. */
export class WidthFinisher {
  private readonly finished = new Map<Symbolic, Width>();

  /**
   * `decisionOf` gives the decision of a root source (−1: fixed), `opOf` the operator decision and skip option of a
   * layer.
   */
  constructor(
    private readonly table: WidthTable,
    private readonly decisionOf: (rootSource: number) => number,
    private readonly opOf: (layer: number) => { readonly op: number; readonly skipOption: number },
  ) {}

  finish(width: Symbolic): Width {
    const known = this.finished.get(width);
    if (known) return known;
    const result = width.kind === 'skippable' ? this.skippable(width) : this.multiple(width);
    this.finished.set(width, result);
    return result;
  }

  private skippable(width: Extract<Symbolic, { kind: 'skippable' }>): Width {
    const kept = this.finish(width.kept);
    return this.table.isSettled(width)
      ? kept
      : { kind: 'skippable', ...this.opOf(width.layer), skipped: this.finish(width.skipped), kept };
  }

  private multiple(width: Extract<Symbolic, { kind: 'source' }>): Width {
    let result: Width = {
      kind: 'param',
      param: { options: this.table.optionsOf(width), decision: this.decisionOf(this.table.rootOf(width)) },
      layers: this.table.layersOf(width),
    };
    if (width.numerator !== 1) result = { kind: 'times', of: result, by: fixed(width.numerator) };
    return width.denominator === 1 ? result : { kind: 'divided', of: result, by: width.denominator };
  }
}
