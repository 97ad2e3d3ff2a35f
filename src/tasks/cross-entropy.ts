/** Classes: cross-entropy, and the share of samples whose largest output is that of their class. */
import * as tf from '@tensorflow/tfjs-core';
import { shareError } from '../wire/tasks/intervals.ts';
import { argmax } from './argmax.ts';
import { classRecorder } from './class-recorder.ts';
import type { Task } from './task.ts';

/** Distributions over the classes of the data, with nothing for logits beyond them. */
const widened = (rows: tf.Tensor2D, logits: number): tf.Tensor2D =>
  rows.shape[1] === logits
    ? rows
    : tf.pad(rows, [
        [0, 0],
        [0, logits - rows.shape[1]],
      ]);

export const crossEntropy: Omit<Task, 'id'> = {
  loss(outputs, targets) {
    const [n, , , classes] = outputs.shape;
    const wanted =
      targets.rank === 1 ? tf.oneHot(targets as tf.Tensor1D, classes) : widened(targets as tf.Tensor2D, classes);
    return tf.losses.softmaxCrossEntropy(wanted, tf.reshape(outputs, [n, classes])) as tf.Scalar;
  },
  distance(outputs, others) {
    const [n, , , classes] = outputs.shape;
    const logits = (y: tf.Tensor4D): tf.Tensor2D => tf.reshape(y, [n, classes]);
    const likely = tf.softmax(logits(others));
    return tf.neg(tf.mean(tf.sum(tf.mul(likely, tf.logSoftmax(logits(outputs))), 1))) as tf.Scalar;
  },
  recorder: classRecorder,
  accumulator() {
    let [right, samples] = [0, 0];
    return {
      add(outputs, targets, perSample) {
        samples += targets.length;
        for (let i = 0; i < targets.length; i++) if (argmax(outputs, i * perSample, perSample) === targets[i]) right++;
      },
      get metric() {
        return right / samples;
      },
      get standardError() {
        return shareError(right / samples, samples);
      },
    };
  },
};
