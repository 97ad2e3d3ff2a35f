/** Training step of ResNet-8. */
import { benchmarkStep } from './lib/plain-step.ts';
import type { Benchmark } from './run.ts';

export const benchmark: Benchmark = {
  name: 'resnet8-step',
  describe: 'Training step of ResNet-8 (32x32x3, 16-32-64 filters, batch 32: forward, backward, Adam) in milliseconds.',
  run: (options) => benchmarkStep('resnet8', options),
};
