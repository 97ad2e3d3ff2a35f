/** What of an operator option of a layer decides its tables, as text: equal layers of a network, and of its next version, have equal ones. */
import type { PathTerms } from './space.ts';
import type { Variables } from './variables.ts';
import type { WidthId } from './widths.ts';

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
export function structureOf(variables: Variables, { op, terms }: PathTerms, isOwn: (decision: number) => boolean): Structure {
  const names: number[] = [];
  /** A variable's place; where it comes first, also how many values it has and what kind it is. */
  const name = (variable: number): string => {
    const known = names.indexOf(variable);
    if (known >= 0) return String(known);
    names.push(variable);
    const kind = variables.isWidth(variable) ? 'w' : isOwn(variable) ? 'o' : 's';
    return `${names.length - 1}${kind}${variables.sizes[variable]!}`;
  };
  const { widths } = variables.space;
  const width = (id: WidthId): string => {
    const node = widths.node(id);
    switch (node.kind) {
      case 'constant': return String(node.value);
      case 'choice': return `${name(node.decision)}[${node.options.join()}]`;
      case 'times': return `(${width(node.of)}*${node.decision < 0 ? '' : name(node.decision)}[${node.options.join()}])`;
      case 'divided': return `(${width(node.of)}/${node.by})`;
      case 'skippable': return `${name(variables.of(id)[0]!)}{${widths.values(id).join()}}`;
    }
  };
  const parts = [op.decision < 0 ? '' : `${name(op.decision)}=${op.option}`];
  for (const { term, input, output } of terms) {
    const strides = term.strides.map(({ decision, stride }) => (decision < 0 ? '' : `${name(decision)}:${stride}`));
    parts.push(`${numberOf(term.bytes)} ${width(input)} ${width(output)} ${strides.join(' ')}`);
  }
  return { key: parts.join(';'), names };
}
