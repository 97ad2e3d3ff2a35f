/** A source whose samples are all in memory. */
import { elementsOf, type Pixels, type Shape, type Source } from '../dataset.ts';
import { heldBytes, inOrder } from './in-order.ts';

export class HeldSource implements Source {
  readonly held = true;
  readonly type: Source['type'];
  readonly count: number;
  private readonly elements: number;

  /** @param pixels of all samples, one after another; shared, not copied */
  constructor(
    readonly name: string,
    readonly shape: Shape,
    private readonly pixels: Pixels,
    readonly varied?: Source['varied'],
  ) {
    this.elements = elementsOf(shape);
    this.type = pixels instanceof Uint8Array ? 'uint8' : 'float32';
    this.count = this.elements === 0 ? 0 : pixels.length / this.elements;
  }

  read(indices: Int32Array): Promise<readonly Pixels[]> {
    const { elements, pixels } = this;
    return Promise.resolve(Array.from(indices, (n) => pixels.subarray(n * elements, (n + 1) * elements)));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * The same samples in memory, and the files let go of where nothing is read any more; each piece is shown to `look` on
 * the way.
 * @throws DataError; RangeError where no memory is left
 */
export async function hold(
  source: Source,
  look: (samples: readonly Pixels[], from: number) => void,
): Promise<HeldSource> {
  const elements = elementsOf(source.shape);
  const pixels = new (source.type === 'uint8' ? Uint8Array : Float32Array)(source.count * elements);
  for await (const { from, samples } of inOrder(source)) {
    look(samples, from);
    samples.forEach((sample, i) => {
      pixels.set(sample, (from + i) * elements);
    });
  }
  // What is changed anew each time is read anew each time.
  const varied = source.varied && ((places: Int32Array, seed: number) => source.varied!(places, seed));
  if (varied === undefined) await source.close();
  return new HeldSource(source.name, source.shape, pixels, varied);
}

/** Would its samples fit into so many bytes of memory, or are they there already? */
export const fits = (source: Source, bytes: number): boolean => source.held || heldBytes(source) <= bytes;
