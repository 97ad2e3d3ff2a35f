/** How many samples each part has of each class, as a preview says it: from the index alone. */
import type { PartName, PreviewCounts } from '../../wire/data-preview.ts';
import { NORMAL } from '../anomalies.ts';
import { countsOf } from '../data-counts.ts';
import { partsOf, type Samples } from '../load-dataset.ts';

/** Labels of an autoencoder's samples. */
const NORMALITY = ['normal', 'anomalous'];

/** The samples of the source that each part has, by the names that a preview gives the parts. */
export function indicesOf(samples: Samples): Readonly<Record<PartName, Int32Array>> {
  const { training, validation, test } = partsOf(samples);
  return { train: training, validation, test };
}

/** The labels of the source's samples that a part is drawn from; empty where there are none. */
export const labelsOf = ({ raw }: Pick<Samples, 'raw'>, part: PartName): Int32Array =>
  (part === 'test' ? raw.test : raw.train).labels;

/** Counts of the parts, by class where there are classes, and of what is normal or anomalous where labels tell it. */
export function countClasses(samples: Samples): Omit<PreviewCounts, 'notes' | 'warnings'> {
  const counts = countsOf(samples);
  const { classes: count, classNames = [] } = counts;
  const { train, test } = samples.raw;
  const labelled = count === 0 && train.labels.length + test.labels.length > 0;
  const named = { train: counts.training, validation: counts.validation, test: counts.test };
  const indices = labelled ? indicesOf(samples) : undefined;
  const parts = Object.entries(named).map(([key, part]) => {
    const name = key as PartName;
    const labels = labelsOf(samples, name);
    if (!indices || labels.length === 0) return { name, count: part.samples, byClass: part.perClass ?? [] };
    const normal = indices[name].filter((index) => labels[index] === NORMAL).length;
    return { name, count: part.samples, byClass: [normal, part.samples - normal] };
  });
  const numbers = Array.from({ length: count }, (_, label) => classNames[label] ?? String(label));
  return { parts, classes: labelled ? NORMALITY : numbers, unused: train.samples.count - samples.chosen.length };
}
