/** The data set in a thread beside the run's worker: samples are asked of the worker, a batch at a time. */
import type { Batch, Dataset, Split } from '../../data/dataset.ts';
import type { DataFacts, Part, PartFacts, Place, Wanted } from './side-messages.ts';

/** Asks for samples. */
export type Ask = (place: Place, wanted: Wanted) => Promise<Batch>;

/** Samples stay where they are: no thread holds more than the batches that it works on. */
function remoteSplit(facts: PartFacts, ask: (wanted: Wanted) => Promise<Batch>): Split {
  return {
    ...facts,
    // So the next batch is on its way while a step is made.
    held: false,
    gather: (places, seed) => ask({ places, ...(seed !== undefined && { seed }) }),
    slice: (from, count) => ask({ from, count }),
  };
}

/** @param size which of several sizes of the input it is; −1: the only one, or all of them */
export function remoteDataset({ parts, preparation, sizes, ...facts }: DataFacts, ask: Ask, size = -1): Dataset {
  const split = (part: Part): Split => remoteSplit(parts[part], (wanted) => ask({ part, size }, wanted));
  return {
    ...facts,
    ...(sizes && { sizes: sizes.map((one, k) => remoteDataset(one, ask, k)) }),
    train: split('train'),
    validation: split('validation'),
    test: split('test'),
    preparation: {
      ...preparation,
      inputShape: () => facts.inputShape,
      prepare: () => {
        throw new Error('samples come prepared');
      },
    },
    close: () => Promise.resolve(),
  };
}
