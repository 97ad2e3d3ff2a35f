/** The loss of a network with early exits: that of its end, and a share of each exit's. */
import * as tf from '@tensorflow/tfjs-core';
import type { Task } from '../tasks/task.ts';

/**
 * The weighted sum that BranchyNet trains (Teerapittayanon, McDanel and Kung, arXiv 1709.01686); without exits the
 * task's loss. Call inside tf.tidy.
 * @param outputs [N, 1, 1, classes] of the exits in order, then the end's [N, H, W, C]
 * @param share weight of each exit's loss beside 1 of the end's
 */
export function jointLoss(task: Task, outputs: readonly tf.Tensor4D[], targets: tf.Tensor, share: number): tf.Scalar {
  const end = task.loss(outputs.at(-1)!, targets);
  const exits = outputs.slice(0, -1).map((one) => tf.mul<tf.Scalar>(task.loss(one, targets), share));
  return exits.reduce((sum, one) => tf.add<tf.Scalar>(sum, one), end);
}
