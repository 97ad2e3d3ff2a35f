/**
 * What is trained on one device, whatever it is: networks that share their weights, or a network alone. Strategies and
 * the stages after them train, judge, read and keep it by these words.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Split } from '../data/dataset.ts';
import type { Prediction } from './evaluate.ts';
import type { TensorRecord } from './tensor-checkpoint.ts';

/** Float tensors on the host, by the id of their primitive or operation. Not to be written to. */
export type HostTensors = ReadonlyMap<
  string,
  {
    /** [h, w, in, out]; depthwise: [h, w, channels, multiplier]. */
    readonly shape: readonly number[];
    readonly w: Float32Array;
    readonly gamma?: Float32Array;
    readonly beta: Float32Array;
  }
>;

/**
 * @typeParam Choice which of its networks: an assignment of shared weights; of a network alone, how it computes
 * @typeParam State plain JSON
 */
export interface Trainer<Choice, State> {
  /** One step; steps are counted from its own first one. Returns the loss of the batch. */
  step(step: number, images: tf.Tensor4D, targets: tf.Tensor): Promise<number>;
  /** Outputs of one of its networks, and their loss. Changes nothing. */
  predict(choice: Choice, images: tf.Tensor4D, targets: tf.Tensor): Promise<Prediction>;
  /**
   * Losses of several of its networks, in their order: the mean over at most `limit` samples of each part. Weights stay
   * as they are; what depends on which network is looked at (thresholds of pruning) is that of the last one afterwards.
   */
  rank(choices: readonly Choice[], parts: readonly Split[], limit: number): Promise<readonly number[]>;
  /** The present weights: read from the device once until they change. */
  read(): Promise<HostTensors>;
  /** Everything that its next step depends on; tensors go into `into`, by names of its own. */
  save(into: Map<string, TensorRecord>): Promise<State>;
  /** Goes on as it was when it was saved. @throws where the tensors are of another network */
  restore(from: ReadonlyMap<string, TensorRecord>, state: State): void;
  /** Lets go of every tensor. */
  dispose(): void;
}
