/** What maps reach, and the grids that follow: found over batches, then learned where maps are narrow. */
import * as tf from '@tensorflow/tfjs-core';
import { readOf } from '../../devices/read-tensor.ts';
import { quantiseGrid } from '../../integer/activation-grid.ts';
import type { Quantisation, Range } from '../../integer/integer-network.ts';
import { outputGridOf } from '../../integer/quantise-network.ts';
import type { Architecture } from '../../network/types.ts';
import type { NarrowMaps } from './narrow-maps.ts';

/** By the id of the operation that writes a map; the input has the key ''. Empty until calibrated. */
export class MapGrids {
  private ranges = new Map<string, Range>();
  private grids = new Map<string, Quantisation>();

  /** @param narrow absent where every map has 8 bits */
  constructor(private readonly narrow: NarrowMaps | undefined) {}

  range(key: string): Range | undefined {
    return this.ranges.get(key);
  }

  grid(key: string): Quantisation | undefined {
    return this.grids.get(key);
  }

  /**
   * Sets the ranges: the mean over batches of each batch's extremes.
   * @param reach what the output has to reach, and no more: its range
   * @param maps what each operation puts out for a batch, in floating point
   */
  async calibrate(
    architecture: Architecture,
    batches: readonly tf.Tensor4D[],
    reach: Range | undefined,
    maps: (batch: tf.Tensor4D) => readonly tf.Tensor4D[],
  ): Promise<void> {
    const sums = new Map<string, { min: number; max: number }>();
    const keys = ['', ...architecture.operations.map(({ id }) => id)];
    for (const batch of batches) {
      const extremes = await readOf(() => [batch, ...maps(batch)].map((x) => tf.stack([tf.min(x), tf.max(x)])));
      for (const [i, key] of keys.entries()) {
        const [min, max] = extremes[i] as unknown as [number, number];
        const sum = sums.get(key) ?? { min: 0, max: 0 };
        sums.set(key, { min: sum.min + min, max: sum.max + max });
      }
    }
    this.ranges = new Map(
      [...sums].map(([key, { min, max }]) => [key, { min: min / batches.length, max: max / batches.length }]),
    );
    if (reach) this.ranges.set(outputGridOf(architecture), reach);
    await this.beginClips(architecture, batches[0], maps);
    this.setGrids(architecture);
  }

  /** Clips of narrow maps to begin with: those of the least error on a batch. */
  private async beginClips(
    { operations }: Architecture,
    batch: tf.Tensor4D | undefined,
    maps: (batch: tf.Tensor4D) => readonly tf.Tensor4D[],
  ): Promise<void> {
    const { narrow } = this;
    if (!narrow || !batch) return;
    const found = tf.tidy(() => [...maps(batch)]);
    for (const [i, operation] of operations.entries())
      if (narrow.has(operation))
        this.ranges.set(operation.id, await narrow.begin(operation, found[i]!, this.ranges.get(operation.id)!));
    tf.dispose(found);
  }

  /** Grids of the clips as they have been learned so far. */
  async takeClips(architecture: Architecture): Promise<void> {
    if (!this.narrow) return;
    for (const [id, range] of await this.narrow.ranges()) this.ranges.set(id, range);
    this.setGrids(architecture);
  }

  private setGrids({ operations }: Architecture): void {
    const bits = new Map(operations.map(({ id, activationBits }) => [id, activationBits]));
    this.grids = new Map([...this.ranges].map(([key, range]) => [key, quantiseGrid(range, bits.get(key))]));
  }

  save(): [string, Range][] {
    return [...this.ranges];
  }

  load(architecture: Architecture, ranges: readonly [string, Range][]): void {
    this.ranges = new Map(ranges);
    this.setGrids(architecture);
  }
}
