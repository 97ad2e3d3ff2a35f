/** What a definition lacks of data to be searched, and what a look at the data has found. */
import { widthValue } from '../../../network/architecture.ts';
import { nodeAt } from '../../../language/tree.ts';
import type { ParsedDefinition } from '../../../language/language.ts';
import type { Diagnostic } from '../../../network/types.ts';
import { LineIndex } from '../../../language/lines.ts';
import type { DataProblem } from '../../../runs/data-check.ts';

/** What is written by the remedy: the file names are those of the documentation. */
const EXAMPLE = 'dataset: { format: npy, path: data }';

/**
 * A definition without data can be sized, not searched; said before somebody starts a search. Nothing where the text is
 * unfinished.
 */
export function dataProblems(text: string, { definition, network, tree }: ParsedDefinition): readonly Diagnostic[] {
  const layers = tree?.kind === 'map' ? tree.byKey.get('layers') : undefined;
  if (!definition || !network || definition.dataset !== undefined || !layers) return [];
  const range = layers.keyRange;
  const at = { start: range.start, end: range.start };
  return [
    {
      severity: 'information',
      code: 'no-dataset',
      path: ['layers'],
      range,
      ...new LineIndex(text).position(range.start),
      message: `There is no \`dataset\`: this can be sized, but not searched. Name the data, for example \`${EXAMPLE}\``,
      fixes: [{ title: `Add \`${EXAMPLE}\``, range: at, text: `${EXAMPLE}${text.includes('\r\n') ? '\r\n' : '\n'}` }],
    },
  ];
}

/** A problem of the data, and the values of the definition that they were compared with. */
export interface DataFinding {
  readonly about: string;
  readonly problem: DataProblem;
}

/** All of a definition that its data must fit, as one text; undefined where the definition has errors. */
export function dataQuestion({ network }: ParsedDefinition): string | undefined {
  const last = network?.layers.at(-1);
  if (!network || !last) return undefined;
  const {
    task,
    input,
    dataset,
    prepare,
    training: { initialWeights },
  } = network.definition;
  return JSON.stringify([
    task,
    input,
    dataset,
    prepare,
    initialWeights,
    last.outSize,
    widthValue(
      last.outWidth,
      network.decisions.map(() => 0),
    ),
  ]);
}

/**
 * A finding as a diagnostic of the text as it is now, at the value that the data contradict; undefined where it was
 * about other values.
 */
export function placed(
  text: string,
  parsed: ParsedDefinition,
  { about, problem: { severity, message, path } }: DataFinding,
): Diagnostic | undefined {
  if (dataQuestion(parsed) !== about) return undefined;
  const range = nodeAt(parsed.tree, path).node?.range ?? { start: 0, end: 0 };
  return { severity, code: 'data', path, range, ...new LineIndex(text).position(range.start), message };
}
