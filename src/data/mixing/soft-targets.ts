/**
 * What a batch is to come out as where that is more than its labels: label smoothing, what a teacher says, and samples
 * that are mixed all make distributions over the classes, so that the loss need not know which.
 */
import type { SeededRandom } from '../../base/random.ts';
import type { Batch, Shape } from '../dataset.ts';
import { cutMix } from './cut-mix.ts';
import type { Mixing } from './mixing.ts';
import { mixUp } from './mix-up.ts';

/** The mixings that there are, by their keys in `training:`. */
export const MIXINGS = { mixup: mixUp, cutmix: cutMix } as const satisfies Readonly<Record<string, Mixing>>;

/** What a teacher puts out for samples, as targets. */
export interface Lessons {
  /** How much of a target is the teacher's, from 0 to 1. */
  readonly share: number;
  /** For each place of the part that is trained on: distributions over the classes, or values as targets have them. */
  readonly rows: Float32Array;
}

export interface LabelOptions {
  readonly classes: number;
  /** Label smoothing: share that is spread evenly over all classes. */
  readonly smoothing: number;
  /** Both parameters of the beta distribution of shares, for each mixing; 0: it is not used. */
  readonly mixings: Readonly<Record<keyof typeof MIXINGS, number>>;
  /** Absent: nobody teaches. */
  readonly lessons?: Lessons | undefined;
}

/** Do labels stay as they are? */
export const plainLabels = ({ smoothing, mixings, lessons }: LabelOptions): boolean =>
  !lessons && smoothing === 0 && Object.values(mixings).every((alpha) => alpha === 0);

/** One distribution a label, [N × classes]: its class, less what is spread evenly over all (arXiv 1512.00567). */
export function smoothed(labels: Int32Array, classes: number, smoothing: number): Float32Array {
  const rows = new Float32Array(labels.length * classes).fill(smoothing / classes);
  labels.forEach((label, n) => {
    rows[n * classes + label]! += 1 - smoothing;
  });
  return rows;
}

/** Targets of a batch, one row a sample, with the teacher's share for those places. Absent lessons change nothing. */
export function taught(own: Float32Array, places: Int32Array, lessons: Lessons | undefined): Float32Array {
  if (!lessons) return own;
  const { share, rows } = lessons;
  const values = own.length / places.length;
  return own.map((value, i) => {
    const place = places[Math.floor(i / values)]!;
    return (1 - share) * value + share * rows[place * values + (i % values)]!;
  });
}

/**
 * Mixes the samples of a batch whose targets are distributions, by one of the mixings that are used, each as likely.
 * One share holds for a batch, as in their papers.
 */
export function mixBatch(
  batch: Batch,
  shape: Shape,
  { mixings }: Pick<LabelOptions, 'mixings'>,
  random: SeededRandom,
): Batch {
  const used = (Object.keys(MIXINGS) as (keyof typeof MIXINGS)[]).filter((name) => mixings[name] > 0);
  if (used.length === 0) return batch;
  const name = used[used.length === 1 ? 0 : random.integer(used.length)]!;
  const partners = Int32Array.from({ length: batch.count }, (_, n) => n);
  random.shuffle(partners);
  const images = batch.images.slice();
  const kept = MIXINGS[name].mix(images, shape, partners, random.beta(mixings[name], mixings[name]), random);
  const soft = batch.soft!.slice();
  mixUp.mix(soft, { height: 1, width: 1, channels: soft.length / batch.count }, partners, kept, random);
  return { ...batch, images, soft };
}
