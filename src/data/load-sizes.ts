/** The data set of a definition whose input has several sizes to choose between: the same samples at each. */
import { definitionAt } from '../network/resolution.ts';
import type { Definition } from '../network/types.ts';
import { DataError } from './data-error.ts';
import type { Dataset } from './dataset.ts';
import { datasetOf, loadDataset, MEMORY_BYTES, openSamples, type Samples } from './load-dataset.ts';
import { sampleSteps } from './preparation/preparation-table.ts';

/**
 * The parts of a data set that was opened, at each size of the input. Every size is normalised by the numbers of the
 * largest, since all have the same weights; each is prepared from the files themselves.
 * @param samples of the definition, which are those of its largest input
 * @param folder what the data set's `path` is relative to
 * @throws DataError naming file and record, with the files let go of
 */
export async function datasetAtSizes(definition: Definition, samples: Samples, folder: string): Promise<Dataset> {
  const { inputs, input } = definition;
  if (!inputs) return datasetOf(definition, samples);
  const largest = await datasetOf(definition, samples);
  const opened: Dataset[] = [];
  const close = async (): Promise<void> => {
    for (const dataset of [largest, ...opened]) await dataset.close();
  };
  try {
    const sizes: Dataset[] = [];
    for (const size of inputs.options) {
      if (size.height === input.height && size.width === input.width) {
        sizes.push(largest);
        continue;
      }
      const own = definitionAt(definition, size);
      const normalise = { step: 'normalise', ...largest.preparation.normalisation } as const;
      const prepared = { ...own, prepare: [...sampleSteps(own), normalise] };
      const dataset = await loadDataset(prepared, folder, samples.memory / inputs.options.length);
      opened.push(dataset);
      checkSame(largest, dataset, samples);
      sizes.push(dataset);
    }
    return { ...largest, sizes, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens, checks, splits and prepares the data set of a definition, at each size of its input. @throws DataError */
export async function loadDatasets(definition: Definition, folder: string, memory = MEMORY_BYTES): Promise<Dataset> {
  return datasetAtSizes(definition, await openSamples(definition, folder, memory), folder);
}

/** @throws DataError where one size has other samples: files have changed while they were read */
function checkSame(largest: Dataset, other: Dataset, { raw }: Samples): void {
  const counts = ({ train, validation, test }: Dataset): string =>
    [train, validation, test].map(({ count }) => count).join();
  if (counts(largest) !== counts(other))
    throw new DataError(raw.train.samples.name, 'the samples have changed while they were read: start again');
}
