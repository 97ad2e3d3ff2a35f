/** How a network that comes from elsewhere takes its inputs, told by the range that it was made for. */
import type { Normalisation } from '../data/preparation/preparation.ts';
import type { Range } from '../integer/integer-network.ts';

/** real = scale · normalised + shift, per input channel. */
export interface Affine {
  readonly scale: readonly number[];
  readonly shift: readonly number[];
}

interface Convention {
  readonly name: string;
  readonly affine: (normalisation: Normalisation) => Affine;
}

/** Of values as the data set stores them. */
const stored =
  (factor: number, offset: number): Convention['affine'] =>
  ({ mean, std }) => ({ scale: std.map((s) => factor * s), shift: mean.map((m) => factor * m + offset) });

/** How networks take bytes, first match: what comes from UDC takes them as the search does. */
const CONVENTIONS: readonly Convention[] = [
  { name: 'normalised', affine: ({ mean }) => ({ scale: mean.map(() => 1), shift: mean.map(() => 0) }) },
  { name: 'as stored', affine: stored(1, 0) },
  { name: 'from 0 to 1', affine: stored(1 / 255, 0) },
  { name: 'from -1 to 1', affine: stored(2 / 255, -1) },
  { name: 'from -128 to 127', affine: stored(1, -128) },
];

/** The convention under which these images fill the range that the network was made for. */
export function conventionOf(
  images: Float32Array,
  normalisation: Normalisation,
  { min, max }: Range,
): { name: string; affine: Affine } {
  const channels = normalisation.mean.length;
  const low = new Array<number>(channels).fill(Infinity);
  const high = new Array<number>(channels).fill(-Infinity);
  images.forEach((value, i) => {
    const c = i % channels;
    low[c] = Math.min(low[c]!, value);
    high[c] = Math.max(high[c]!, value);
  });
  const candidates = CONVENTIONS.map(({ name, affine: of }) => {
    const affine = of(normalisation);
    const at = (values: readonly number[]): number[] =>
      values.map((value, c) => affine.scale[c]! * value + affine.shift[c]!);
    return { name, affine, distance: Math.abs(Math.min(...at(low)) - min) + Math.abs(Math.max(...at(high)) - max) };
  });
  return candidates.reduce((best, candidate) => (candidate.distance < best.distance ? candidate : best));
}
