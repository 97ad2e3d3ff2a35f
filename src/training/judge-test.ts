/** The last word on a network: the test part by the integer arithmetic of the chip, beside the same in float. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Dataset, Split } from '../data/dataset.ts';
import { samplePicture } from '../data/pictures/sample-picture.ts';
import { elementsOf } from '../data/dataset.ts';
import { dequantise } from '../integer/activation-grid.ts';
import { evaluateOutputs } from '../integer/evaluate-integer.ts';
import type { FoldedNetwork } from '../integer/integer-network.ts';
import { quantise } from '../integer/quantise-network.ts';
import { exitsOf } from '../network/network-outputs.ts';
import { outputElements } from '../network/operation-counts.ts';
import type { Accumulator, Task } from '../tasks/task.ts';
import type { TestDetails, TestReport, TestSample } from '../wire/tasks/test-report.ts';
import { batchTensors, EVALUATION_BATCH } from './evaluate.ts';

export interface Judged {
  readonly floatMetric: number;
  readonly integerMetric: number;
  /** What the task says beside the metric, of the integer network. */
  readonly measures: Readonly<Record<string, number>>;
  readonly test: TestReport;
  /** The metric of each early exit alone, of the integer network; empty where there are none. */
  readonly exits: readonly number[];
}

/**
 * Both networks on all of the test part, each sample once.
 * @param predict outputs of the float network on a batch
 */
export async function judgeTest(
  folded: FoldedNetwork,
  task: Task,
  { test, preparation }: Pick<Dataset, 'test' | 'preparation'>,
  predict: (images: tf.Tensor4D, targets: tf.Tensor) => Promise<Float32Array>,
): Promise<Judged> {
  const network = quantise(folded);
  const last = network.operations.at(-1)!;
  const perSample = outputElements(last.operation);
  const [integer, float, recorder] = [task.accumulator(test), task.accumulator(test), task.recorder(test)];
  const exits = exitsOf(network.architecture.operations).map((index) => ({
    judged: task.accumulator(test),
    grid: network.operations[index]!.output,
  }));
  for (let from = 0; from < test.count; from += EVALUATION_BATCH) {
    const batch = await test.slice(from, Math.min(EVALUATION_BATCH, test.count - from));
    const { images, targets } = batchTensors(batch, test);
    const floats = await predict(images, targets);
    images.dispose();
    targets.dispose();
    const codes = evaluateOutputs(network, batch.images, batch.count);
    const outputs = dequantise(codes.at(-1)!, last.output);
    const wanted = batch.targets ?? batch.labels;
    exits.forEach(({ judged, grid }, k) => {
      judged.add(dequantise(codes[k]!, grid), wanted, perSample);
    });
    integer.add(outputs, wanted, perSample);
    float.add(floats, wanted, perSample);
    recorder.add(outputs, floats, wanted, perSample);
  }
  const details = recorder.details();
  const integerError = errorOf(integer, details, test.count, 'integer');
  const floatError = errorOf(float, details, test.count, 'float');
  return {
    floatMetric: float.metric,
    integerMetric: integer.metric,
    measures: integer.measures ?? {},
    exits: exits.map(({ judged }) => judged.metric),
    test: {
      samples: test.count,
      ...(integerError !== undefined && { integerError }),
      ...(floatError !== undefined && { floatError }),
      details: await pictured(details, test, preparation.normalisation),
    },
  };
}

/** Of equal means, in shares of them: sums of the same numbers in another order differ by less. */
const SAME = 1e-6;

/**
 * The standard error of a metric: the task's own, or that of a mean where the metric is the mean of that of single
 * samples; undefined of other metrics, and where the samples are too few.
 */
function errorOf(
  { metric, standardError }: Accumulator,
  details: TestDetails,
  samples: number,
  of: 'integer' | 'float',
): number | undefined {
  if (standardError !== undefined || details.type !== 'samples') return standardError;
  const mean = of === 'integer' ? details.mean : details.floatMean;
  const isMean = Math.abs(mean - metric) <= SAME * Math.max(Math.abs(mean), Math.abs(metric));
  const deviation = of === 'integer' ? details.deviation : details.floatDeviation;
  return isMean && samples > 1 ? deviation / Math.sqrt(samples - 1) : undefined;
}

/** The same with pictures of the worst samples. */
async function pictured(
  details: TestDetails,
  test: Split,
  normalisation: Dataset['preparation']['normalisation'],
): Promise<TestDetails> {
  const elements = elementsOf(test.shape);
  const worst: readonly TestSample[] = details.worst;
  const { images } = await test.gather(Int32Array.from(worst, ({ index }) => index));
  const withPicture = <T extends TestSample>(sample: T, i: number): T => ({
    ...sample,
    picture: samplePicture(images.subarray(i * elements, (i + 1) * elements), test.shape, normalisation),
  });
  return details.type === 'classes'
    ? { ...details, worst: details.worst.map(withPicture) }
    : { ...details, worst: details.worst.map(withPicture) };
}
