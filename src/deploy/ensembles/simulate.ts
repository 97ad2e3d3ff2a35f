/** What thresholds do on a part: simulated sample by sample. */
import type { HardSample, Outcome, Thresholds } from '../../wire/ensemble.ts';
import { shareError } from '../../wire/tasks/intervals.ts';
import { thresholdOf } from './decide.ts';
import type { Traces } from './traces.ts';

/** The member at which a sample stops. */
export function stopOf({ answers, confidences }: Traces, thresholds: Thresholds, sample: number): number {
  let k = 0;
  while (k < thresholds.length && confidences[k]![sample]! < thresholdOf(thresholds, k, answers[k]![sample]!)) k++;
  return k;
}

/** Of each sample, whether the answer that it stops with is right (1) or not (0). */
export function rightOf(traces: Traces, thresholds: Thresholds): Uint8Array {
  return Uint8Array.from({ length: traces.samples }, (_, i) =>
    traces.answers[stopOf(traces, thresholds, i)]![i] === traces.labels[i] ? 1 : 0,
  );
}

/** @param classes of the labels */
export function outcomeOf(traces: Traces, thresholds: Thresholds, classes: number): Outcome {
  const { samples, labels, answers, work } = traces;
  const none = (): number[] => work.map(() => 0);
  const byClass = Array.from({ length: classes }, () => ({ samples: 0, right: 0, stops: none() }));
  const stops = none();
  let [right, spent] = [0, 0];
  for (let i = 0; i < samples; i++) {
    const k = stopOf(traces, thresholds, i);
    const isRight = answers[k]![i] === labels[i] ? 1 : 0;
    right += isRight;
    stops[k]!++;
    for (let ran = 0; ran <= k; ran++) spent += work[ran]!;
    const own = byClass[labels[i]!]!;
    own.samples++;
    own.right += isRight;
    own.stops[k]!++;
  }
  const accuracy = right / samples;
  return { samples, accuracy, error: shareError(accuracy, samples) ?? 0, work: spent / samples, stops, byClass };
}

/** The first samples that needed all members. */
export function hardSamples(traces: Traces, thresholds: Thresholds, most: number): HardSample[] {
  const found: HardSample[] = [];
  for (let index = 0; index < traces.samples && found.length < most; index++) {
    if (stopOf(traces, thresholds, index) !== thresholds.length) continue;
    found.push({ index, label: traces.labels[index]!, answer: traces.answers.at(-1)![index]! });
  }
  return found;
}

/** Two networks over the same samples: by how much the first is right more often, with its standard error. */
export function pairedDifference(first: Uint8Array, second: Uint8Array): { difference: number; error: number } {
  const samples = first.length;
  const differences = Array.from(first, (value, i) => value - second[i]!);
  const difference = differences.reduce((sum, one) => sum + one, 0) / samples;
  const squares = differences.reduce((sum, one) => sum + (one - difference) ** 2, 0);
  return { difference, error: samples > 1 ? Math.sqrt(squares / (samples - 1) / samples) : 0 };
}
