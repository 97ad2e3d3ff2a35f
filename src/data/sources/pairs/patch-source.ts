/** Patches of pairs of images, cut in the threads that decode; pairs of which a side is damaged have none. */
import { SeededRandom } from '../../../base/random.ts';
import { ChangedDataError } from '../../data-error.ts';
import type { Pixels, Shape, Source } from '../../dataset.ts';
import type { DecodePool } from '../../images/decode-pool.ts';
import type { Decoded, Wanted } from '../../images/decode-thread.ts';
import type { Normalisation } from '../../preparation/preparation.ts';
import { SoundSamples, type Damage, type Read } from '../sound-samples.ts';
import type { Unsound } from '../unsound.ts';

export interface Pair {
  readonly large: string;
  /** Absent: made of the large one. */
  readonly small?: string;
}

export interface PatchLayout {
  readonly pairs: readonly Pair[];
  /** Patches of each image; one alone is its middle. */
  readonly patches: number;
  readonly scale: number;
  readonly seed: number;
  /** Of small patches. */
  readonly height: number;
  readonly width: number;
}

const SIDES = ['small', 'large'] as const;
type Side = (typeof SIDES)[number];

/** The patches of one part. Both sides leave out the same ones, whichever is read first. */
export class PatchPart {
  readonly sound: SoundSamples;
  /** Pairs that were read, and what is wrong with them: undefined where nothing is. */
  private readonly looked = new Map<number, Damage | undefined>();

  constructor(
    readonly layout: PatchLayout,
    private readonly pool: DecodePool,
    unsound: Unsound,
  ) {
    const file = (index: number): string => this.pairOf(index).large;
    this.sound = new SoundSamples(this.name, { count: this.count, label: () => 0, file }, unsound);
  }

  get name(): string {
    return this.layout.pairs[0]!.large;
  }
  get count(): number {
    return this.layout.pairs.length * this.layout.patches;
  }

  side(side: Side): Source {
    return new PatchSource(this, side, this.pool);
  }

  /** The large image whose patch stands at `index`: of another pair where its own is damaged. */
  fileOf(index: number): string {
    return this.pairOf(this.sound.from(index)).large;
  }

  /** Patches of one side, or what is wrong with their pair. @throws ChangedDataError where a file is gone */
  async decode(samples: readonly number[], side: Side, normalise?: Normalisation): Promise<readonly Read[]> {
    const wanted = samples.map((index) => this.wanted(index, side));
    // Of a pair that nobody has read the other side is read as well: it may be the damaged one.
    const other = SIDES.find((one) => one !== side)!;
    const strange = [...new Map(samples.map((index) => [this.numberOf(index), index]))].filter(
      ([pair]) => !this.looked.has(pair),
    );
    const checked = strange.map(([, index]) => this.wanted(index, other));
    const decoded = await this.pool.decode([...wanted, ...checked], normalise);
    samples.forEach((index, i) => {
      this.look(index, decoded[i]!, wanted[i]!.file);
    });
    strange.forEach(([, index], i) => {
      this.look(index, decoded[wanted.length + i]!, checked[i]!.file);
    });
    return samples.map((index, i) => {
      const one = decoded[i]!;
      return this.looked.get(this.numberOf(index)) ?? ('damage' in one ? one : one.values);
    });
  }

  private look(index: number, one: Decoded, file: string): void {
    const pair = this.numberOf(index);
    if ('damage' in one && one.gone) throw new ChangedDataError(file, one.damage);
    if (this.looked.get(pair) === undefined) this.looked.set(pair, 'damage' in one ? { ...one, file } : undefined);
    const { patches } = this.layout;
    if ('damage' in one) for (let patch = 0; patch < patches; patch++) this.sound.damaged.add(pair * patches + patch);
  }

  private numberOf(index: number): number {
    return Math.floor(index / this.layout.patches);
  }

  private pairOf(index: number): Pair {
    return this.layout.pairs[this.numberOf(index)]!;
  }

  /** Both sides of a pair draw the same place. */
  private wanted(index: number, side: Side): Wanted {
    const { patches, scale, seed, height, width } = this.layout;
    const pair = this.pairOf(index);
    const random = new SeededRandom((seed * 0x9e3779b1 + index) >>> 0);
    const at = patches === 1 ? { down: 0.5, right: 0.5 } : { down: random.next(), right: random.next() };
    const cut = { ...at, height, width };
    if (side === 'large') return { file: pair.large, cut: { ...cut, times: scale } };
    return pair.small === undefined ? { file: pair.large, shrink: scale, cut } : { file: pair.small, cut };
  }
}

/** Patches of one side of all pairs. */
class PatchSource implements Source {
  readonly held = false;
  readonly type = 'uint8';
  readonly shape: Shape;

  constructor(
    private readonly part: PatchPart,
    private readonly side: Side,
    private readonly pool: DecodePool,
  ) {
    const { scale, height, width } = part.layout;
    const times = side === 'large' ? scale : 1;
    this.shape = { height: height * times, width: width * times, channels: 3 };
    pool.retain();
  }

  get name(): string {
    return this.part.name;
  }
  get count(): number {
    return this.part.count;
  }
  get damaged(): ReadonlySet<number> {
    return this.part.sound.damaged;
  }

  read(indices: Int32Array): Promise<readonly Pixels[]> {
    return this.part.sound.read(indices, (samples) => this.part.decode(samples, this.side));
  }

  /** In the threads that decode. */
  async normalised(indices: Int32Array, by: Normalisation): Promise<readonly Float32Array[]> {
    const { sound } = this.part;
    return (await sound.read(indices, (samples) => this.part.decode(samples, this.side, by))) as Float32Array[];
  }

  async close(): Promise<void> {
    await this.pool.release();
  }
}
