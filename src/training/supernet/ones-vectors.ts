/** Vectors of ones by length: the masks of widths that nobody decides. */
import * as tf from '@tensorflow/tfjs-core';

export class Ones {
  private readonly tensors = new Map<number, tf.Tensor1D>();

  of(length: number): tf.Tensor1D {
    const known = this.tensors.get(length);
    if (known) return known;
    const made = tf.keep(tf.ones([length])) as tf.Tensor1D;
    this.tensors.set(length, made);
    return made;
  }

  dispose(): void {
    for (const tensor of this.tensors.values()) tensor.dispose();
    this.tensors.clear();
  }
}
