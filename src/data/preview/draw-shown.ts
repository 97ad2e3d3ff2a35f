/** Which samples are shown: some of each class, the same for the same seed. */
import { SeededRandom } from '../../base/random.ts';
import { MOST_GROUPS, MOST_SAMPLES, type PreviewRequest } from '../../wire/data-preview.ts';

export interface DrawnGroup {
  readonly label?: number;
  /** Places in the part, in the order of the draw. */
  readonly places: readonly number[];
}

/** So many of a list, each once, in a random order. */
function some(places: Int32Array, count: number, random: SeededRandom): readonly number[] {
  const drawn = places.slice();
  const taken = Math.min(count, drawn.length);
  for (let i = 0; i < taken; i++) {
    const other = i + random.integer(drawn.length - i);
    [drawn[i], drawn[other]] = [drawn[other]!, drawn[i]!];
  }
  return [...drawn.subarray(0, taken)];
}

/**
 * Draws samples of up to `MOST_GROUPS` classes, at most `MOST_SAMPLES` in all. A class that others are drawn beside
 * draws the same ones alone.
 * @param labels of the places of a part; empty where there are no classes
 * @param classes how many there are
 */
export function drawShown(
  labels: ArrayLike<number>,
  count: number,
  classes: number,
  { samples, seed, from }: Pick<PreviewRequest, 'samples' | 'seed' | 'from'>,
): readonly DrawnGroup[] {
  const randomOf = (label: number): SeededRandom => new SeededRandom((seed * 0x9e3779b1 + label) >>> 0);
  if (labels.length === 0) {
    const all = Int32Array.from({ length: count }, (_, place) => place);
    return [{ places: some(all, Math.min(samples, MOST_SAMPLES), randomOf(0)) }];
  }
  const groups = Math.max(0, Math.min(MOST_GROUPS, classes - from));
  const each = Math.min(samples, Math.max(1, Math.floor(MOST_SAMPLES / Math.max(1, groups))));
  const byClass = Array.from({ length: groups }, (): number[] => []);
  for (let place = 0; place < count; place++) byClass[labels[place]! - from]?.push(place);
  return byClass.map((places, i) => ({
    label: from + i,
    places: some(Int32Array.from(places), each, randomOf(from + i)),
  }));
}
