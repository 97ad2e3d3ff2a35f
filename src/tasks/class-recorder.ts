/** Counts a classifier's answers on a part of the data: who is taken for whom, how surely, and what integers change. */
import {
  CALIBRATION_BINS,
  MOST_CELLS,
  MOST_WORST,
  type ClassDetails,
  type Mistake,
} from '../wire/tasks/test-report.ts';
import { argmax } from './argmax.ts';
import type { Recorder } from './task.ts';
import { Worst } from './worst.ts';

/** Probability of one output by the softmax of all of a sample. */
function probability(outputs: Float32Array, from: number, count: number, chosen: number): number {
  let sum = 0;
  const top = outputs[from + chosen]!;
  for (let i = 0; i < count; i++) sum += Math.exp(outputs[from + i]! - top);
  return 1 / sum;
}

/** Expected calibration error: how far confidence is from the share that is right, in bins of confidence. */
class Calibration {
  private readonly confidence = new Float64Array(CALIBRATION_BINS);
  private readonly right = new Float64Array(CALIBRATION_BINS);
  private samples = 0;

  add(confidence: number, right: boolean): void {
    const bin = Math.min(CALIBRATION_BINS - 1, Math.floor(confidence * CALIBRATION_BINS));
    this.confidence[bin]! += confidence;
    this.right[bin]! += Number(right);
    this.samples += 1;
  }

  get error(): number {
    const gaps = this.confidence.reduce((sum, confidence, bin) => sum + Math.abs(confidence - this.right[bin]!), 0);
    return Math.min(1, gaps / Math.max(1, this.samples));
  }
}

export function classRecorder(): Recorder {
  const [support, predicted, right]: [number[], number[], number[]] = [[], [], []];
  const mistakes = new Map<string, { readonly cell: readonly [number, number]; samples: number }>();
  const worst = new Worst<Mistake>(MOST_WORST);
  const [integer, float] = [new Calibration(), new Calibration()];
  let [index, same, lost, gained] = [0, 0, 0, 0];

  const count = (actual: number, answer: number): void => {
    support[actual]! += 1;
    predicted[answer]! += 1;
    if (answer === actual) {
      right[actual]! += 1;
      return;
    }
    const key = `${actual},${answer}`;
    const known = mistakes.get(key);
    if (known) known.samples += 1;
    else mistakes.set(key, { cell: [actual, answer], samples: 1 });
  };

  return {
    add(outputs, floats, targets, classes) {
      for (let k = support.length; k < classes; k++) for (const counts of [support, predicted, right]) counts.push(0);
      for (let i = 0; i < targets.length; i++, index++) {
        const from = i * classes;
        const actual = targets[i]!;
        const [answer, before] = [argmax(outputs, from, classes), argmax(floats, from, classes)];
        const confidence = probability(outputs, from, classes, answer);
        count(actual, answer);
        integer.add(confidence, answer === actual);
        float.add(probability(floats, from, classes, before), before === actual);
        if (answer === before) same += 1;
        else if (before === actual) lost += 1;
        else if (answer === actual) gained += 1;
        if (answer !== actual) worst.add({ index, actual, predicted: answer, confidence }, confidence);
      }
    },
    details(): ClassDetails {
      const cells = [...mistakes.values()]
        .map(({ cell: [actual, answer], samples }) => [actual, answer, samples] as const)
        .sort((a, b) => b[2] - a[2] || a[0] - b[0] || a[1] - b[1]);
      const unlisted = cells.slice(MOST_CELLS).reduce((sum, [, , samples]) => sum + samples, 0);
      return {
        type: 'classes',
        support: [...support],
        predicted: [...predicted],
        right: [...right],
        confused: cells.slice(0, MOST_CELLS),
        unlisted,
        agreement: { same, lost, gained },
        calibration: { integer: integer.error, float: float.error },
        worst: worst.list,
      };
    },
  };
}
