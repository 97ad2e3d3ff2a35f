/** Which samples are normal and which are anomalous, for autoencoders that are to tell them. */
import type { DatasetSpec } from '../network/types.ts';
import { DataError } from './data-error.ts';
import type { ClassNames, SourcePart } from './dataset.ts';

/** Labels of anomaly detection. */
export const NORMAL = 0;
const ANOMALOUS = 1;

/** What a class is called that is normal where nobody says which. */
const NORMAL_NAME = 'normal';

/** The label of normal samples; undefined where nobody says it. @throws DataError where `normal` is no class */
function normalLabel({ normal, format }: DatasetSpec, names: readonly string[], file: string): number | undefined {
  if (normal !== undefined) {
    const named = names.indexOf(normal);
    if (named >= 0) return named;
    if (/^\d+$/.test(normal)) return Number(normal);
    throw new DataError(
      file,
      names.length === 0
        ? `the classes have no names: write the number of the normal one, for example \`normal: 0\``
        : `there is no class \`${normal}\` (there are ${names.join(', ')})`,
      {},
      ['dataset', 'normal'],
    );
  }
  const called = names.indexOf(NORMAL_NAME);
  if (called >= 0) return called;
  // Labels of such a set are given for this alone; others have them whatever they are for.
  return format === 'npy' ? NORMAL : undefined;
}

/**
 * A label for each sample of a part: normal or anomalous. None where it has no labels, or nobody says which class is
 * normal: neither `normal:`, nor a class of that name, nor arrays y.
 * @throws DataError where `normal` is no class
 */
export function anomalies(
  { labels, samples }: SourcePart,
  spec: DatasetSpec,
  classNames: ClassNames | undefined,
): Int32Array {
  const label = normalLabel(spec, classNames?.names ?? [], samples.name);
  if (label === undefined) return new Int32Array(0);
  return labels.map((one) => (one === label ? NORMAL : ANOMALOUS));
}
