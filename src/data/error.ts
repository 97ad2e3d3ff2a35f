/** What is wrong with a data set: which file, where in it, what would be right. */

export class DataError extends Error {
  override readonly name = 'DataError';

  /**
   * @param file the file (or folder, or generator) at fault
   * @param problem what is wrong and what would be right
   * @param place where in the file: a byte offset, a record counted from 0, or both
   */
  constructor(readonly file: string, readonly problem: string, readonly place: { readonly byte?: number; readonly record?: number } = {}) {
    const where = [
      ...(place.record === undefined ? [] : [`record ${place.record}`]),
      ...(place.byte === undefined ? [] : [`byte ${place.byte}`]),
    ].join(', ');
    super(`${file}: ${where === '' ? '' : `${where}: `}${problem}`);
  }
}

/** Throws unless every label is a class index (below `classes`, where that is known). `place` says where label `index` stands in the file. */
export function checkLabels(labels: Int32Array, classes: number | undefined, file: string, place: (index: number) => { byte?: number; record?: number }): void {
  const wrong = labels.findIndex((label) => label < 0 || (classes !== undefined && label >= classes));
  if (wrong < 0) return;
  const range = classes === undefined ? 'classes are numbered from 0' : `${classes} classes are numbered 0 to ${classes - 1}`;
  throw new DataError(file, `label ${labels[wrong]} is out of range: ${range}`, place(wrong));
}
