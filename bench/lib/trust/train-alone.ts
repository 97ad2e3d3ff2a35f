/** Training one architecture from scratch: what the worth of any architecture is measured by. */
import type * as tf from '@tensorflow/tfjs-core';
import { Batches } from '../../../src/data/batches.ts';
import type { Architecture } from '../../../src/network/types.ts';
import { ConcretePhase } from '../../../src/training/trained/trained-phase.ts';
import { withNextBatch } from '../../../src/training/evaluate.ts';
import { conclude, repair } from '../../../src/training/finish.ts';
import type { Outcome } from '../../../src/training/finish.ts';
import { outsetOf } from '../../../src/training/outset.ts';
import { freshFor } from '../../../src/training/trained/initial-tensors.ts';
import type { Task } from '../../../src/tasks/task.ts';
import { weightLimit } from '../../../src/wire/limits.ts';
import { batchOptions, type SearchContext } from '../../../src/training/problem.ts';

export interface AlonePlan {
  readonly sparsifySteps: number;
  readonly settleSteps: number;
  calibration(): Promise<tf.Tensor4D[]>;
  /** Called between steps; rejects to abort. */
  breathe(): Promise<void>;
  /** Told the steps done, and the loss. */
  report(step: number, loss: number): void;
}

/**
 * Trains an architecture from random weights through both stages, trims it to the budget, and measures it.
 * @param look sees the trained network before it is let go
 */
export async function trainAlone<T = void>(
  context: SearchContext,
  task: Task,
  architecture: Architecture,
  { sparsifySteps, settleSteps, calibration, breathe, report }: AlonePlan,
  look?: (phase: ConcretePhase) => Promise<T>,
): Promise<{ readonly outcome: Outcome; readonly seen?: T }> {
  const {
    network: {
      definition: { training },
    },
    dataset,
    target,
    limits,
  } = context;
  const budgetBytes = weightLimit(limits);
  const batches = new Batches(dataset.train, batchOptions(context));
  const phase = new ConcretePhase(
    architecture,
    task,
    target,
    {
      sparsifySteps,
      settleSteps,
      learningRate: training.learningRate,
      weightDecay: training.weightDecay,
      entropy: training.entropy,
      outset: outsetOf(context),
      budgetBytes,
      calibration,
    },
    freshFor(context),
  );
  try {
    for (let step = 0; step < sparsifySteps + settleSteps; step++) {
      await breathe();
      report(
        step + 1,
        await withNextBatch(batches, dataset.train, (images, targets) => phase.step(step, images, targets)),
      );
    }
    await phase.complete();
    await repair(phase, batches, dataset.train, budgetBytes, training.learningRate, Math.ceil(batches.perEpoch / 2));
    const outcome = await conclude(phase, task, dataset, target);
    return { outcome, ...(look && { seen: await look(phase) }) };
  } finally {
    phase.dispose();
  }
}
