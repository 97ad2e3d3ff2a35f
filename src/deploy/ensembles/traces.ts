/** What every member would say of every sample of a part: all that thresholds are found from. */
import type { Decider } from '../../wire/ensemble.ts';
import { addMember, confidence } from './decide.ts';
import { largestOf } from './confidence.ts';

/** Logits of a part, in the order in which members run: [samples × classes] of int8 each. */
export type PartLogits = readonly Int8Array[];

/** One entry a member, each an array over the samples. */
export interface Traces {
  readonly samples: number;
  readonly labels: Int32Array;
  /** Answers of the members up to this one. */
  readonly answers: readonly Int32Array[];
  /** How sure they are of them. */
  readonly confidences: readonly Int32Array[];
  /** Work of running this member, in cycles or MACs. */
  readonly work: readonly number[];
}

/** @param work of each member, in the order in which they run */
export function tracesOf(decider: Decider, logits: PartLogits, labels: Int32Array, work: readonly number[]): Traces {
  const { classes } = decider;
  const samples = labels.length;
  const answers = logits.map(() => new Int32Array(samples));
  const confidences = logits.map(() => new Int32Array(samples));
  const scores = new Int32Array(classes);
  for (let i = 0; i < samples; i++) {
    scores.fill(0);
    for (let k = 0; k < logits.length; k++) {
      addMember(decider, k, logits[k]!.subarray(i * classes, (i + 1) * classes), scores);
      const best = largestOf(scores);
      answers[k]![i] = best;
      confidences[k]![i] = confidence(decider, k, scores, best);
    }
  }
  return { samples, labels, answers, confidences, work };
}
