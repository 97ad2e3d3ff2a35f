/** Memory of training: resident size and tensors after many steps. */
import * as tf from '@tensorflow/tfjs-core';
import { openFor } from './lib/backend.ts';
import { rounded } from './lib/measure.ts';
import { NETWORKS, plainStep } from './lib/networks.ts';
import type { Benchmark, Row } from './run.ts';

const BATCH = 32;
const CHECKPOINTS = [1, 10, 50, 100, 200];
const MIB = 2 ** 20;

export const benchmark: Benchmark = {
  name: 'memory',
  describe: 'Resident memory and tensors after so many training steps of ResNet-8, batch 32.',
  async run(options) {
    await openFor(options);
    const { step } = plainStep(NETWORKS['resnet8']!, BATCH);
    const rows: Row[] = [];
    let done = 0;
    for (const steps of CHECKPOINTS) {
      for (; done < steps; ++done) await step();
      const { numTensors, numBytes } = tf.memory();
      rows.push({
        steps,
        'resident MiB': rounded(process.memoryUsage().rss / MIB),
        tensors: numTensors,
        'tensor MiB': rounded(numBytes / MIB),
      });
    }
    return rows;
  },
};
