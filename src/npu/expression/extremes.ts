/** The smallest and the largest architecture of a space: exact by elimination, by descent where the tables would grow too large. */
import { minimise, type Factor } from './eliminate.ts';
import type { Term } from './term.ts';
import type { WidthId, WidthTable } from './widths.ts';

/** Terms of one operator option of a layer. */
export interface PathTerms { readonly op: { readonly decision: number; readonly option: number }; readonly terms: readonly SpaceTerm[] }
export interface SpaceTerm { readonly term: Term; readonly input: WidthId; readonly output: WidthId }

export interface Space {
  readonly widths: WidthTable;
  /** Number of options of each decision. */
  readonly optionCounts: readonly number[];
  /** Per layer, its paths. */
  readonly layers: readonly (readonly PathTerms[])[];
}

export interface Extreme { readonly assignment: number[]; readonly bytes: number }

const LIMIT = 1 << 20;
const RESTARTS = 24;

/** The least (`sign` 1) or greatest (−1) sum of bytes over the given layers. Decisions that do not matter there take option 0. */
export function extreme(space: Space, layers: readonly number[], sign: 1 | -1): Extreme {
  return new Extremes(space, layers, sign).solve();
}

/** Variables are the decisions, then one for the value of each skippable width: long chains of skippable layers stay small. */
class Extremes {
  readonly #widthVariables = new Map<WidthId, number>();
  readonly #sizes: number[];
  readonly #factors: Factor[] = [];
  /** Layers that use each kernel, bits or sparsity decision; those of one layer only are minimised inside its table. */
  readonly #users = new Map<number, number>();

  constructor(private readonly space: Space, private readonly layers: readonly number[], private readonly sign: 1 | -1) {
    this.#sizes = [...space.optionCounts];
  }

  solve(): Extreme {
    for (const layer of this.layers) for (const decision of this.#innerDecisions(layer)) this.#users.set(decision, (this.#users.get(decision) ?? 0) + 1);
    let fits = true;
    for (const layer of this.layers) for (const path of this.space.layers[layer]!) fits &&= this.#addPath(path);
    const minimum = fits ? minimise(this.#sizes, this.#factors, LIMIT) : undefined;
    const assignment = minimum ? [...minimum.choice.subarray(0, this.space.optionCounts.length)] : this.#descend();
    if (minimum) this.#chooseInside(assignment);
    return { assignment, bytes: this.#bytes(assignment) };
  }

  #terms(): SpaceTerm[] {
    return this.layers.flatMap((layer) => this.space.layers[layer]!.flatMap(({ terms }) => terms));
  }

  #bytes(assignment: readonly number[]): number {
    return this.#terms().reduce((sum, { term }) => sum + term.at(assignment), 0);
  }

  #innerDecisions(layer: number): Set<number> {
    const decisions = this.space.layers[layer]!.flatMap(({ terms }) => terms.flatMap(({ term }) => [term.kernel.decision, term.bits.decision, term.sparsity.decision]));
    return new Set(decisions.filter((decision) => decision >= 0));
  }

  #isPrivate(decision: number): boolean {
    return this.#users.get(decision) === 1;
  }

  /** Adds the table of one path, minimised over the decisions that are the layer's own. False where it would be too large. */
  #addPath({ op, terms }: PathTerms): boolean {
    if (terms.length === 0) return true;
    const variables = [...new Set(terms.flatMap(({ term, input, output }) => [
      ...this.#variablesOf(input), ...this.#variablesOf(output),
      ...[term.kernel, term.bits, term.sparsity].map(({ decision }) => decision).filter((decision) => decision >= 0 && !this.#isPrivate(decision)),
    ]))];
    const scope = op.decision < 0 ? variables : [op.decision, ...variables.filter((variable) => variable !== op.decision)];
    const length = scope.reduce((product, variable) => product * this.#sizes[variable]!, 1);
    if (length > LIMIT) return false;
    const table = new Float64Array(length);
    const block = op.decision < 0 ? length : length / this.#sizes[op.decision]!;
    const from = op.decision < 0 ? 0 : op.option * block;
    const inner = innerChoices(terms, (decision) => this.#isPrivate(decision));
    const entry = terms.map(({ input, output, term }) => this.#entries(input, output, term));
    const values = new Int32Array(this.#sizes.length);
    if (op.decision >= 0) values[op.decision] = op.option;
    for (let i = from; i < from + block; i++) {
      let rest = i;
      for (let d = scope.length - 1; d >= 0; d--) {
        const size = this.#sizes[scope[d]!]!;
        values[scope[d]!] = rest % size;
        rest = Math.floor(rest / size);
      }
      table[i] = this.#least(terms, inner, entry.map((at) => at(values))).value;
    }
    this.#factors.push({ scope, table });
    return true;
  }

  /** Where in a term's table the cell begins that the variables' values lead to; −1 for channels that cannot occur together. */
  #entries(input: WidthId, output: WidthId, term: Term): (values: Int32Array) => number {
    const leaves = new Map<number, number>();
    const key = (inputs: number, outputs: number): number => inputs * 1e6 + outputs;
    term.pairs.leaves.forEach(([inputs, outputs], leaf) => leaves.set(key(inputs, outputs), leaf));
    const sparsities = term.sparsity.options.length;
    const own = [[term.kernel, term.cell], [term.bits, sparsities], [term.sparsity, 1]] as const;
    const shared = own.filter(([{ decision }]) => decision >= 0 && !this.#isPrivate(decision));
    return (values) => {
      const leaf = leaves.get(key(this.#valueOf(input, values), this.#valueOf(output, values)));
      if (leaf === undefined) return -1;
      return shared.reduce((at, [{ decision }, stride]) => at + values[decision]! * stride, leaf * term.kernels * term.cell);
    };
  }

  #least(terms: readonly SpaceTerm[], inner: InnerChoices, entries: readonly number[]): { value: number; at: number } {
    if (entries.includes(-1)) return { value: Infinity, at: 0 };
    let least = Infinity;
    let at = 0;
    for (let choice = 0; choice < inner.count; choice++) {
      let sum = 0;
      for (let t = 0; t < terms.length; t++) sum += terms[t]!.term.bytes[entries[t]! + inner.offsets[t]![choice]!]!;
      if (this.sign * sum < least) {
        least = this.sign * sum;
        at = choice;
      }
    }
    return { value: least, at };
  }

  /** Fills in the decisions that were minimised inside the tables. */
  #chooseInside(assignment: number[]): void {
    for (const layer of this.layers) {
      for (const { op, terms } of this.space.layers[layer]!) {
        if (terms.length === 0 || (op.decision >= 0 && assignment[op.decision] !== op.option)) continue;
        const inner = innerChoices(terms, (decision) => this.#isPrivate(decision));
        const values = Int32Array.from(this.#sizes, (_, variable) => assignment[variable] ?? 0);
        for (const [width, variable] of this.#widthVariables) values[variable] = this.space.widths.values(width).indexOf(this.space.widths.valueAt(width, assignment));
        const { at } = this.#least(terms, inner, terms.map(({ input, output, term }) => this.#entries(input, output, term)(values)));
        inner.decisions.forEach((decision, d) => { assignment[decision] = Math.floor(at / inner.strides[d]!) % this.space.optionCounts[decision]!; });
      }
    }
  }

  #variablesOf(width: WidthId): number[] {
    const node = this.space.widths.node(width);
    switch (node.kind) {
      case 'constant': return [];
      case 'choice': return [node.decision];
      case 'times': return [...this.#variablesOf(node.of), ...(node.decision < 0 ? [] : [node.decision])];
      case 'divided': return this.#variablesOf(node.of);
      case 'skippable': return [this.#widthVariable(width)];
    }
  }

  #valueOf(width: WidthId, values: Int32Array): number {
    const node = this.space.widths.node(width);
    switch (node.kind) {
      case 'constant': return node.value;
      case 'choice': return node.options[values[node.decision]!]!;
      case 'times': return this.#valueOf(node.of, values) * node.options[node.decision < 0 ? 0 : values[node.decision]!]!;
      case 'divided': return this.#valueOf(node.of, values) / node.by;
      case 'skippable': return this.space.widths.values(width)[values[this.#widthVariables.get(width)!]!]!;
    }
  }

  /** The variable for the value of a skippable width, tied to what it is made of by a table of 0 and ∞. */
  #widthVariable(width: WidthId): number {
    const known = this.#widthVariables.get(width);
    if (known !== undefined) return known;
    const { widths } = this.space;
    const node = widths.node(width);
    if (node.kind !== 'skippable') throw new TypeError(`width ${width} is ${node.kind}, not skippable`);
    const reachable = widths.values(width);
    const variable = this.#sizes.push(reachable.length) - 1;
    this.#widthVariables.set(width, variable);
    const scope = [...new Set([node.decision, variable, ...this.#variablesOf(node.skipped), ...this.#variablesOf(node.kept)])];
    const table = new Float64Array(scope.reduce((product, v) => product * this.#sizes[v]!, 1));
    const values = new Int32Array(this.#sizes.length);
    for (let i = 0; i < table.length; i++) {
      let rest = i;
      for (let d = scope.length - 1; d >= 0; d--) {
        const size = this.#sizes[scope[d]!]!;
        values[scope[d]!] = rest % size;
        rest = Math.floor(rest / size);
      }
      const made = this.#valueOf(values[node.decision] === node.skipOption ? node.skipped : node.kept, values);
      if (made !== reachable[values[variable]!]) table[i] = Infinity;
    }
    this.#factors.push({ scope, table });
    return variable;
  }

  /** Descent over single decisions and pairs of an operator and another decision, from many starts: good, not certainly the best. */
  #descend(): number[] {
    const { optionCounts } = this.space;
    const touching = optionCounts.map((_, decision) => this.#terms().filter(({ term, input, output }) => this.#dependsOn(term, input, output, decision)).map(({ term }) => term));
    let state = 1;
    const random = (n: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    let best: number[] = [];
    let bestBytes = Infinity;
    for (let restart = 0; restart < RESTARTS; restart++) {
      const assignment = optionCounts.map((n) => (restart === 0 ? 0 : restart === 1 ? n - 1 : random(n)));
      for (let improved = true; improved; ) {
        improved = false;
        for (let decision = 0; decision < optionCounts.length; decision++) {
          const cost = (option: number): number => {
            assignment[decision] = option;
            return touching[decision]!.reduce((sum, term) => sum + this.sign * term.at(assignment), 0);
          };
          const before = assignment[decision]!;
          let choice = before;
          let least = cost(before);
          for (let option = 0; option < optionCounts[decision]!; option++) {
            const value = cost(option);
            if (value < least) {
              least = value;
              choice = option;
              improved = true;
            }
          }
          assignment[decision] = choice;
        }
      }
      const bytes = this.sign * this.#bytes(assignment);
      if (bytes < bestBytes) {
        bestBytes = bytes;
        best = assignment;
      }
    }
    return best;
  }

  #dependsOn(term: Term, input: WidthId, output: WidthId, decision: number): boolean {
    const own = [term.op.decision, term.kernel.decision, term.bits.decision, term.sparsity.decision];
    return own.includes(decision) || this.space.widths.dependsOn(input, decision) || this.space.widths.dependsOn(output, decision);
  }
}

/** Joint choices of the kernel, bits and sparsity decisions of one layer alone, and where they lead in each term's table. */
interface InnerChoices { readonly decisions: readonly number[]; readonly strides: readonly number[]; readonly count: number; readonly offsets: readonly Int32Array[] }

function innerChoices(terms: readonly SpaceTerm[], isPrivate: (decision: number) => boolean): InnerChoices {
  const sizes = new Map<number, number>();
  for (const { term } of terms) {
    for (const { decision, options } of [term.kernel, term.bits, term.sparsity]) if (decision >= 0 && isPrivate(decision)) sizes.set(decision, options.length);
  }
  const decisions = [...sizes.keys()];
  const strides: number[] = [];
  let count = 1;
  for (const decision of decisions) {
    strides.push(count);
    count *= sizes.get(decision)!;
  }
  const offsets = terms.map(({ term }) => Int32Array.from({ length: count }, (_, choice) => {
    const step = ({ decision }: { decision: number }, stride: number): number => {
      const d = decisions.indexOf(decision);
      return d < 0 ? 0 : (Math.floor(choice / strides[d]!) % sizes.get(decision)!) * stride;
    };
    return step(term.kernel, term.cell) + step(term.bits, term.sparsity.options.length) + step(term.sparsity, 1);
  }));
  return { decisions, strides, count, offsets };
}
