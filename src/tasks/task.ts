/** What training needs of a task: its loss, and its metric over outputs. `src/wire/tasks` has the other half. */
import type * as tf from '@tensorflow/tfjs-core';
import type { TaskName } from '../wire/tasks/task-table.ts';

/** What a sample is to come out as: class indices [N], or maps [N, H, W, C]. */
export type HostTargets = Int32Array | Float32Array;

/** The metric over samples that come in parts. */
export interface Accumulator {
  /** @param outputs of whole samples, `perSample` values each */
  add(outputs: Float32Array, targets: HostTargets, perSample: number): void;
  /** Over all samples so far, in the unit of the task's metric. */
  readonly metric: number;
}

export interface Task {
  readonly id: TaskName;
  /**
   * Mean loss of a batch (scalar). `targets`: class indices [N], distributions over classes [N, C], or maps
   * [N, H, W, C].
   */
  loss(outputs: tf.Tensor4D, targets: tf.Tensor): tf.Scalar;
  /** Mean distance of a batch's outputs from those of another network, which are constants (scalar). */
  distance(outputs: tf.Tensor4D, others: tf.Tensor4D): tf.Scalar;
  accumulator(): Accumulator;
}
