/**
 * Thresholds common to all classes, found on the validation part: all combinations of levels for up to three members,
 * dynamic programming over the samples that are left for more ("Flexible Deep Neural Network Processing", Tann, Hashemi
 * and Reda, arXiv 1801.07353, where the thresholds come from held-out data).
 */
import { NEVER, type Thresholds } from '../../wire/ensemble.ts';
import { paretoSet, type Tradeoff } from './pareto.ts';
import { stopOf } from './simulate.ts';
import type { Traces } from './traces.ts';

export interface ThresholdPoint extends Tradeoff {
  readonly thresholds: Thresholds;
}

/** Quantiles of a member's confidences that are tried as its threshold, beside none and all. */
const QUANTILES = 20;
/** Of five members, whose combinations are too many otherwise. */
const QUANTILES_OF_FIVE = 10;

/** Ways to stop after a member: at once, at quantiles of these confidences, never; ascending, each once. */
export function levelsOf(confidences: Iterable<number>, quantiles = QUANTILES): number[] {
  const sorted = [...confidences].sort((a, b) => a - b);
  const picked = Array.from(
    { length: sorted.length === 0 ? 0 : quantiles },
    (_, q) => sorted[Math.floor(((q + 1) * sorted.length) / (quantiles + 1))]!,
  );
  return [...new Set([0, ...picked, NEVER])].sort((a, b) => a - b);
}

/** Levels after each member but the last. */
export function stageLevels({ confidences }: Traces, quantiles?: number): number[][] {
  const most = quantiles ?? (confidences.length < 5 ? QUANTILES : QUANTILES_OF_FIVE);
  return confidences.slice(0, -1).map((one) => levelsOf(one, most));
}

/** The best combinations of levels: right answers against work over the part, by their work. */
export function commonThresholds(traces: Traces, levels: readonly (readonly number[])[]): ThresholdPoint[] {
  return levels.length <= 2 ? exhaustive(traces, levels) : dynamic(traces, levels);
}

/** What thresholds do with all samples, from how many reach each member. */
export function tradeoffOf(traces: Traces, thresholds: Thresholds): ThresholdPoint {
  const { samples, labels, answers, work } = traces;
  const reached = work.map(() => 0);
  let right = 0;
  for (let i = 0; i < samples; i++) {
    const k = stopOf(traces, thresholds, i);
    if (answers[k]![i] === labels[i]) right++;
    for (let ran = 0; ran <= k; ran++) reached[ran]!++;
  }
  return { thresholds, right, work: reached.reduce((sum, count, k) => sum + count * work[k]!, 0) };
}

/** Every combination of levels. */
export function exhaustive(traces: Traces, levels: readonly (readonly number[])[]): ThresholdPoint[] {
  const combined = levels.reduce<readonly (readonly number[])[]>(
    (before, own) => before.flatMap((one) => own.map((level) => [...one, level])),
    [[]],
  );
  return paretoSet(
    combined.map((one) =>
      tradeoffOf(
        traces,
        one.map((level) => [level]),
      ),
    ),
  );
}

/**
 * The same without trying every combination: what the members from `k` on make of the samples that are left depends on
 * these samples alone, and of all ways only those count that no other beats.
 */
export function dynamic(traces: Traces, levels: readonly (readonly number[])[]): ThresholdPoint[] {
  const { samples, labels, answers, confidences, work } = traces;
  const known = levels.map(() => new Map<string, ThresholdPoint[]>());
  const right = (k: number, i: number): number => (answers[k]![i] === labels[i] ? 1 : 0);

  function from(k: number, left: Int32Array): ThresholdPoint[] {
    const own = left.length * work[k]!;
    if (k === levels.length)
      return [{ thresholds: [], work: own, right: left.reduce((sum, i) => sum + right(k, i), 0) }];
    const key = keyOf(left, samples);
    const found = known[k]!.get(key) ?? stages(k, left, own);
    known[k]!.set(key, found);
    return found;
  }

  function stages(k: number, left: Int32Array, own: number): ThresholdPoint[] {
    const ways: ThresholdPoint[] = [];
    let before = -1;
    for (const level of levels[k]!) {
      const going = left.filter((i) => confidences[k]![i]! < level);
      // Levels are ascending: as many samples are the same samples.
      if (going.length === before) continue;
      before = going.length;
      const stopped = left.reduce((sum, i) => sum + (confidences[k]![i]! < level ? 0 : right(k, i)), 0);
      for (const rest of from(k + 1, going))
        ways.push({ thresholds: [[level], ...rest.thresholds], work: own + rest.work, right: stopped + rest.right });
    }
    return paretoSet(ways);
  }

  return from(
    0,
    Int32Array.from({ length: samples }, (_, i) => i),
  );
}

/** A set of samples as a text: a bit a sample. */
function keyOf(left: Int32Array, samples: number): string {
  const words = new Uint16Array(Math.ceil(samples / 16));
  for (const i of left) words[i >> 4]! |= 1 << (i & 15);
  return Array.from(words, (word) => String.fromCharCode(word)).join('');
}
