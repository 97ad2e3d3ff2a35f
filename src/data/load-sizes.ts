/** The data set of a definition whose input has several sizes to choose between: the same samples at each. */
import { definitionAt } from '../network/resolution.ts';
import { sameSize } from '../network/map-shapes.ts';
import type { Definition } from '../network/types.ts';
import { DataError } from './data-error.ts';
import type { Dataset } from './dataset.ts';
import { datasetOf, MEMORY_BYTES, openSamples, samplesFor, type Samples } from './load-dataset.ts';
import { sampleSteps } from './preparation/preparation-table.ts';

/**
 * The parts of a data set that was opened, at each size of the input. Every size is normalised by the numbers of the
 * largest, since all have the same weights; each is prepared from the files themselves, which were indexed once.
 * @param samples of the definition, which are those of its largest input
 * @throws DataError naming file and record, with the files let go of
 */
export async function datasetAtSizes(definition: Definition, samples: Samples): Promise<Dataset> {
  const { inputs, input } = definition;
  if (!inputs) return datasetOf(definition, samples);
  try {
    const memory = samples.memory / inputs.options.length;
    const opened: { readonly own: Definition; readonly of: Samples }[] = [];
    // All at once: what is in memory lets go of its files, unless another size is to be read from them.
    for (const size of inputs.options) {
      if (sameSize(size, input)) continue;
      const own = definitionAt(definition, size);
      opened.push({ own, of: await samplesFor(samples, own, memory) });
    }
    const largest = await datasetOf(definition, samples);
    const normalise = { step: 'normalise', ...largest.preparation.normalisation } as const;
    const others: Dataset[] = [];
    for (const { own, of } of opened) {
      const dataset = await datasetOf({ ...own, prepare: [...sampleSteps(own), normalise] }, of);
      checkSame(largest, dataset, samples);
      others.push(dataset);
    }
    const sizes = inputs.options.map((size) => others.find(({ inputShape }) => sameSize(inputShape, size)) ?? largest);
    return { ...largest, sizes };
  } catch (error) {
    await samples.close();
    throw error;
  }
}

/** Opens, checks, splits and prepares the data set of a definition, at each size of its input. @throws DataError */
export async function loadDatasets(definition: Definition, folder: string, memory = MEMORY_BYTES): Promise<Dataset> {
  return datasetAtSizes(definition, await openSamples(definition, folder, memory));
}

/** @throws DataError where one size has other samples: files have changed while they were read */
function checkSame(largest: Dataset, other: Dataset, { raw }: Samples): void {
  const counts = ({ train, validation, test }: Dataset): string =>
    [train, validation, test].map(({ count }) => count).join();
  if (counts(largest) !== counts(other))
    throw new DataError(raw.train.samples.name, 'the samples have changed while they were read: start again');
}
