/**
 * What is wrong with a data set: which file, where in it, what would be right, and which value of the definition says
 * otherwise.
 */
import type { ScalarPath } from '../network/types.ts';

export class DataError extends Error {
  override readonly name = 'DataError';

  /**
   * @param file the file (or folder, or generator) at fault
   * @param problem what is wrong and what would be right
   * @param place where in the file: a byte offset, a record counted from 0, or both
   * @param path the value of the definition that the data contradict, or that names them
   */
  constructor(
    readonly file: string,
    readonly problem: string,
    readonly place: { readonly byte?: number; readonly record?: number } = {},
    readonly path: ScalarPath = ['dataset', 'path'],
  ) {
    const where = [
      ...(place.record === undefined ? [] : [`record ${place.record}`]),
      ...(place.byte === undefined ? [] : [`byte ${place.byte}`]),
    ].join(', ');
    super(`${file}: ${where === '' ? '' : `${where}: `}${problem}`);
  }
}

/** A file of a data set is not what it was when it was opened: nothing is wrong with it but that. */
export class ChangedDataError extends DataError {}

/** Labels up to this many may be classes, where nothing says how many there are; larger ones are other numbers. */
export const MOST_CLASSES = 2 ** 16;

/**
 * Throws unless every label is a class index (below `classes`, where that is known). `place` says where label `index`
 * stands in the file.
 */
export function checkLabels(
  labels: Int32Array,
  classes: number | undefined,
  file: string,
  place: (index: number) => { byte?: number; record?: number },
): void {
  const wrong = labels.findIndex((label) => label < 0 || label >= (classes ?? MOST_CLASSES));
  if (wrong < 0) return;
  const range =
    classes === undefined ? 'classes are numbered from 0' : `${classes} classes are numbered 0 to ${classes - 1}`;
  const cause = classes === undefined ? strangeCause(labels) : renumbering([labels], classes);
  throw new DataError(
    file,
    `label ${labels[wrong]} is out of range: ${range}${cause === undefined ? '' : `. ${cause}`}`,
    place(wrong),
  );
}

function strangeCause(labels: Int32Array): string | undefined {
  const values = [...new Set(labels)].sort((a, b) => a - b);
  return values.join() === '-1,1' ? 'All labels are -1 and 1: save (y + 1) // 2' : renumbering([labels], values.length);
}

/**
 * What to do about labels that are as many different numbers as there are classes, but not 0, 1, 2, …: the likely
 * cause, in a sentence.
 * Undefined where there are more of them, or they are right. Growing the network instead would give it outputs that no
 * sample has.
 */
export function renumbering(parts: readonly Iterable<number>[], classes: number): string | undefined {
  const values = [...new Set(parts.flatMap((labels) => [...new Set(labels)]))].sort((a, b) => a - b);
  const [first, last] = [values[0] ?? 0, values.at(-1) ?? 0];
  if (values.length > classes || last < classes) return undefined;
  if (first === 1 && last === classes)
    return `The labels begin at 1 (1 to ${last}): subtract 1 from all of them, in the training and the test part`;
  if (values.length < classes) return undefined;
  const shown = values.length > 6 ? `${values.slice(0, 5).join(', ')}, … ${last}` : values.join(', ');
  return `The labels are ${values.length} different numbers, but not 0 to ${classes - 1} (${shown}): number them anew, np.unique(y, return_inverse=True)[1]`;
}
