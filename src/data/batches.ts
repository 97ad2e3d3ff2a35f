/** Shuffled, augmented training batches, the same for the same seed, resumable at any batch. */
import { SeededRandom } from '../base/random.ts';
import type { AugmentSpec } from '../network/types.ts';
import { augmenter, type Drawn } from './augmentation/augmentation-table.ts';
import { changeBatch } from './augmentation/change-batch.ts';
import type { Batch, Split } from './dataset.ts';
import { mixBatch, plainLabels, smoothed, taught, type LabelOptions } from './mixing/soft-targets.ts';

export interface BatchOptions {
  /** Samples a batch; a smaller data set makes smaller batches. */
  readonly batch: number;
  readonly seed: number;
  readonly augment: AugmentSpec;
  /** What becomes of labels; absent: they stay. */
  readonly labels?: LabelOptions;
  /** How often each sample of the part is drawn to the others; absent: each once in an epoch. */
  readonly weights?: Float32Array | undefined;
}

/** Plain JSON. */
export interface BatchState {
  readonly shuffle: readonly number[];
  readonly augment: readonly number[];
  readonly position: number;
}

/** Until all that promises lead to has begun: a step keeps this thread busy, and others are to work beside it. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/**
 * Systematic resampling: as many places as there are weights, each floor or ceil of its share of them.
 * @param weights not negative, one above 0 @param offset in [0, 1) @param into the places, in ascending order
 */
export function drawWeighted(weights: Float32Array, offset: number, into: Int32Array): void {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  let [place, reached] = [0, weights[0]!];
  for (let i = 0; i < into.length; i++) {
    const wanted = ((i + offset) / into.length) * sum;
    while (reached <= wanted && place < weights.length - 1) reached += weights[++place]!;
    into[i] = place;
  }
}

/**
 * An endless sequence of batches. Each epoch is a fresh permutation, or of weighted samples a fresh draw; what is left
 * over at its end, less than a batch, is dropped.
 * The arrays of a batch are never written again.
 */
export class Batches {
  /** Batches in an epoch. */
  readonly perEpoch: number;
  readonly size: number;
  private readonly shuffling: SeededRandom;
  private readonly augmenting: SeededRandom;
  private draw: (random: SeededRandom) => Drawn;
  private readonly order: Int32Array;
  /** The shuffling state from which the current permutation was made. */
  private epochStart: readonly number[];
  private position = 0;
  /** Samples of the next batch, on their way while a step is made. */
  private ahead: { readonly position: number; readonly samples: Promise<Batch> } | undefined;

  constructor(
    private split: Split,
    private readonly options: BatchOptions,
  ) {
    if (split.count === 0) throw new RangeError('there are no samples to make batches of');
    if (options.weights && options.weights.length !== split.count)
      throw new RangeError(`${options.weights.length} weights are not those of ${split.count} samples`);
    this.size = Math.min(options.batch, split.count);
    this.perEpoch = Math.floor(split.count / this.size);
    const seeds = new SeededRandom(options.seed);
    this.shuffling = new SeededRandom(seeds.uint32());
    this.augmenting = new SeededRandom(seeds.uint32());
    this.draw = augmenter(options.augment, split.shape);
    this.order = new Int32Array(split.count);
    this.epochStart = this.shuffling.state();
    this.permute();
  }

  /** From here on the same samples at another size: their order, and what is drawn of them, stays what it is. */
  readFrom(split: Split): void {
    if (split === this.split) return;
    if (split.count !== this.split.count) throw new RangeError('these are other samples');
    this.split = split;
    this.draw = augmenter(this.options.augment, split.shape);
    this.ahead = undefined;
  }

  /** @throws ChangedDataError where the data are not what they were */
  async next(): Promise<Batch> {
    if (this.position === this.perEpoch) {
      this.epochStart = this.shuffling.state();
      this.permute();
      this.position = 0;
    }
    const places = this.places();
    const samples = this.ahead?.position === this.position ? this.ahead.samples : this.fetch();
    const changes = Array.from({ length: this.size }, () => this.draw(this.augmenting));
    this.position += 1;
    this.ahead = undefined;
    const batch = await samples;
    if (this.readAhead()) await turn();
    return this.softened(changeBatch(this.split, this.aimed(batch, places), changes), places);
  }

  state(): BatchState {
    return { shuffle: this.epochStart, augment: this.augmenting.state(), position: this.position };
  }

  /**
   * Takes up the sequence where `state()` was called.
   * @throws RangeError where the state is not one of these batches
   */
  restore(state: BatchState): void {
    if (!Number.isInteger(state.position) || state.position < 0 || state.position > this.perEpoch)
      throw new RangeError(`batch ${state.position} of ${this.perEpoch} does not exist`);
    this.ahead = undefined;
    this.shuffling.restore(state.shuffle);
    this.augmenting.restore(state.augment);
    this.epochStart = state.shuffle;
    this.permute();
    this.position = state.position;
  }

  /** The samples of the next batch as they are. */
  private fetch(): Promise<Batch> {
    return this.split.gather(this.places(), this.seed());
  }

  /** Where the samples of the next batch stand in the part. */
  private places(): Int32Array {
    return this.order.slice(this.position * this.size, (this.position + 1) * this.size);
  }

  /** Of what a source changes at random in a batch: it follows from the state, so that any checkpoint goes on alike. */
  private seed(): number {
    return new SeededRandom((this.epochStart[0]! ^ Math.imul(this.position + 1, 0x9e3779b1)) >>> 0).uint32();
  }

  /**
   * Starts to read what comes next in this epoch, where reading takes time. Which it is takes no random number.
   * @returns has it started?
   */
  private readAhead(): boolean {
    if (this.split.held || this.position === this.perEpoch) return false;
    const samples = this.fetch();
    // A failure is told where the samples are asked for.
    samples.catch(() => undefined);
    this.ahead = { position: this.position, samples };
    return true;
  }

  private permute(): void {
    const { weights } = this.options;
    if (weights) drawWeighted(weights, this.shuffling.next(), this.order);
    else for (let i = 0; i < this.order.length; i++) this.order[i] = i;
    this.shuffling.shuffle(this.order);
  }

  /** Targets with their teacher's share, where they are no labels. */
  private aimed(batch: Batch, places: Int32Array): Batch {
    const lessons = this.options.labels?.lessons;
    return batch.targets && lessons ? { ...batch, targets: taught(batch.targets, places, lessons) } : batch;
  }

  /** Distributions over the classes instead of labels, where options ask for such. */
  private softened(batch: Batch, places: Int32Array): Batch {
    const { labels } = this.options;
    if (!labels || batch.targets || plainLabels(labels)) return batch;
    const soft = taught(smoothed(batch.labels, labels.classes, labels.smoothing), places, labels.lessons);
    return mixBatch({ ...batch, soft }, this.split.shape, labels, this.augmenting);
  }
}
