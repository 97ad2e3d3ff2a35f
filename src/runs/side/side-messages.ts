/**
 * What a run's worker and the threads beside it say to each other. Both are of one build, and nothing of it is kept:
 * types are all the checks there are.
 */
import type { Batch, Dataset, Split } from '../../data/dataset.ts';
import type { Preparation } from '../../data/preparation/preparation.ts';
import type { SideFailure } from './side-failure.ts';

export type Part = 'train' | 'validation' | 'test';
export const PARTS: readonly Part[] = ['train', 'validation', 'test'];

/** A part as far as it is known without its samples: all but what reads or names them. */
export type PartFacts = Omit<Split, 'held' | 'gather' | 'slice' | 'fileOf'>;

/** A data set as far as it is known without its samples: all but its parts, and what reads or prepares. */
export interface DataFacts extends Omit<Dataset, Part | 'preparation' | 'sizes' | 'close'> {
  readonly parts: Readonly<Record<Part, PartFacts>>;
  /** What was done to samples, which come prepared. */
  readonly preparation: Omit<Preparation, 'inputShape' | 'prepare'>;
  /** At each size of the input, where that is a choice. */
  readonly sizes?: readonly DataFacts[] | undefined;
}

/** What a thread is started with. */
export interface ThreadTask {
  readonly purpose: 'udc-side';
  readonly data: DataFacts;
}

/** Of which samples: the part, and at which size of the input; −1 where it is no choice. */
export interface Place {
  readonly part: Part;
  readonly size: number;
}

/** Samples that a thread wants: those at places of a part, or so many in order. */
export type Wanted =
  { readonly places: Int32Array; readonly seed?: number } | { readonly from: number; readonly count: number };

/** To a thread. */
export type SideRequest =
  | { readonly type: 'job'; readonly name: string; readonly order: unknown; readonly threads: number }
  | { readonly type: 'batch'; readonly request: number; readonly batch: Batch };

/** From a thread, which does one job at a time. */
export type SideMessage =
  | ({ readonly type: 'want'; readonly request: number; readonly wanted: Wanted } & Place)
  | { readonly type: 'news'; readonly news: unknown }
  | { readonly type: 'done'; readonly answer: unknown }
  /** @param memory it ran out of memory */
  | { readonly type: 'failed'; readonly error: SideFailure; readonly memory: boolean };

/** All keys have to be there: what is added to data is told to threads, or does not compile. */
type Complete<T> = { readonly [Key in keyof Required<T>]: T[Key] };

/** Without what is absent. */
const stated = <T extends object>(facts: Complete<T>): T =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as T;

/** A part may compute what it says. */
function partFacts(split: Split): PartFacts {
  const { count, shape, labels, targetShape, targetScaling, groups, outside, origins, range } = split;
  return stated<PartFacts>({ count, shape, labels, targetShape, targetScaling, groups, outside, origins, range });
}

export function factsOf(dataset: Dataset): DataFacts {
  const { task, inputShape, classes, classNames, targetRange, outputs, sha256, preparation, sizes } = dataset;
  const { train, validation, test } = dataset;
  const { outside, normalisation, steps } = preparation;
  return stated<DataFacts>({
    task,
    inputShape,
    classes,
    classNames,
    targetRange,
    outputs,
    sha256,
    sizes: sizes?.map(factsOf),
    parts: { train: partFacts(train), validation: partFacts(validation), test: partFacts(test) },
    preparation: stated<DataFacts['preparation']>({ outside, normalisation, steps }),
  });
}
