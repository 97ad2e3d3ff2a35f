/**
 * What a run's worker and the threads beside it say to each other. Both are of one build, and nothing of it is kept:
 * types are all the checks there are.
 */
import type { Batch, Dataset, Shape, Split } from '../../data/dataset.ts';
import type { Preparation } from '../../data/preparation/preparation.ts';

export type Part = 'train' | 'validation' | 'test';
export const PARTS: readonly Part[] = ['train', 'validation', 'test'];

/** A part as far as it is known without its samples. */
export type PartFacts = Pick<Split, 'count' | 'shape' | 'labels' | 'targetShape' | 'outside' | 'range'>;

/** A data set as far as it is known without its samples. */
export interface DataFacts extends Pick<Dataset, 'task' | 'inputShape' | 'classes' | 'classNames' | 'sha256'> {
  readonly parts: Readonly<Record<Part, PartFacts>>;
  /** What was done to samples, which come prepared. */
  readonly preparation: Omit<Preparation, 'inputShape' | 'prepare'>;
}

/** What a thread is started with. */
export interface ThreadTask {
  readonly purpose: 'udc-side';
  readonly data: DataFacts;
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
  | { readonly type: 'want'; readonly request: number; readonly part: Part; readonly wanted: Wanted }
  | { readonly type: 'news'; readonly news: unknown }
  | { readonly type: 'done'; readonly answer: unknown }
  /** @param memory it ran out of memory */
  | { readonly type: 'failed'; readonly error: Error; readonly memory: boolean };

export function factsOf(dataset: Dataset): DataFacts {
  const { task, inputShape, classes, classNames, sha256, preparation } = dataset;
  const facts = ({ count, shape, labels, targetShape, outside, range }: Split): PartFacts => ({
    count,
    shape: { ...shape } satisfies Shape,
    labels,
    targetShape,
    outside,
    ...(range && { range }),
  });
  return {
    task,
    inputShape,
    classes,
    ...(classNames && { classNames }),
    ...(sha256 !== undefined && { sha256 }),
    parts: { train: facts(dataset.train), validation: facts(dataset.validation), test: facts(dataset.test) },
    preparation: { outside: preparation.outside, normalisation: preparation.normalisation, steps: preparation.steps },
  };
}
