/** Training a uniform baseline from scratch, for as many steps as the search had. */
import * as tf from '@tensorflow/tfjs-core';
import { Batches } from '../data/batches.ts';
import type { BaselineReport } from '../shared/run.ts';
import type { UniformNetwork } from './baselines.ts';
import { ConcretePhase } from './concrete-phase.ts';
import { withNextBatch } from './evaluate.ts';
import { conclude, repair } from './finish.ts';
import { freshTensors } from './fresh.ts';
import type { TaskRule } from './losses.ts';
import { batchOptions, type SearchContext } from './problem.ts';

/** Share of a baseline's steps in floating point; the rest trains on the grid. The same split as a search's last two stages would have. */
const FLOAT_SHARE = 0.7;

export interface UniformPlan {
  readonly steps: number;
  calibration(): tf.Tensor4D[];
  /** Called between steps; rejects to abort. */
  breathe(): Promise<void>;
  /** Told the steps done, and the loss. */
  report(step: number, loss: number): void;
}

export async function trainUniform(
  context: SearchContext, task: TaskRule, uniform: UniformNetwork, { steps, calibration, breathe, report }: UniformPlan,
): Promise<BaselineReport> {
  const { network: { definition: { training } }, dataset, target, budgetBytes, seed } = context;
  const batches = new Batches(dataset.train, batchOptions(context));
  const sparsifySteps = Math.round(steps * FLOAT_SHARE);
  const phase = new ConcretePhase(uniform.architecture, task, target, {
    sparsifySteps, settleSteps: steps - sparsifySteps, learningRate: training.learningRate, weightDecay: training.weightDecay, budgetBytes, calibration,
  }, freshTensors(seed));
  try {
    for (let step = 0; step < steps; step++) {
      await breathe();
      report(step + 1, await withNextBatch(batches, dataset.train, (images, targets) => phase.step(step, images, targets)));
    }
    await phase.complete();
    await repair(phase, batches, dataset.train, budgetBytes, training.learningRate, Math.ceil(batches.perEpoch / 2));
    const { floatMetric, integerMetric, certificate } = await conclude(phase, task, dataset, target);
    return { name: `uniform ${uniform.bits}-bit`, bits: uniform.bits, widthFactor: uniform.widthFactor, exactBytes: certificate.exactBytes, floatMetric, integerMetric };
  } finally {
    phase.dispose();
  }
}
