/** Preparation by one scale and one offset a channel, and the statistics that they come from. */
import type { PrepareStep } from '../../wire/preparation/step-table.ts';
import { elementsOf, type Pixels, type Source } from '../dataset.ts';
import { samplesPerChunk } from '../sources/in-order.ts';
import type { Normalisation, Preparation } from './preparation.ts';

/** (value − mean[c]) / std[c]. The shape stays. `before`: what was done to samples already. */
export function channelNormalisation(normalisation: Normalisation, before?: readonly PrepareStep[]): Preparation {
  const { mean, std } = normalisation;
  const scale = std.map((value) => 1 / value);
  return {
    normalisation,
    steps: before ? [...before, { step: 'normalise', ...normalisation }] : [],
    outside: mean.map((value, c) => -value * scale[c]!),
    inputShape: (sample) => sample,
    prepare(sample, into, offset) {
      for (let i = 0, c = 0; i < sample.length; i++) {
        into[offset + i] = (sample[i]! - mean[c]!) * scale[c]!;
        c = c + 1 === mean.length ? 0 : c + 1;
      }
    },
  };
}

/** The least and the largest prepared value of the given samples. */
export async function preparedRange(
  source: Source,
  indices: Int32Array,
  { prepare }: Pick<Preparation, 'prepare'>,
): Promise<{ readonly min: number; readonly max: number }> {
  let [min, max] = [Infinity, -Infinity];
  const values = new Float32Array(elementsOf(source.shape));
  const step = samplesPerChunk(source);
  const look = (sample: Pixels): void => {
    prepare(sample, values, 0);
    for (const value of values) [min, max] = [Math.min(min, value), Math.max(max, value)];
  };
  for (let from = 0; from < indices.length; from += step)
    (await source.read(indices.subarray(from, from + step))).forEach(look);
  return { min, max };
}

/**
 * The mean and standard deviation of each channel over the given samples, in one pass over pieces of the source. A
 * channel that never varies gets a deviation of 1.
 */
export async function channelStatistics(source: Source, indices: Int32Array): Promise<Normalisation> {
  const { channels } = source.shape;
  const elements = elementsOf(source.shape);
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  // Deviations are summed from the first sample's value: sums of raw squares would lose digits where the mean is far
  // from 0.
  const [first] = await source.read(Int32Array.of(0));
  const origin = first!.slice(0, channels);
  // Sums of bytes are whole numbers far below 2^53 and so exact in any order, and the file's order is the fastest to
  // read; sums of floats are the same only in the same order.
  const order = source.type === 'uint8' ? indices.slice().sort() : indices;
  const step = samplesPerChunk(source);
  for (let from = 0; from < order.length; from += step) {
    for (const sample of await source.read(order.subarray(from, from + step))) {
      for (let i = 0; i < elements; i += channels) {
        for (let c = 0; c < channels; c++) {
          const value = sample[i + c]! - origin[c]!;
          sums[c]! += value;
          squares[c]! += value * value;
        }
      }
    }
  }
  const n = (indices.length * elements) / channels;
  const mean = Array.from(sums, (sum) => sum / n);
  return {
    mean: mean.map((value, c) => value + origin[c]!),
    std: mean.map((value, c) => Math.sqrt(Math.max(0, squares[c]! / n - value * value)) || 1),
  };
}
