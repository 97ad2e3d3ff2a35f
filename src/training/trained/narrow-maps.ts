/** Maps of fewer than 8 bits in training: clips that are learned, and the chip's own arithmetic around them. */
import * as tf from '@tensorflow/tfjs-core';
import { chipActivation, chipAverage, type CodeRange } from '../../devices/operators/chip-arithmetic.ts';
import { read, readAll } from '../../devices/read-tensor.ts';
import { activationClamp, codeRange, quantiseGrid } from '../../integer/activation-grid.ts';
import type { Quantisation, Range } from '../../integer/integer-network.ts';
import { KEEPS_GRID } from '../../network/keeps-grid.ts';
import { isNarrow } from '../../network/narrow-map.ts';
import type { Architecture, Operation } from '../../network/types.ts';
import type { Trainables } from '../trainables.ts';

/** Has the network maps of fewer than 8 bits? Then all of it is trained in the chip's arithmetic, code for code. */
export const hasNarrowMaps = ({ operations }: Architecture): boolean => operations.some(isNarrow);

/** Shares of the extremes that are tried as the clips to begin with. */
const SHARES = Array.from({ length: 20 }, (_, i) => 1 - i / 22);

const AVERAGES: ReadonlySet<Operation['kind']> = new Set(['average-pool', 'global-average-pool']);

export class NarrowMaps {
  /** [least, most] of each narrow map that has a grid of its own, by the operation that writes it. */
  private readonly clips = new Map<string, tf.Variable>();

  constructor(architecture: Architecture, trainables: Trainables) {
    for (const operation of architecture.operations)
      if (isNarrow(operation) && !KEEPS_GRID.has(operation.kind))
        this.clips.set(operation.id, trainables.add(`${operation.id}/clip`, tf.zeros([2])));
  }

  /** Range within which rounding to the grid errs least, of shares of the extremes of a map. */
  async begin({ id, activationBits }: Operation, map: tf.Tensor, { min, max }: Range): Promise<Range> {
    const ranges = SHARES.map((share) => ({ min: share * min, max: share * max }));
    const errors = tf.tidy(() =>
      tf.stack(
        ranges.map((range) => {
          const grid = quantiseGrid(range, activationBits);
          return tf.mean(tf.squaredDifference(map, chipActivation(map as tf.Tensor4D, undefined, relative(grid))));
        }),
      ),
    );
    const found = await read(errors);
    errors.dispose();
    const best = ranges[found.indexOf(Math.min(...found))]!;
    tf.tidy(() => this.clips.get(id)!.assign(tf.tensor1d([best.min, best.max])));
    return best;
  }

  has({ id }: Operation): boolean {
    return this.clips.has(id);
  }

  /** The present ranges: a clip never crosses zero. */
  async ranges(): Promise<Map<string, Range>> {
    const found = await readAll([...this.clips.values()]);
    return new Map(
      [...this.clips.keys()].map((id, i) => [id, { min: Math.min(0, found[i]![0]!), max: Math.max(0, found[i]![1]!) }]),
    );
  }

  /**
   * What an operation puts out for sums of products, before its activation.
   * @param unit what one step of an accumulator is worth, per channel; absent where there are no products
   */
  output(operation: Operation, y: tf.Tensor4D, unit: tf.Tensor1D | undefined, grid: Quantisation): tf.Tensor4D {
    const clamp = activationClamp(operation.activation, grid);
    const { min, max } = codeRange(grid);
    const clip = this.clips.get(operation.id) as tf.Tensor | undefined;
    const range = { scale: grid.scale, low: clamp.min - grid.zeroPoint, high: clamp.max - grid.zeroPoint };
    return chipActivation(
      y,
      unit,
      range,
      clip && {
        clip: clip as tf.Tensor1D,
        ends: { low: operation.activation === 'none' && clamp.min === min, high: clamp.max === max },
      },
    );
  }

  /** What an operation that keeps its input's grid puts out. */
  kept({ kind }: Operation, y: tf.Tensor4D, grid: Quantisation): tf.Tensor4D {
    return AVERAGES.has(kind) ? chipAverage(y, grid) : y;
  }
}

function relative(grid: Quantisation): CodeRange {
  const { min, max } = codeRange(grid);
  return { scale: grid.scale, low: min - grid.zeroPoint, high: max - grid.zeroPoint };
}
