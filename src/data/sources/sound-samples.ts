/**
 * Samples of files of which some are unsound: such a file is counted, and the next sound sample of its class takes its
 * place, so that a batch is the same whenever it is made.
 */
import { DataError } from '../data-error.ts';
import type { Pixels } from '../dataset.ts';
import type { Unsound } from './unsound.ts';

/** What became of a sample: its values, or why there are none. */
export type Read<P extends Pixels = Pixels> = P | Damage;

export interface Damage {
  readonly damage: string;
  /** It is sound, but `prepare` makes nothing of it. */
  readonly unprepared?: true;
  /** Where it is another file than the one that the sample is named by. */
  readonly file?: string;
}

/** What is known of the samples of a part without reading them. */
export interface Listed {
  readonly count: number;
  label(index: number): number;
  /** The file of a sample, for messages. */
  file(index: number): string;
}

export class SoundSamples<P extends Pixels = Pixels> {
  readonly damaged = new Set<number>();

  /** @param name what messages call the part */
  constructor(
    private readonly name: string,
    private readonly listed: Listed,
    private readonly unsound: Unsound,
  ) {}

  /**
   * The samples at `indices`, others of their class where they are unsound.
   * @param make reads samples, each named once
   * @throws DataError where more is unsound than is allowed, or a class has no sound sample
   */
  async read(
    indices: Int32Array,
    make: (samples: readonly number[]) => Promise<readonly Read<P>[]>,
  ): Promise<readonly P[]> {
    const made = new Map<number, P>();
    const slots = Int32Array.from(indices, (index) => this.from(index));
    for (;;) {
      const missing = [...new Set(slots)].filter((index) => !made.has(index));
      if (missing.length === 0) return Array.from(slots, (index) => made.get(index)!);
      const found = await make(missing);
      missing.forEach((index, i) => {
        const one = found[i]!;
        if ('damage' in one) {
          this.damaged.add(index);
          this.unsound.add(one.file ?? this.listed.file(index), one.damage, one.unprepared);
        } else made.set(index, one);
      });
      this.unsound.expectFew();
      slots.forEach((index, slot) => {
        if (this.damaged.has(index)) slots[slot] = this.from(index);
      });
    }
  }

  /** The sample itself, or the next of its class that is not known to be unsound. @throws DataError where none is */
  from(index: number): number {
    const { count, label, file } = this.listed;
    for (let step = 0; step < count; step++) {
      const at = (index + step) % count;
      if (!this.damaged.has(at) && label(at) === label(index)) return at;
    }
    throw new DataError(this.name, `no sample of the class of ${file(index)} can be read`);
  }
}
