/**
 * In which parts an Ethos-U's compiler may copy a layer's weights into SRAM while it has memory for all of them twice.
 * It works out one first part, as long as the pass before hides, and equal parts after it, as long as are copied while
 * the first is computed, and takes these where it reckons that the layer then takes no longer. Cycles and what hides a
 * copy are ranges here, so that there may be several such cuts. Facts: Arm Vela 5.2.
 */
import type { PartedCycles } from '../../cycles/pass-cycles.ts';
import { LEAST_PART } from '../../cycles/weight-transfers.ts';
import { NOISE, NOTHING, trialOf, variantsOf, type CutForm, type CutPass, type Range } from './copy-trial.ts';

const ceilTo = (value: number, step: number): number => Math.ceil(value / step) * step;
const floorTo = (value: number, step: number): number => Math.floor(value / step) * step;

/** The cuts that are possible: most bytes of one, and the cycles of its last part, in which the next copy is made. */
export interface PossibleCut {
  readonly bytes: number;
  readonly last: Range;
}

/** What the compiler may do: cut the weights, copy them whole, leave them where they are. */
export interface Decision {
  readonly cut?: PossibleCut;
  readonly copied: boolean;
  readonly left: boolean;
}

/** Of more weights than this, parts are not encoded where not even half of their share of all bytes would do. */
const MANY = 50_000;
const LIGHT = 0.5;

/** One way to copy weights: where its parts end, one where they are not cut. */
export interface CopyPlan extends PossibleCut {
  readonly ends: readonly number[];
  /** May the compiler take it, and may it decline it? */
  readonly taken: boolean;
  readonly declined: boolean;
}

/** @param slack cycles of the pass before that hide a copy; undefined at a network's start */
export function decide(pass: CutPass, forms: readonly CutForm[], slack: Range | undefined): Decision {
  let cut: PossibleCut | undefined;
  let [copied, left] = [false, false];
  for (const form of forms)
    for (const plan of copyPlans(pass, form, slack)) {
      left ||= !plan || plan.declined;
      if (!plan?.taken) continue;
      if (plan.ends.length === 1) copied = true;
      else
        cut = {
          bytes: Math.max(plan.bytes, cut?.bytes ?? 0),
          last: {
            least: Math.min(plan.last.least, cut?.last.least ?? Infinity),
            most: Math.max(plan.last.most, cut?.last.most ?? 0),
          },
        };
    }
  return { copied, left, ...(cut && { cut }) };
}

/** Plans that the compiler may look at, undefined where it may look at none. */
export function* copyPlans(pass: CutPass, form: CutForm, slack: Range | undefined): Generator<CopyPlan | undefined> {
  for (const { scale, slow } of variantsOf(pass, form)) yield* plansOf(pass, form, slack, scale, slow);
}

function* plansOf(
  cut: CutPass,
  form: CutForm,
  slack: Range | undefined,
  scale: number,
  slow: number,
): Generator<CopyPlan | undefined> {
  const { pass, margin } = cut;
  const { outputDepth: depth } = pass;
  const trial = trialOf(cut, form, slack, scale, slow);
  const { least, most } = slack ?? NOTHING;
  if (!trial.tries(least, -NOISE)) yield undefined;
  if (!trial.tries(most, NOISE)) return;
  for (const error of [1 / (1 + margin), 1, 1 + margin]) {
    const hidden = { least: least / trial.copy, most: most / trial.copy };
    for (const first of firstParts(pass, hidden, trial.dominated(error))) {
      const during = first < depth ? (depth * trial.cycles(error, first, true, false)) / trial.copy : 0;
      const ends = endsOf(first, lengthFor(pass, during), depth);
      const light = (from: number, to: number): number => (LIGHT * form.bytes(0, depth) * (to - from)) / depth;
      if (ends.length > 1 && form.weights > MANY && trial.of(ends, error, light).gain(most) < -NOISE) {
        yield { ends, bytes: 0, last: NOTHING, taken: false, declined: true };
        continue;
      }
      const { bytes, last, gain } = trial.of(ends, error, form.bytes);
      yield {
        ends,
        bytes: bytes + form.more,
        last: { least: last / (1 + margin), most: (last * (1 + margin)) / Math.min(1, scale) },
        taken: gain(most) >= -NOISE,
        declined: gain(least) < NOISE,
      };
    }
  }
}

/** Output channels of the first part where so much of the copy is hidden. */
function firstParts({ outputDepth: depth, partDepth }: PartedCycles, hidden: Range, dominated: boolean): Set<number> {
  const step = Math.min(1, LEAST_PART / depth);
  const at = (share: number): number => {
    let ratio = Math.min(1, share);
    if (1 - Math.floor(ratio / step) * step < step / 2) ratio = 1;
    if (dominated && ratio > 0.5 && ratio < 1) ratio = ceilTo(Math.floor(depth / 2), LEAST_PART) / depth;
    ratio = Math.min(1, Math.max(ratio, step));
    return ratio >= 1 ? depth : Math.min(depth, Math.max(LEAST_PART, floorTo(Math.floor(depth * ratio), partDepth)));
  };
  const found = new Set([at(hidden.least), at(hidden.most)]);
  if (hidden.least < 0.5 && hidden.most > 0.5) found.add(at(0.5 + 1e-9));
  for (let channels = LEAST_PART; channels < depth; channels += LEAST_PART)
    if (channels > hidden.least * depth && channels < hidden.most * depth) found.add(at((channels + 0.5) / depth));
  return found;
}

/** Output channels of the equal parts, where about `during` can be copied while the first is computed. */
function lengthFor({ blockDepth, partDepth }: PartedCycles, during: number): number {
  const blocks = Math.ceil(Math.max(Math.floor(during), LEAST_PART) / blockDepth);
  return blocks > 1 ? blocks * blockDepth : Math.max(partDepth, floorTo(blockDepth, partDepth));
}

/** Where parts end. */
export function endsOf(first: number, length: number, depth: number): number[] {
  const ends: number[] = [];
  for (let end = first; end < depth; end += length) ends.push(end);
  return [...ends, depth];
}
