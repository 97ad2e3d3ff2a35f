/** Images of a list of files, decoded and prepared in threads when they are asked for. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ChangedDataError, DataError } from '../../data-error.ts';
import { elementsOf, type Pixels, type Shape, type Source } from '../../dataset.ts';
import { pixelsText } from '../../../wire/map-shape.ts';
import type { DecodePool } from '../../images/decode-pool.ts';
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

export interface ImagePart {
  /** The folder that names are below. */
  readonly folder: string;
  readonly files: FileList;
  /** Which of the files are the samples, in the order of their numbers. */
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

  constructor(
    readonly name: string,
    private readonly part: ImagePart,
    private readonly pool: DecodePool,
    unsound: Unsound,
    private readonly sizes: SeenSizes,
  ) {
    pool.retain();
    const { chosen, files } = part;
    this.sound = new SoundSamples(
      name,
      { count: chosen.length, label: (index) => files.label(chosen[index]!), file: (index) => this.path(index) },
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
    const hash = createHash('sha256');
    for (const bytes of this.part.files.contents()) hash.update(bytes);
    return hash.update(JSON.stringify([...this.part.chosen])).digest('hex');
  }

  read(indices: Int32Array): Promise<readonly Pixels[]> {
    return this.sound.read(indices, (samples) => this.decode(samples));
  }

  get damaged(): ReadonlySet<number> {
    return this.sound.damaged;
  }

  async close(): Promise<void> {
    await this.pool.release();
  }

  /** The file whose image stands at `index`: another of its class where its own is unsound. */
  fileOf(index: number): string {
    return this.path(this.sound.from(index));
  }

  private path(index: number): string {
    return join(this.part.folder, this.part.files.path(this.part.chosen[index]!));
  }

  private async decode(samples: readonly number[]): Promise<readonly Read[]> {
    const decoded = await this.pool.decode(samples.map((index) => ({ file: this.path(index) })));
    return decoded.map((one, i) => {
      const path = this.path(samples[i]!);
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

/** Images of several sizes have no shape in common: they are brought to that of the network's input. */
export const differentSize = (file: string, one: Shape, other: Shape, input: Shape): DataError =>
  new DataError(
    file,
    `this image is ${one.height}x${one.width}, others are ${other.height}x${other.width}: bring all to the size of the input with \`prepare: [{ resize: ${pixelsText(input)} }]\``,
    {},
    ['dataset', 'path'],
  );
