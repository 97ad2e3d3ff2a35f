/**
 * What training needs of a task: its loss, its metric over outputs, and what it says of single samples.
 * `src/wire/tasks` has the other half.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { MapShape } from '../wire/tasks/task-spec.ts';
import type { TaskName } from '../wire/tasks/task-table.ts';
import type { TestDetails } from '../wire/tasks/test-report.ts';

/** What a sample is to come out as: class indices [N], or maps [N, H, W, C]. */
export type HostTargets = Int32Array | Float32Array;

/** What is known of the samples of a part, in their order, beside what the network makes of them. */
export interface Judged {
  readonly labels: Int32Array;
  /** The recording or image that each sample is a piece of; absent where each stands alone. */
  readonly groups?: Int32Array | undefined;
  readonly shape?: MapShape | undefined;
  readonly targetShape?: MapShape | undefined;
  /** A target as its file has it is `std[c]` times that of the network, plus the mean. */
  readonly targetScaling?: { readonly mean: readonly number[]; readonly std: readonly number[] } | undefined;
}

/** The metric over samples that come in parts. */
export interface Accumulator {
  /** @param outputs of whole samples, `perSample` values each, in the order of the part from its first sample on */
  add(outputs: Float32Array, targets: HostTargets, perSample: number): void;
  /** Over all samples so far, in the unit of the task's metric. */
  readonly metric: number;
  /** What else is said of them, by the ids of the task's measures. */
  readonly measures?: Readonly<Record<string, number>>;
  /** Its standard error over these samples, where it is not that of a mean over samples; undefined: too few to tell. */
  readonly standardError?: number | undefined;
}

/** What a network does sample by sample, of samples that come in parts and in order. */
export interface Recorder {
  /** @param outputs of the integer network, `perSample` values a sample @param floats the same of the float network */
  add(outputs: Float32Array, floats: Float32Array, targets: HostTargets, perSample: number): void;
  /** Of all samples so far, one at least; `index` counts from the first that was added. Without pictures. */
  details(): TestDetails;
}

export interface Task {
  readonly id: TaskName;
  /**
   * What takes no learning, so that a network begins there and learns the rest: the mean of the targets, or the sample
   * itself where a linear layer leads from the input to the output. Absent: outputs have no unit, and fresh weights
   * are as good as any.
   */
  readonly outset?: 'mean' | 'input';
  /**
   * Mean loss of a batch (scalar). `targets`: class indices [N], distributions over classes [N, C], or maps
   * [N, H, W, C].
   */
  loss(outputs: tf.Tensor4D, targets: tf.Tensor): tf.Scalar;
  /** Mean distance of a batch's outputs from those of another network, which are constants (scalar). */
  distance(outputs: tf.Tensor4D, others: tf.Tensor4D): tf.Scalar;
  accumulator(part?: Judged): Accumulator;
  /** What is put out without a network for `count` prepared images [N, H, W, C]. */
  naive?(images: Float32Array, part: Pick<Judged, 'shape' | 'targetShape'> & { readonly count: number }): Float32Array;
  recorder(part?: Judged): Recorder;
}
