/**
 * Images of a list of files, decoded and prepared in threads when they are asked for. An image that cannot be read is
 * counted, and the next sound one of its class takes its place, so that a batch is the same whenever it is made.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ChangedDataError, DataError } from '../../data-error.ts';
import { elementsOf, type Pixels, type Shape, type Source } from '../../dataset.ts';
import { pixelsText } from '../../../wire/map-shape.ts';
import type { DecodePool } from '../../images/decode-pool.ts';
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
  readonly damaged = new Set<number>();

  constructor(
    readonly name: string,
    private readonly part: ImagePart,
    private readonly pool: DecodePool,
    private readonly unsound: Unsound,
    private readonly sizes: SeenSizes,
  ) {
    pool.retain();
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

  async read(indices: Int32Array): Promise<readonly Pixels[]> {
    const made = new Map<number, Pixels>();
    const slots = Int32Array.from(indices, (index) => this.soundFrom(index));
    for (;;) {
      const missing = [...new Set(slots)].filter((index) => !made.has(index));
      if (missing.length === 0) return Array.from(slots, (index) => made.get(index)!);
      await this.decode(missing, made);
      slots.forEach((index, slot) => {
        if (this.damaged.has(index)) slots[slot] = this.soundFrom(index);
      });
    }
  }

  async close(): Promise<void> {
    await this.pool.release();
  }

  private label(index: number): number {
    return this.part.files.label(this.part.chosen[index]!);
  }

  /** The sample itself, or the next of its class that is not known to be unsound. @throws DataError where none is */
  private soundFrom(index: number): number {
    for (let step = 0; step < this.count; step++) {
      const at = (index + step) % this.count;
      if (!this.damaged.has(at) && this.label(at) === this.label(index)) return at;
    }
    throw new DataError(this.name, `no image of the class of ${this.path(index)} can be read`);
  }

  /** The file whose image stands at `index`: another of its class where its own is unsound. */
  fileOf(index: number): string {
    return this.path(this.soundFrom(index));
  }

  private path(index: number): string {
    return join(this.part.folder, this.part.files.path(this.part.chosen[index]!));
  }

  private async decode(samples: readonly number[], made: Map<number, Pixels>): Promise<void> {
    const decoded = await this.pool.decode(samples.map((index) => ({ file: this.path(index) })));
    decoded.forEach((one, i) => {
      const index = samples[i]!;
      if ('damage' in one) {
        if (one.gone) throw new ChangedDataError(this.path(index), one.damage);
        this.damaged.add(index);
        this.unsound.add(this.path(index), one.damage);
        return;
      }
      this.sizes.see(one.from);
      const { height, width } = this.shape;
      if (one.shape.height !== height || one.shape.width !== width)
        throw differentSize(this.path(index), one.shape, this.shape, this.part.input);
      made.set(index, one.values);
    });
    this.unsound.expectFew();
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
