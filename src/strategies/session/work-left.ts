/** How many steps of each kind of work are left of a search, wherever it is. */
import type { WorkLeft } from '../../training/work-clock.ts';

/** Epochs that spending the rest of the budget, repairs and the certificate take as long as. */
export const FINISH = 2;

/** Training steps as planned. */
export interface StepPlan {
  /** Of the strategy, before it proposes anything. */
  readonly before: number;
  /** Steps that judging candidates takes as long as. */
  readonly judging: number;
  readonly race: number;
  /** Of one network from its first step to its certificate. */
  readonly network: number;
  readonly networks: number;
}

export const wholeWork = ({ before, judging, race, network, networks }: StepPlan): WorkLeft => ({
  shared: before,
  judging,
  alone: race + networks * network,
});

/** @param done steps of the strategy @param judged share of the judging, 0..1 */
export const leftOfChoice = (plan: StepPlan, done: number, judged: number): WorkLeft => ({
  ...wholeWork(plan),
  shared: Math.max(0, plan.before - done),
  judging: (1 - judged) * plan.judging,
});

/** @param ofRace steps to the end of the race; one network follows */
export const leftOfRace = ({ network }: StepPlan, ofRace: number): WorkLeft => ({ alone: ofRace + network });

/** @param finished networks @param done steps of the present one */
export const leftOfTraining = ({ networks, network }: StepPlan, finished: number, done: number): WorkLeft => ({
  alone: Math.max(0, (networks - finished) * network - done),
});
