/** Images of a list of files, decoded and prepared in threads when they are asked for. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ChangedDataError, DataError } from '../../data-error.ts';
import { elementsOf, type Pixels, type Shape, type Source } from '../../dataset.ts';
import { pixelsText } from '../../../wire/map-shape.ts';
import { shapeAfter, type PrepareStep } from '../../../wire/preparation/step-table.ts';
import type { DecodePool } from '../../images/decode-pool.ts';
import type { Wanted } from '../../images/decode-thread.ts';
import type { Normalisation } from '../../preparation/preparation.ts';
import { SoundSamples, type Read } from '../sound-samples.ts';
import type { Unsound } from '../unsound.ts';
import type { FileList } from './file-list.ts';

/** The sizes of the images that were read so far, over both parts. */
export class SeenSizes {
  private ends: readonly [Shape, Shape] | undefined;

  see(shape: Shape): void {
    const [smallest, largest] = this.ends ?? [shape, shape];
    this.ends = [
      elementsOf(shape) < elementsOf(smallest) ? shape : smallest,
      elementsOf(shape) > elementsOf(largest) ? shape : largest,
    ];
  }

  /** @param otherwise where none was read */
  of(otherwise: Shape): readonly [smallest: Shape, largest: Shape] {
    return this.ends ?? [otherwise, otherwise];
  }
}

/** Images that there are, wherever they lie. */
export interface ImageList {
  readonly count: number;
  label(index: number): number;
  /** What messages call it: a file, or a row of one. */
  name(index: number): string;
  /** What a thread decodes. */
  wanted(index: number): Wanted | Promise<Wanted>;
  /** What tells these images from others, for a digest. */
  contents(): Iterable<Uint8Array>;
}

/** The files below a folder. */
export const filesBelow = (folder: string, files: FileList): ImageList => {
  const name = (index: number): string => join(folder, files.path(index));
  return {
    count: files.count,
    label: (index) => files.label(index),
    name,
    wanted: (index) => ({ file: name(index) }),
    contents: () => files.contents(),
  };
};

export interface ImagePart {
  readonly images: ImageList;
  /** Which of the images are the samples, in the order of their numbers. */
  readonly chosen: Int32Array;
  /** Of every sample. */
  readonly shape: Shape;
  readonly type: Source['type'];
  /** Of the network, for advice. */
  readonly input: Shape;
}

export class ImageSource implements Source {
  readonly held = false;
  private readonly sound: SoundSamples;
  private digest: string | undefined;

  constructor(
    readonly name: string,
    private readonly part: ImagePart,
    private readonly pool: DecodePool,
    unsound: Unsound,
    private readonly sizes: SeenSizes,
  ) {
    pool.retain();
    const { chosen, images } = part;
    this.sound = new SoundSamples(
      name,
      { count: chosen.length, label: (index) => images.label(chosen[index]!), file: (index) => this.nameOf(index) },
      unsound,
    );
  }

  get count(): number {
    return this.part.chosen.length;
  }
  get shape(): Shape {
    return this.part.shape;
  }
  get type(): Source['type'] {
    return this.part.type;
  }

  get identity(): string {
    return (this.digest ??= digestOf(this.part));
  }

  read(indices: Int32Array): Promise<readonly Pixels[]> {
    return this.sound.read(indices, (samples) => this.decode(samples));
  }

  /** In the threads that decode. */
  async normalised(indices: Int32Array, by: Normalisation): Promise<readonly Float32Array[]> {
    return (await this.sound.read(indices, (samples) => this.decode(samples, by))) as readonly Float32Array[];
  }

  get damaged(): ReadonlySet<number> {
    return this.sound.damaged;
  }

  async close(): Promise<void> {
    await this.pool.release();
  }

  /** The file whose image stands at `index`: another of its class where its own is unsound. */
  fileOf(index: number): string {
    return this.nameOf(this.sound.from(index));
  }

  private nameOf(index: number): string {
    return this.part.images.name(this.part.chosen[index]!);
  }

  private async decode(samples: readonly number[], normalise?: Normalisation): Promise<readonly Read[]> {
    const { images, chosen } = this.part;
    const wanted = await Promise.all(samples.map((index) => images.wanted(chosen[index]!)));
    const decoded = await this.pool.decode(wanted, normalise);
    return decoded.map((one, i) => {
      const path = this.nameOf(samples[i]!);
      if ('damage' in one) {
        if (one.gone) throw new ChangedDataError(path, one.damage);
        return one;
      }
      this.sizes.see(one.from);
      const { height, width } = this.shape;
      if (one.shape.height !== height || one.shape.width !== width)
        throw differentSize(path, one.shape, this.shape, this.part.input);
      return one.values;
    });
  }
}

/** Numbers that become text at once. */
const PIECE = 2 ** 12;

/** SHA-256 of which images there are, and of the list of those chosen as JSON has it. */
function digestOf({ images, chosen }: Pick<ImagePart, 'images' | 'chosen'>): string {
  const hash = createHash('sha256');
  for (const bytes of images.contents()) hash.update(bytes);
  hash.update('[');
  for (let from = 0; from < chosen.length; from += PIECE)
    hash.update(`${from === 0 ? '' : ','}${chosen.subarray(from, from + PIECE).join()}`);
  return hash.update(']').digest('hex');
}

/** So many images are looked at to learn their size. */
const LOOKS = 16;

/**
 * The shape that all samples of a set have: what the steps say, or else that of the first images.
 * @param place what an error is about
 * @throws DataError
 */
export async function shapeOfImages(
  place: string,
  { images, chosen, input }: Pick<ImagePart, 'images' | 'chosen' | 'input'>,
  pool: DecodePool,
  steps: readonly PrepareStep[],
  unsound: Unsound,
  sizes: SeenSizes,
): Promise<Shape> {
  // Spread over the classes, which may differ.
  const step = Math.max(1, Math.floor(chosen.length / LOOKS));
  const looked = Array.from({ length: Math.min(LOOKS, chosen.length) }, (_, i) => chosen[i * step]!);
  const decoded = await pool.decode(await Promise.all(looked.map((index) => images.wanted(index))));
  let shape: Shape | undefined;
  decoded.forEach((one, i) => {
    const name = images.name(looked[i]!);
    if ('damage' in one) return unsound.add(name, one.damage, one.unprepared);
    sizes.see(one.from);
    if (shape && (shape.height !== one.shape.height || shape.width !== one.shape.width))
      throw differentSize(name, one.shape, shape, input);
    shape ??= one.shape;
  });
  unsound.expectFew();
  if (shape) return shape;
  const wanted = shapeAfter(steps, { channels: 3 });
  if (typeof wanted !== 'string' && wanted.height && wanted.width && wanted.channels) return wanted as Shape;
  throw new DataError(place, 'none of the first images can be read', {}, ['dataset', 'path']);
}

/** Images of several sizes have no shape in common: they are brought to that of the network's input. */
export const differentSize = (file: string, one: Shape, other: Shape, input: Shape): DataError =>
  new DataError(
    file,
    `this image is ${one.height}x${one.width}, others are ${other.height}x${other.width}: bring all to the size of the input with \`prepare: [{ resize: ${pixelsText(input)} }]\``,
    {},
    ['dataset', 'path'],
  );
