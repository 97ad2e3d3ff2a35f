/** Memory that a step needs beside what lives on. */
import * as tf from '@tensorflow/tfjs-core';

/** Peak of the tensors that a step holds beside those that live on, in bytes. */
export async function peakBytes(step: () => unknown): Promise<number> {
  const engine = tf.engine();
  const before = tf.memory().numBytes;
  let peak = before;
  const original = engine.runKernel.bind(engine);
  engine.runKernel = ((...parameters: Parameters<typeof original>) => {
    const result = original(...parameters);
    peak = Math.max(peak, tf.memory().numBytes);
    return result;
  }) as typeof engine.runKernel;
  await step();
  engine.runKernel = original;
  return peak - before;
}
