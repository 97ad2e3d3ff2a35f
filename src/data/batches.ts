/** Shuffled, augmented training batches, the same for the same seed, resumable at any batch. */
import { SeededRandom } from '../base/random.ts';
import { elementsOf, type Batch, type Shape, type Split } from './dataset.ts';

export interface BatchOptions {
  /** Samples a batch; a smaller data set makes smaller batches. */
  readonly batch: number;
  readonly seed: number;
  /** `crop`: shift by up to so many pixels each way, zeros outside. `flip`: mirror left and right, half of the time. */
  readonly augment: { readonly crop: number; readonly flip: boolean };
}

/** Plain JSON. */
export interface BatchState {
  readonly shuffle: readonly number[];
  readonly augment: readonly number[];
  readonly position: number;
}

interface View {
  readonly row: number;
  readonly column: number;
  readonly flip: boolean;
}

/**
 * An endless sequence of batches. Each epoch is a fresh permutation; what is left over at its end, less than a batch,
 * is dropped.
 * The arrays of a batch are never written again.
 */
export class Batches {
  /** Batches in an epoch. */
  readonly perEpoch: number;
  readonly size: number;
  private readonly shuffling: SeededRandom;
  private readonly augmenting: SeededRandom;
  private readonly order: Int32Array;
  /** The shuffling state from which the current permutation was made. */
  private epochStart: readonly number[];
  private position = 0;
  /** Samples of the next batch, on their way while a step is made. */
  private ahead: { readonly position: number; readonly samples: Promise<Batch> } | undefined;

  constructor(
    private readonly split: Split,
    private readonly options: BatchOptions,
  ) {
    if (split.count === 0) throw new RangeError('there are no samples to make batches of');
    this.size = Math.min(options.batch, split.count);
    this.perEpoch = Math.floor(split.count / this.size);
    const seeds = new SeededRandom(options.seed);
    this.shuffling = new SeededRandom(seeds.uint32());
    this.augmenting = new SeededRandom(seeds.uint32());
    this.order = new Int32Array(split.count);
    this.epochStart = this.shuffling.state();
    this.permute();
  }

  /** @throws ChangedDataError where the data are not what they were */
  async next(): Promise<Batch> {
    if (this.position === this.perEpoch) {
      this.epochStart = this.shuffling.state();
      this.permute();
      this.position = 0;
    }
    const samples = this.ahead?.position === this.position ? this.ahead.samples : this.fetch();
    const views = Array.from({ length: this.size }, () => this.draw());
    this.position += 1;
    this.ahead = undefined;
    const batch = await samples;
    this.readAhead();
    return this.augmented(batch, views);
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
    return this.split.gather(this.order.slice(this.position * this.size, (this.position + 1) * this.size));
  }

  /** Starts to read what comes next in this epoch, where reading takes time. Which it is takes no random number. */
  private readAhead(): void {
    if (this.split.held || this.position === this.perEpoch) return;
    const samples = this.fetch();
    // A failure is told where the samples are asked for.
    samples.catch(() => undefined);
    this.ahead = { position: this.position, samples };
  }

  private permute(): void {
    for (let i = 0; i < this.order.length; i++) this.order[i] = i;
    this.shuffling.shuffle(this.order);
  }

  private draw(): View {
    const { crop, flip } = this.options.augment;
    const shift = (): number => (crop === 0 ? 0 : this.augmenting.integer(2 * crop + 1) - crop);
    return { row: shift(), column: shift(), flip: flip && this.augmenting.next() < 0.5 };
  }

  private augmented(batch: Batch, views: readonly View[]): Batch {
    const { shape, targetShape } = this.split;
    const { crop, flip } = this.options.augment;
    if (crop === 0 && !flip) return batch;
    return {
      ...batch,
      images: this.moved(batch.images, shape, views),
      ...(batch.targets && targetShape && { targets: this.moved(batch.targets, targetShape, views) }),
    };
  }

  private moved(images: Float32Array, shape: Shape, views: readonly View[]): Float32Array {
    const elements = elementsOf(shape);
    const out = new Float32Array(images.length);
    // Targets are larger than images by a whole factor, and move by as much more.
    const factor = shape.height / this.split.shape.height;
    views.forEach((view, n) => {
      const at = [n * elements, (n + 1) * elements] as const;
      place(images.subarray(...at), shape, view, factor, this.split.outside, out.subarray(...at));
    });
    return out;
  }
}

/** Copies an image moved by the view and mirrored if it says so. */
function place(
  image: Float32Array,
  { height, width, channels }: Shape,
  view: View,
  factor: number,
  outside: readonly number[],
  out: Float32Array,
): void {
  for (let row = 0; row < height; row++) {
    const fromRow = row + view.row * factor;
    for (let column = 0; column < width; column++) {
      const fromColumn = (view.flip ? width - 1 - column : column) + view.column * factor;
      const inside = fromRow >= 0 && fromRow < height && fromColumn >= 0 && fromColumn < width;
      const from = (fromRow * width + fromColumn) * channels;
      const to = (row * width + column) * channels;
      for (let c = 0; c < channels; c++) out[to + c] = inside ? image[from + c]! : outside[c]!;
    }
  }
}
