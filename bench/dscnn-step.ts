/** Training step of DS-CNN-64. */
import { benchmarkStep } from './lib/plain-step.ts';
import type { Benchmark } from './run.ts';

export const benchmark: Benchmark = {
  name: 'dscnn-step',
  describe: 'Training step of DS-CNN-64 (49x10x1, batch 32: forward, backward, Adam) in milliseconds.',
  run: (options) => benchmarkStep('dscnn', options),
};
