/** The statistics that batch norms use once they are frozen: found again over batches, and tried. */
import * as tf from '@tensorflow/tfjs-core';
import type { HostCopy } from '../host-copy.ts';
import type { Part } from './weighted-part.ts';

/** Batch statistics that a forward pass met. */
export interface Statistics {
  readonly part: Part;
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

/** Sets the running statistics to their mean over batches. @param of what a pass over a batch met */
export function averageStatistics(
  batches: readonly tf.Tensor4D[],
  host: HostCopy,
  of: (batch: tf.Tensor4D) => readonly Statistics[],
): void {
  tf.tidy(() => {
    const sums = new Map<Part, { mean: tf.Tensor; variance: tf.Tensor }>();
    for (const batch of batches)
      for (const { part, mean, variance } of of(batch)) {
        const sum = sums.get(part);
        sums.set(
          part,
          sum ? { mean: tf.add(sum.mean, mean), variance: tf.add(sum.variance, variance) } : { mean, variance },
        );
      }
    for (const [part, sum] of sums) {
      part.mean.assign(tf.div(sum.mean, batches.length));
      part.variance.assign(tf.div(sum.variance, batches.length));
      host.forget([part.mean, part.variance]);
    }
  });
}

/** Runs `attempt`, and puts the running statistics back as they were unless it returns true. */
export async function keepStatisticsUnless(
  parts: readonly Part[],
  host: HostCopy,
  attempt: () => Promise<boolean>,
): Promise<void> {
  const before = parts.map((part) => ({ part, mean: tf.clone(part.mean), variance: tf.clone(part.variance) }));
  const kept = await attempt();
  for (const { part, mean, variance } of before) {
    if (!kept) {
      part.mean.assign(mean);
      part.variance.assign(variance);
      host.forget([part.mean, part.variance]);
    }
    tf.dispose([mean, variance]);
  }
}
