/** What a definition lacks of data to be searched. */
import type { ParsedDefinition } from '../../model/parse.ts';
import type { Diagnostic } from '../../model/types.ts';
import { LineIndex } from '../../model/lines.ts';

/** What is written by the remedy: the file names are those of the documentation. */
const EXAMPLE = 'dataset: { format: npy, path: data }';

/** A definition without data can be sized, not searched; said before somebody starts a search. Nothing where the text is unfinished. */
export function dataProblems(text: string, { definition, network, tree }: ParsedDefinition): readonly Diagnostic[] {
  const layers = tree?.kind === 'map' ? tree.byKey.get('layers') : undefined;
  if (!definition || !network || definition.dataset !== undefined || !layers) return [];
  const range = layers.keyRange;
  const at = { start: range.start, end: range.start };
  return [{
    severity: 'information', code: 'no-dataset', path: ['layers'], range, ...new LineIndex(text).position(range.start),
    message: `There is no \`dataset\`: this can be sized, but not searched. Name the data, for example \`${EXAMPLE}\``,
    fixes: [{ title: `Add \`${EXAMPLE}\``, range: at, text: `${EXAMPLE}${text.includes('\r\n') ? '\r\n' : '\n'}` }],
  }];
}
