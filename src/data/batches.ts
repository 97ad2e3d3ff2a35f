/** Shuffled, augmented training batches, the same for the same seed, resumable at any batch. */
import { SeededRandom } from '../base/random.ts';
import { elementsOf } from './split.ts';
import type { Shape, Split } from './dataset.ts';

export interface BatchOptions {
  /** Samples a batch; a smaller data set makes smaller batches. */
  readonly batch: number;
  readonly seed: number;
  /** `crop`: shift by up to so many pixels each way, zeros outside. `flip`: mirror left and right, half of the time. */
  readonly augment: { readonly crop: number; readonly flip: boolean };
}

export interface Batch {
  readonly count: number;
  /** NHWC, normalised. */
  readonly images: Float32Array;
  readonly labels: Int32Array;
  /** The images or values to reach, augmented alike. */
  readonly targets?: Float32Array;
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

  next(): Batch {
    if (this.position === this.perEpoch) {
      this.epochStart = this.shuffling.state();
      this.permute();
      this.position = 0;
    }
    const { split, size } = this;
    const first = this.position++ * size;
    const chosen = this.order.subarray(first, first + size);
    const views = Array.from(chosen, () => this.draw());
    const targets =
      split.targetShape === undefined ? undefined : this.gather('targets', split.targetShape, chosen, views);
    return {
      count: size,
      images: this.gather('images', split.shape, chosen, views),
      labels: split.labels.length === 0 ? split.labels : Int32Array.from(chosen, (index) => split.labels[index]!),
      ...(targets === undefined ? {} : { targets }),
    };
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
    this.shuffling.restore(state.shuffle);
    this.augmenting.restore(state.augment);
    this.epochStart = state.shuffle;
    this.permute();
    this.position = state.position;
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

  private gather(which: 'images' | 'targets', shape: Shape, chosen: Int32Array, views: readonly View[]): Float32Array {
    const elements = elementsOf(shape);
    const out = new Float32Array(chosen.length * elements);
    const plain = this.options.augment.crop === 0 && !this.options.augment.flip;
    const whole = plain ? out : new Float32Array(elements);
    // Targets are larger than images by a whole factor, and move by as much more.
    const factor = shape.height / this.split.shape.height;
    chosen.forEach((index, n) => {
      this.split.copy(which, index, whole, plain ? n * elements : 0);
      if (!plain)
        place(whole, shape, views[n]!, factor, this.split.outside, out.subarray(n * elements, (n + 1) * elements));
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
