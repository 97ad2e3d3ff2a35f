/**
 * The dearest cut of a layer's weights where memory is short: the compiler then makes parts as short as it must.
 * Facts: Arm Vela 5.2.
 */
import { endsOf } from './cut-plans.ts';
import {
  NOISE,
  NOTHING,
  trialOf,
  variantsOf,
  type CutForm,
  type CutPass,
  type Range,
  type Trial,
} from './copy-trial.ts';
import { LEAST_PART } from '../../cycles/weight-transfers.ts';

/** Weights that are encoded at most to find the dearest cut; and parts that are tried. */
const MOST_ENCODED = 4_000_000;
const MOST_STEPS = 40;
/** Parts that are not encoded may take so much less than their share of all. */
const LIGHT = 0.9;

/** A cut that the compiler may take where memory is short: its bytes, and memory that it needs for two of its parts. */
export interface ShortCut {
  /** Infinity where the parts are too many to encode. */
  readonly bytes: number;
  readonly memory: number;
}

/** Most bytes of these with so much memory; undefined where none has enough. Our bytes of what is alive may be off. */
export function dearestWithin(cuts: readonly ShortCut[], memory: number): number | undefined {
  const enough = cuts.filter((cut) => cut.memory <= OFF * memory);
  return enough.length > 0 ? Math.max(...enough.map(({ bytes }) => bytes)) : undefined;
}

const OFF = 1.1;

/** Of each memory that some cut needs the dearest cut that does with it. */
export function shortCuts(cut: CutPass, forms: readonly CutForm[], slack: Range | undefined): ShortCut[] {
  const found = forms.flatMap((form) =>
    variantsOf(cut, form).flatMap(({ scale, slow }) => [
      ...shortPlans(cut, form, trialOf(cut, form, slack, scale, slow), slack ?? NOTHING),
    ]),
  );
  let most = 0;
  return found
    .sort((a, b) => a.memory - b.memory || b.bytes - a.bytes)
    .filter(({ bytes }) => bytes > most && (most = bytes));
}

function* shortPlans({ pass, margin }: CutPass, form: CutForm, trial: Trial, slack: Range): Generator<ShortCut> {
  const { outputDepth: depth, partDepth } = pass;
  if (depth <= LEAST_PART || !trial.tries(slack.most, NOISE)) return;
  const errors = [1 / (1 + margin), 1, 1 + margin];
  const hidden = Math.max(slack.most, trial.copy);
  // Weights that are read once: no cut is faster than all of them together, the copy hidden.
  if (pass.fetches === 1 && errors.every((error) => trial.of([depth], error, form.bytes).gain(hidden) < -NOISE)) return;
  const steps = Math.ceil(depth / LEAST_PART);
  // Every part between two multiples of 16 is encoded, a sixth of the steps squared times all weights.
  const encoded = (form.weights * steps ** 2) / 6 <= MOST_ENCODED;
  const share = (from: number, to: number): number => (LIGHT * form.bytes(0, depth) * (to - from)) / depth;
  const unknown: ShortCut = { bytes: Infinity, memory: share(0, LEAST_PART) };
  if (steps > MOST_STEPS) {
    yield unknown;
    return;
  }
  const bytesOf = encoded ? form.bytes : share;
  for (let first = LEAST_PART; first < depth; first += LEAST_PART)
    for (let length = partDepth; length < depth - first + partDepth; length += partDepth) {
      const ends = endsOf(first, length, depth);
      if (!errors.some((error) => trial.of(ends, error, bytesOf).gain(slack.most) >= -NOISE)) continue;
      if (!encoded) {
        yield unknown;
        return;
      }
      const parts = ends.map((to, i) => form.bytes(ends[i - 1] ?? 0, to));
      // Of the shortest parts one at a time is enough, of others two of the largest.
      const shortest = first === LEAST_PART && length === partDepth;
      yield {
        bytes: parts.reduce((sum, part) => sum + part, form.more),
        memory: (shortest ? 1 : 2) * Math.max(...parts),
      };
    }
}
