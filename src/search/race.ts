/** A short race: the decode and what rules of thumb would have chosen are trained a little, and the best on validation samples goes on. */
import * as tf from '@tensorflow/tfjs-core';
import type { Batches } from '../data/batches.ts';
import type { Dataset } from '../data/types.ts';
import type { Assignment } from '../model/types.ts';
import type { ConcretePhase } from './concrete-phase.ts';
import { ON_GRID } from './concrete-phase.ts';
import { batchTensors, evaluate } from './evaluate.ts';
import type { TaskRule } from './losses.ts';

export interface Racer { readonly assignment: Assignment; readonly phase: ConcretePhase; readonly loss: number }

export interface RacePlan {
  readonly task: TaskRule;
  readonly dataset: Dataset;
  readonly batches: Batches;
  readonly steps: number;
  readonly learningRate: number;
  /** Called between steps; rejects to abort. */
  breathe(): Promise<void>;
  start(assignment: Assignment): ConcretePhase;
}

async function train(plan: RacePlan, assignment: Assignment): Promise<Racer> {
  const phase = plan.start(assignment);
  phase.network.pruneTo(1);
  phase.network.fitSteps();
  for (let step = 0; step < plan.steps; step++) {
    await plan.breathe();
    const { images, targets } = batchTensors(plan.batches.next(), plan.dataset.train);
    phase.network.step(images, targets, ON_GRID, plan.learningRate);
    tf.dispose([images, targets]);
  }
  const { loss } = evaluate(plan.task, plan.dataset.validation, (images, targets) => phase.network.predict(images, targets, ON_GRID));
  return { assignment, phase, loss };
}

/** Trains each assignment for a few steps on its own grids and returns the one with the lowest validation loss, as trained. The others are disposed of. */
export async function race(plan: RacePlan, assignments: readonly Assignment[]): Promise<Racer> {
  let best: Racer | undefined;
  for (const assignment of assignments) {
    const racer = await train(plan, assignment);
    if (!best || racer.loss < best.loss) {
      best?.phase.dispose();
      best = racer;
    } else racer.phase.dispose();
  }
  return best!;
}
