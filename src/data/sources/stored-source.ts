/** A source of records of one size in open files, read at random. */
import { elementsOf, type Pixels, type Shape, type Source } from '../dataset.ts';
import type { OpenBytes } from '../files/open-bytes.ts';
import { HeldSource } from './held-source.ts';

/** Records that lie one after another in one file. */
export interface Records {
  readonly bytes: OpenBytes;
  /** Of the first record. */
  readonly start: number;
  readonly count: number;
}

export interface Layout {
  readonly name: string;
  readonly shape: Shape;
  readonly type: Source['type'];
  readonly recordBytes: number;
  /** In the order of the samples' numbers. */
  readonly files: readonly Records[];
  /** Records, one after another, to the values of their samples. Absent: the bytes are the values. */
  readonly decode?: (records: Uint8Array<ArrayBuffer>) => Pixels;
}

/** The samples of a layout; in memory where its file is and nothing has to be decoded. */
export function storedSource(layout: Layout): Source {
  const [only, ...more] = layout.files;
  if (only?.bytes.content !== undefined && more.length === 0 && layout.decode === undefined) {
    const { content } = only.bytes;
    const length = only.count * layout.recordBytes;
    return new HeldSource(layout.name, layout.shape, content.subarray(only.start, only.start + length));
  }
  return new StoredSource(layout);
}

/** Records that are read in one step: neighbours in their file and among what was asked for. */
interface Run {
  readonly file: Records;
  readonly record: number;
  /** Place of the first among the records asked for. */
  readonly slot: number;
  length: number;
}

class StoredSource implements Source {
  readonly held = false;
  readonly count: number;

  constructor(private readonly layout: Layout) {
    this.count = layout.files.reduce((sum, { count }) => sum + count, 0);
  }

  get name(): string {
    return this.layout.name;
  }
  get shape(): Shape {
    return this.layout.shape;
  }
  get type(): Source['type'] {
    return this.layout.type;
  }

  async read(indices: Int32Array): Promise<readonly Pixels[]> {
    const { recordBytes, decode, shape } = this.layout;
    const records = new Uint8Array(new ArrayBuffer(indices.length * recordBytes));
    const runs = this.runsOf(indices);
    await Promise.all(
      runs.map(({ file, record, slot, length }) => {
        const into = records.subarray(slot * recordBytes, (slot + length) * recordBytes);
        return file.bytes.fill(into, file.start + record * recordBytes);
      }),
    );
    // After reading: what was read before a file changed is sound, what was read while it changed is not.
    await Promise.all([...new Set(runs.map(({ file }) => file.bytes))].map((bytes) => bytes.expectUnchanged()));
    const values = decode?.(records) ?? records;
    const elements = elementsOf(shape);
    return Array.from(indices, (_, i) => values.subarray(i * elements, (i + 1) * elements));
  }

  async close(): Promise<void> {
    await Promise.all(this.layout.files.map(({ bytes }) => bytes.close()));
  }

  private runsOf(indices: Int32Array): readonly Run[] {
    const runs: Run[] = [];
    indices.forEach((index, slot) => {
      const { file, record } = this.placeOf(index);
      const last = runs.at(-1);
      if (last?.file === file && last.record + last.length === record) last.length += 1;
      else runs.push({ file, record, slot, length: 1 });
    });
    return runs;
  }

  private placeOf(index: number): { file: Records; record: number } {
    let record = index;
    for (const file of this.layout.files) {
      if (record < file.count) return { file, record };
      record -= file.count;
    }
    throw new RangeError(`${this.name}: sample ${index} of ${this.count} does not exist`);
  }
}
