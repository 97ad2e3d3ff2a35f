/** A part of a data set: some samples of its sources, prepared when they are asked for. */
import { elementsOf, type Batch, type Range, type Shape, type Source, type SourcePart, type Split } from './dataset.ts';
import type { Normalisation, Preparation } from './preparation/preparation.ts';

/** Of prepared samples that are asked for again and again, a split keeps so many bytes. */
export const PREPARED_BYTES = 256 * 2 ** 20;

/** The samples of `part` at `indices`, in that order. */
export class IndexedSplit implements Split {
  readonly labels: Int32Array;
  readonly groups: Int32Array | undefined;
  private readonly kept = new Map<string, Batch>();
  private keptBytes = 0;

  constructor(
    private readonly part: SourcePart,
    private readonly indices: Int32Array,
    private readonly preparation: Preparation,
    private readonly targetPreparation = preparation,
    private readonly most = PREPARED_BYTES,
  ) {
    const { labels, groups } = part;
    this.labels = labels.length === 0 ? labels : Int32Array.from(indices, (index) => labels[index]!);
    this.groups = groups && Int32Array.from(indices, (index) => groups[index]!);
  }

  get count(): number {
    return this.indices.length;
  }
  get shape(): Shape {
    return this.preparation.inputShape(this.part.samples.shape);
  }
  get targetShape(): Shape | undefined {
    return this.part.targets && this.targetPreparation.inputShape(this.part.targets.shape);
  }
  get targetScaling(): Normalisation | undefined {
    return this.part.targets && this.targetPreparation.normalisation;
  }
  get outside(): readonly number[] {
    return this.preparation.outside;
  }
  get origins(): NonNullable<Split['origins']> {
    return { indices: this.indices, count: this.part.samples.count };
  }
  fileOf(place: number): string | undefined {
    return this.part.file?.(this.indices[place]!);
  }
  get range(): Range | undefined {
    const { mean, std } = this.preparation.normalisation;
    const at = (stored: number): number[] => mean.map((value, c) => (stored - value) / std[c]!);
    return this.part.samples.type === 'uint8' ? { low: at(0), high: at(255) } : undefined;
  }
  get held(): boolean {
    const { samples, targets } = this.part;
    return samples.held && samples.varied === undefined && (targets?.held ?? true);
  }

  async gather(places: Int32Array, seed?: number): Promise<Batch> {
    const { part, labels } = this;
    const indices = Int32Array.from(places, (place) => this.indices[place]!);
    const [images, targets] = await Promise.all([
      prepared(part.samples, indices, this.preparation, seed),
      part.targets && prepared(part.targets, indices, this.targetPreparation),
    ]);
    return {
      count: places.length,
      images,
      labels: labels.length === 0 ? labels : Int32Array.from(places, (place) => labels[place]!),
      ...(targets && { targets }),
    };
  }

  async slice(from: number, count: number): Promise<Batch> {
    const key = `${from}+${count}`;
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    const made = await this.gather(Int32Array.from({ length: count }, (_, i) => from + i));
    const bytes = made.images.byteLength + (made.targets?.byteLength ?? 0);
    if (this.keptBytes + bytes <= this.most) {
      this.kept.set(key, made);
      this.keptBytes += bytes;
    }
    return made;
  }
}

async function prepared(source: Source, indices: Int32Array, by: Preparation, seed?: number): Promise<Float32Array> {
  const elements = elementsOf(by.inputShape(source.shape));
  const values = new Float32Array(indices.length * elements);
  const varied = seed === undefined ? undefined : source.varied;
  if (source.normalised && !varied) {
    const samples = await source.normalised(indices, by.normalisation);
    samples.forEach((sample, n) => {
      values.set(sample, n * elements);
    });
    return values;
  }
  const samples = await (varied ? varied(indices, seed!) : source.read(indices));
  samples.forEach((sample, n) => {
    by.prepare(sample, values, n * elements);
  });
  return values;
}
