/**
 * Images of a list of files, decoded and prepared in threads when they are asked for. An image that cannot be read is
 * counted, and the next sound one of its class takes its place, so that a batch is the same whenever it is made.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ChangedDataError, DataError } from '../../data-error.ts';
import type { Pixels, Shape, Source } from '../../dataset.ts';
import type { DecodePool } from '../../images/decode-pool.ts';
import type { FileList } from './file-list.ts';

/** Files that an error names. */
const NAMED = 3;

/** What is unsound of a set, over both of its parts. */
export class Damage {
  private readonly found = new Map<string, string>();

  /** @param share of a set that may be unsound */
  constructor(
    private readonly folder: string,
    private readonly share: number,
    private readonly count: number,
  ) {}

  /** @throws DataError where there is more of it than is allowed */
  add(file: string, why: string): void {
    this.found.set(file, why);
    if (this.found.size <= this.share * this.count) return;
    const first = [...this.found].slice(0, NAMED).map(([name, reason]) => `${name}: ${reason}`);
    const more = this.found.size > NAMED ? `; and ${this.found.size - NAMED} more` : '';
    throw new DataError(
      this.folder,
      `${this.found.size} of ${this.count} images cannot be read, more than \`damaged: ${percent(this.share)}\` allows: ${first.join('; ')}${more}. Mend or delete them, or allow more`,
      {},
      ['dataset'],
    );
  }

  /** A sentence; undefined where all is sound. */
  sentence(): string | undefined {
    const [first, ...more] = this.found;
    if (!first) return undefined;
    return `${this.found.size} of ${this.count} images cannot be read and are left out: ${first.join(': ')}${more.length > 0 ? `; and ${more.length} more` : ''}`;
  }
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

export interface ImagePart {
  /** The folder that names are below. */
  readonly folder: string;
  readonly files: FileList;
  /** Which of the files are the samples, in the order of their numbers. */
  readonly chosen: Int32Array;
  /** Of every sample. */
  readonly shape: Shape;
  readonly type: Source['type'];
}

export class ImageSource implements Source {
  readonly held = false;
  readonly damaged = new Set<number>();

  constructor(
    readonly name: string,
    private readonly part: ImagePart,
    private readonly pool: DecodePool,
    private readonly damage: Damage,
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
        this.damage.add(this.path(index), one.damage);
        return;
      }
      const { height, width } = this.shape;
      if (one.shape.height !== height || one.shape.width !== width)
        throw differentSize(this.path(index), one.shape, this.shape);
      made.set(index, one.values);
    });
  }
}

/** Images of several sizes have no shape in common. */
export const differentSize = (file: string, one: Shape, other: Shape): DataError =>
  new DataError(
    file,
    `this image is ${one.height}x${one.width}, others are ${other.height}x${other.width}: bring all to one size with \`prepare: [{ resize: ${other.height}x${other.width} }]\``,
    {},
    ['dataset', 'path'],
  );
