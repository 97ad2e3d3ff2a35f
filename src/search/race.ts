/** A short race: the decode and what rules of thumb would have chosen are trained a little, and the best on validation samples goes on. */
import type { Batches } from '../data/batches.ts';
import type { Dataset } from '../data/types.ts';
import type { Assignment } from '../model/types.ts';
import type { ConcretePhase } from './concrete-phase.ts';
import { ON_GRID } from './concrete-phase.ts';
import { evaluate, withNextBatch } from './evaluate.ts';
import type { TaskRule } from './losses.ts';

/** Epochs of each round, and how many go on. */
const ROUNDS: readonly { readonly epochs: number; readonly survivors: number }[] = [{ epochs: 1, survivors: 4 }, { epochs: 2, survivors: 2 }, { epochs: 4, survivors: 1 }];

export interface Racer { readonly assignment: Assignment; readonly phase: ConcretePhase; readonly loss: number }

export interface RacePlan {
  readonly task: TaskRule;
  readonly dataset: Dataset;
  readonly batches: Batches;
  readonly steps: number;
  readonly learningRate: number;
  /** Called between steps; rejects to abort. */
  breathe(): Promise<void>;
  /** Told the steps done and to do in the present stretch, and the loss. */
  report(step: number, steps: number, loss: number): void;
  start(assignment: Assignment): ConcretePhase;
}

async function train(plan: RacePlan, phase: ConcretePhase, steps: number): Promise<number> {
  for (let step = 0; step < steps; step++) {
    await plan.breathe();
    const loss = withNextBatch(plan.batches, plan.dataset.train, (images, targets) => phase.network.step(images, targets, ON_GRID, plan.learningRate));
    plan.report(step + 1, steps, loss);
  }
  return evaluate(plan.task, plan.dataset.validation, (images, targets) => phase.network.predict(images, targets, ON_GRID)).loss;
}

/**
 * Successive halving: every assignment is trained for one round on its own grids, the best few for more, the best two for longest.
 * Returns the one with the lowest validation loss, as trained; the others are disposed of.
 */
export async function race(plan: RacePlan, assignments: readonly Assignment[]): Promise<Racer> {
  let racers: Racer[] = [];
  const keep = (count: number): void => {
    racers.sort((a, b) => a.loss - b.loss);
    racers.splice(count).forEach((racer) => { racer.phase.dispose(); });
  };
  for (const assignment of assignments) {
    const phase = plan.start(assignment);
    phase.network.pruneTo(1);
    phase.network.fitSteps();
    racers.push({ assignment, phase, loss: await train(plan, phase, ROUNDS[0]!.epochs * plan.steps) });
    // Only the tensors of those that may go on are kept.
    keep(ROUNDS[0]!.survivors);
  }
  for (const { epochs, survivors } of ROUNDS.slice(1)) {
    const trained: Racer[] = [];
    for (const racer of racers) trained.push({ ...racer, loss: await train(plan, racer.phase, epochs * plan.steps) });
    racers = trained;
    keep(survivors);
  }
  return racers[0]!;
}

/** Training steps that the winner of a race has had. */
export function winnerSteps(plan: Pick<RacePlan, 'steps'>): number {
  return ROUNDS.reduce((sum, { epochs }) => sum + epochs, 0) * plan.steps;
}
