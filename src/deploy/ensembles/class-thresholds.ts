/**
 * A threshold for each class that is answered ("Per-class thresholds", arXiv 2204.03431): for a price of work, each
 * class takes the level that loses the least. With two members that is the best there is for the price; with more, one
 * member after another is improved from the best common thresholds, while the others stand.
 */
import { NEVER, type Thresholds } from '../../wire/ensemble.ts';
import { thresholdOf } from './decide.ts';
import { paretoSet } from './pareto.ts';
import { levelsOf, tradeoffOf, type ThresholdPoint } from './thresholds.ts';
import type { Traces } from './traces.ts';

/** More points than a person tells apart, and an end to rounding. */
const MOST_POINTS = 32;

const lossOf = (price: number, { right, work }: { right: number; work: number }): number => price * work - right;

/**
 * Points by class, and common ones that they do not beat, by their work.
 * @param classes that may be answered
 * @param common the best common thresholds
 */
export function classThresholds(
  traces: Traces,
  classes: number,
  common: readonly ThresholdPoint[],
  quantiles?: number,
): ThresholdPoint[] {
  const levels = classLevels(traces, classes, quantiles);
  const found: ThresholdPoint[] = [];
  const between = (fast: ThresholdPoint, good: ThresholdPoint): void => {
    if (found.length >= MOST_POINTS || good.work <= fast.work || good.right <= fast.right) return;
    const price = (good.right - fast.right) / (good.work - fast.work);
    const start = [...common].sort((a, b) => lossOf(price, a) - lossOf(price, b))[0]!;
    const point = improved(traces, price, start, levels);
    // On the line between the two, or beyond rounding: nothing is below it.
    if (lossOf(price, point) >= Math.min(lossOf(price, fast), lossOf(price, good)) - 1e-9) return;
    found.push(point);
    between(fast, point);
    between(point, good);
  };
  const cheapest = common[0]!;
  const best = improved(traces, 0, common.at(-1)!, levels);
  found.push(best);
  between(cheapest, best);
  return paretoSet([...common, ...found]);
}

/** Levels of each class after each member but the last; a class that is not answered there never stops. */
function classLevels({ samples, answers, confidences }: Traces, classes: number, quantiles?: number): number[][][] {
  return confidences.slice(0, -1).map((own, k) => {
    const byClass = Array.from({ length: classes }, (): number[] => []);
    for (let i = 0; i < samples; i++) byClass[answers[k]![i]!]!.push(own[i]!);
    return byClass.map((values) => (values.length === 0 ? [NEVER] : levelsOf(values, quantiles)));
  });
}

/** Thresholds that lose the least at a price of work (right answers for a unit of it), from some on. */
export function improved(
  traces: Traces,
  price: number,
  start: ThresholdPoint,
  levels: readonly (readonly (readonly number[])[])[],
): ThresholdPoint {
  let best = start;
  for (;;) {
    let next = best;
    for (let k = levels.length - 1; k >= 0; k--) {
      const thresholds = next.thresholds.map((own, at) =>
        at === k ? stage(traces, price, next.thresholds, k, levels[k]!) : own,
      );
      const point = tradeoffOf(traces, thresholds);
      if (lossOf(price, point) < lossOf(price, next)) next = point;
    }
    if (lossOf(price, next) >= lossOf(price, best) - 1e-9) return next;
    best = next;
  }
}

/** The best thresholds of the classes after member `k`, those of the others given. */
function stage(
  traces: Traces,
  price: number,
  thresholds: Thresholds,
  k: number,
  levels: readonly (readonly number[])[],
): number[] {
  const { samples, labels, answers, confidences, work } = traces;
  const goesOn = (at: number, i: number): boolean =>
    confidences[at]![i]! < thresholdOf(thresholds, at, answers[at]![i]!);
  // What is gained, in right answers, where a sample goes on instead of stopping here.
  const gains = levels.map((): (readonly [confidence: number, gain: number])[] => []);
  for (let i = 0; i < samples; i++) {
    let at = 0;
    while (at < k && goesOn(at, i)) at++;
    if (at < k) continue;
    let [end, cost] = [k + 1, work[k + 1]!];
    while (end < thresholds.length && goesOn(end, i)) cost += work[++end]!;
    const right = (member: number): number => (answers[member]![i] === labels[i] ? 1 : 0);
    gains[answers[k]![i]!]!.push([confidences[k]![i]!, right(end) - right(k) - price * cost]);
  }
  return levels.map((own, c) =>
    bestLevel(
      own,
      gains[c]!.sort(([a], [b]) => a - b),
    ),
  );
}

/** The level below which going on gains the most, of equals the lowest. @param gains by their confidence */
function bestLevel(levels: readonly number[], gains: readonly (readonly [confidence: number, gain: number])[]): number {
  let [best, most, sum, at] = [levels[0]!, -Infinity, 0, 0];
  for (const level of levels) {
    for (; at < gains.length && gains[at]![0] < level; at++) sum += gains[at]![1];
    if (sum > most + 1e-12) [best, most] = [level, sum];
  }
  return best;
}
