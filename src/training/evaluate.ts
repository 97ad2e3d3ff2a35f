/** Loss and metric of a network over a part of the data, in batches. */
import * as tf from '@tensorflow/tfjs-core';
import type { Batches } from '../data/batches.ts';
import type { Batch, Split } from '../data/dataset.ts';
import type { Task } from '../tasks/task.ts';

/** Samples that are evaluated at once. */
export const EVALUATION_BATCH = 128;

/** Outputs [N, H, W, C] of a network on a batch, and their mean loss. */
export interface Prediction {
  readonly outputs: Float32Array;
  readonly loss: number;
}

export interface Evaluation {
  readonly loss: number;
  readonly metric: number;
}

/** Images [N, H, W, C] and targets of a batch as tensors; the caller disposes of both. */
export function batchTensors(batch: Batch, split: Split): { images: tf.Tensor4D; targets: tf.Tensor } {
  const { height, width, channels } = split.shape;
  const images = tf.tensor4d(batch.images, [batch.count, height, width, channels]);
  if (batch.soft) return { images, targets: tf.tensor2d(batch.soft, [batch.count, batch.soft.length / batch.count]) };
  if (!batch.targets) return { images, targets: tf.tensor1d(batch.labels, 'int32') };
  const out = split.targetShape!;
  return { images, targets: tf.tensor4d(batch.targets, [batch.count, out.height, out.width, out.channels]) };
}

/** Hands the next batch to `work` as tensors, disposes of them, and returns what it returned. */
export async function withNextBatch(
  batches: Batches,
  split: Split,
  work: (images: tf.Tensor4D, targets: tf.Tensor) => Promise<number>,
): Promise<number> {
  const { images, targets } = batchTensors(await batches.next(), split);
  const result = await work(images, targets);
  tf.dispose([images, targets]);
  return result;
}

export const CALIBRATION_BATCHES = 16;

/**
 * The first batches of a part, in order: for statistics and ranges, the same whenever they are asked for. The caller
 * disposes of them.
 */
export async function calibrationBatches(split: Split, size: number): Promise<tf.Tensor4D[]> {
  const batches = Math.min(CALIBRATION_BATCHES, Math.floor(split.count / size));
  const samples = await Promise.all(Array.from({ length: batches }, (_, i) => split.slice(i * size, size)));
  return samples.map((batch) => {
    const { images, targets } = batchTensors(batch, split);
    targets.dispose();
    return images;
  });
}

/** Runs `predict` over (at most `limit` samples of) a part. */
export async function evaluate(
  task: Task,
  split: Split,
  predict: (images: tf.Tensor4D, targets: tf.Tensor) => Promise<Prediction>,
  limit = split.count,
): Promise<Evaluation> {
  const total = Math.min(limit, split.count);
  let loss = 0;
  const judged = task.accumulator(split);
  for (let from = 0; from < total; from += EVALUATION_BATCH) {
    const batch = await split.slice(from, Math.min(EVALUATION_BATCH, total - from));
    const { images, targets } = batchTensors(batch, split);
    const result = await predict(images, targets);
    judged.add(result.outputs, batch.targets ?? batch.labels, result.outputs.length / batch.count);
    loss += result.loss * batch.count;
    images.dispose();
    targets.dispose();
  }
  return { loss: loss / total, metric: judged.metric };
}

/** The mean loss over at most `limit` samples of each part. */
export async function meanLoss(
  task: Task,
  parts: readonly Split[],
  predict: (images: tf.Tensor4D, targets: tf.Tensor) => Promise<Prediction>,
  limit: number,
): Promise<number> {
  let [sum, samples] = [0, 0];
  for (const split of parts) {
    const count = Math.min(limit, split.count);
    sum += count * (await evaluate(task, split, predict, count)).loss;
    samples += count;
  }
  return sum / samples;
}
