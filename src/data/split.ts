/** A part of a data set: some samples of what was read, normalised when they are asked for. */
import type { Normalisation, RawPart, Shape, Split } from './dataset.ts';

/** Elements of one image. */
export const elementsOf = (shape: Shape): number => shape.height * shape.width * shape.channels;

/**
 * The mean and standard deviation of each channel over the given samples. A channel that never varies gets a deviation
 * of 1.
 */
export function measure(part: RawPart, indices: Int32Array): Normalisation {
  const { channels } = part.shape;
  const elements = elementsOf(part.shape);
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  // Deviations are summed from the first sample's value: sums of raw squares would lose digits where the mean is far
  // from 0.
  const origin = part.pixels.slice(0, channels);
  for (const index of indices) {
    for (let i = 0; i < elements; i += channels) {
      for (let c = 0; c < channels; c++) {
        const value = part.pixels[index * elements + i + c]! - origin[c]!;
        sums[c]! += value;
        squares[c]! += value * value;
      }
    }
  }
  const n = (indices.length * elements) / channels;
  const mean = Array.from(sums, (sum) => sum / n);
  return {
    mean: mean.map((value, c) => value + origin[c]!),
    std: mean.map((value, c) => Math.sqrt(Math.max(0, squares[c]! / n - value * value)) || 1),
  };
}

/** The samples of `part` at `indices`, in that order. The pixels are shared, not copied. */
export class IndexedSplit implements Split {
  readonly labels: Int32Array;
  readonly outside: readonly number[];
  private readonly grids: Readonly<
    Record<'images' | 'targets', { readonly mean: readonly number[]; readonly scale: readonly number[] }>
  >;
  private readonly whole: Partial<Record<'images' | 'targets', Float32Array>> = {};

  constructor(
    private readonly part: RawPart,
    private readonly indices: Int32Array,
    normalisation: Normalisation,
    targetNormalisation = normalisation,
  ) {
    this.labels = part.labels.length === 0 ? part.labels : Int32Array.from(indices, (index) => part.labels[index]!);
    const grid = ({ mean, std }: Normalisation): (typeof this.grids)['images'] => ({
      mean,
      scale: std.map((one) => 1 / one),
    });
    this.grids = { images: grid(normalisation), targets: grid(targetNormalisation) };
    this.outside = normalisation.mean.map((mean, c) => -mean * this.grids.images.scale[c]!);
  }

  get count(): number {
    return this.indices.length;
  }
  get shape(): Shape {
    return this.part.shape;
  }
  get targetShape(): Shape | undefined {
    return this.part.targets?.shape;
  }
  get images(): Float32Array {
    return this.all('images', this.part);
  }
  get targets(): Float32Array | undefined {
    return this.part.targets && this.all('targets', this.part.targets);
  }

  copy(which: 'images' | 'targets', index: number, into: Float32Array, offset: number): void {
    const store = which === 'images' ? this.part : this.part.targets;
    if (store === undefined) throw new Error(`${this.part.name} has no targets`);
    const { channels } = store.shape;
    const { mean, scale } = this.grids[which];
    const elements = elementsOf(store.shape);
    const from = this.indices[index]! * elements;
    for (let i = 0, c = 0; i < elements; i++) {
      into[offset + i] = (store.pixels[from + i]! - mean[c]!) * scale[c]!;
      c = c + 1 === channels ? 0 : c + 1;
    }
  }

  private all(which: 'images' | 'targets', store: { readonly shape: Shape }): Float32Array {
    const made = this.whole[which];
    if (made !== undefined) return made;
    const elements = elementsOf(store.shape);
    const values = new Float32Array(this.count * elements);
    for (let n = 0; n < this.count; n++) this.copy(which, n, values, n * elements);
    return (this.whole[which] = values);
  }
}
