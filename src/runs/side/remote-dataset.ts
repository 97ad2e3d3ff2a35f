/** The data set in a thread beside the run's worker: samples are asked of the worker, a batch at a time. */
import type { Batch, Dataset, Split } from '../../data/dataset.ts';
import type { DataFacts, Part, PartFacts, Wanted } from './side-messages.ts';

/** Asks for samples. */
export type Ask = (part: Part, wanted: Wanted) => Promise<Batch>;

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

export function remoteDataset({ parts, preparation, ...facts }: DataFacts, ask: Ask): Dataset {
  const split = (part: Part): Split => remoteSplit(parts[part], (wanted) => ask(part, wanted));
  return {
    ...facts,
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
