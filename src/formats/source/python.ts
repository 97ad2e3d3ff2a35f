/** What both Python sources share: literals, names, the table of bits and sparsity, the head of the file. */
import { filterShape } from '../../network/operation-counts.ts';
import type { Architecture, Operation, Size2D } from '../../network/types.ts';
import { hashComment, identifier, stringLiteral } from '../../text/neutral.ts';

export const pair = ({ height, width }: Size2D): string => `(${height}, ${width})`;

/** Python identifiers of the operations, unique, from their ids. */
export function identifiers({ operations }: Architecture): readonly string[] {
  const taken = new Set<string>();
  return operations.map(({ id }) => {
    const base = identifier(id);
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}_${n}`;
    taken.add(name);
    return name;
  });
}

/** Lines of the dictionary that says how each weighted operation is quantised and pruned. */
export function quantisationTable({ operations }: Architecture): string[] {
  const rows = operations
    .filter((operation) => filterShape(operation))
    .map(({ id, bits, sparsity }) => `    ${stringLiteral(id)}: {"bits": ${bits}, "sparsity": ${sparsity}},`);
  return [
    '# Bits and sparsity of the weights that the search decided, by operation. Levels are -(2**(bits-1)-1) .. 2**(bits-1)-1, one step per output channel.',
    'QUANTISATION = {',
    ...rows,
    '}',
  ];
}

/**
 * The first lines of a file. A comment may name the file's encoding, and with it change what the rest means: the first
 * one to do so counts.
 */
export const head = (title: string): string => `# -*- coding: utf-8 -*-\n${hashComment(title)}`;

/** Value that feeds input `index` of the network's code. */
export function inputName(names: readonly string[], input: number): string {
  return input < 0 ? 'x' : `v_${names[input]!}`;
}

export function describe({ kind, inChannels, outChannels, outSize }: Operation): string {
  return `${kind}, ${inChannels} to ${outChannels} channels, output ${outSize.height}x${outSize.width}`;
}
