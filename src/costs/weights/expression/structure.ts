/**
 * What of an operator option of a layer decides its tables, as text: equal layers of a network, and of its next
 * version, have equal ones.
 */
import { listed } from './listed.ts';
import type { PathTerms } from './space.ts';
import type { Variables } from './variables.ts';
import type { WidthId, WidthNode } from './width-expressions.ts';

export interface Structure {
  /** The variables' places in `names` stand for them. */
  readonly key: string;
  /** The path's variables in the order in which its structure names them. */
  readonly names: readonly number[];
}

const numbers = new WeakMap<Float64Array, number>();
let lastNumber = 0;

/** Byte tables are shared by what decides them, so one is the same table only if it is the same array. */
function numberOf(table: Float64Array): number {
  let number = numbers.get(table);
  if (number === undefined) numbers.set(table, (number = ++lastNumber));
  return number;
}

/** `isOwn`: is a decision of no other layer? */
export function structureOf(
  variables: Variables,
  { op, terms }: PathTerms,
  isOwn: (decision: number) => boolean,
): Structure {
  const naming = new Naming(variables, isOwn);
  let key = op.decision < 0 ? '' : `${naming.name(op.decision)}=${op.option}`;
  for (const { term, input, output } of terms) {
    key += `;${numberOf(term.bytes)} ${naming.width(input)} ${naming.width(output)}`;
    for (const { decision, stride } of term.strides) key += decision < 0 ? ' ' : ` ${naming.name(decision)}:${stride}`;
  }
  return { key, names: naming.names };
}

/** Of the tie of a skippable width's variable. The names are the tie's scope. */
export function tieStructure(
  variables: Variables,
  variable: number,
  { decision, skipOption, skipped, kept }: Extract<WidthNode, { kind: 'skippable' }>,
  reachable: readonly number[],
): Structure {
  const naming = new Naming(variables, () => false);
  const own = `${naming.name(decision)}=${skipOption} ${naming.name(variable)}{${listed(reachable)}}`;
  return { key: `${own} ${naming.width(skipped)} ${naming.width(kept)}`, names: naming.names };
}

class Naming {
  readonly names: number[] = [];

  constructor(
    private readonly variables: Variables,
    private readonly isOwn: (decision: number) => boolean,
  ) {}

  /** A variable's place; where it comes first, also how many values it has and what kind it is. */
  name(variable: number): string {
    const known = this.names.indexOf(variable);
    if (known >= 0) return String(known);
    const place = this.names.push(variable) - 1;
    const kind = this.variables.isWidth(variable) ? 'w' : this.isOwn(variable) ? 'o' : 's';
    return `${place}${kind}${this.variables.sizes[variable]!}`;
  }

  width(id: WidthId): string {
    const { widths } = this.variables.space;
    const node = widths.node(id);
    switch (node.kind) {
      case 'constant':
        return String(node.value);
      case 'choice':
        return `${this.name(node.decision)}[${listed(node.options)}]`;
      case 'times':
        return `(${this.width(node.of)}*${node.decision < 0 ? '' : this.name(node.decision)}[${listed(node.options)}])`;
      case 'divided':
        return `(${this.width(node.of)}/${node.by})`;
      case 'skippable':
        return `${this.name(this.variables.of(id)[0]!)}{${listed(widths.values(id))}}`;
    }
  }
}
