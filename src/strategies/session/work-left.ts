/** How many steps of each kind of work are left of a search, wherever it is. */
import { workOfAll, type Work, type WorkLeft } from '../../training/work-clock.ts';

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
  /** Are several networks trained at once, where several are to be compared? */
  readonly beside: boolean;
}

/** What networks are that are compared with others. */
const compared = ({ beside }: StepPlan): Work => (beside ? 'beside' : 'alone');

export const wholeWork = (plan: StepPlan): WorkLeft =>
  workOfAll([
    { shared: plan.before, judging: plan.judging },
    { [compared(plan)]: plan.race },
    leftOfTraining(plan, 0, 0),
  ]);

/** @param done steps of the strategy @param judged steps of the judging that are done */
export const leftOfChoice = (plan: StepPlan, done: number, judged: number): WorkLeft => ({
  ...wholeWork(plan),
  shared: Math.max(0, plan.before - done),
  judging: Math.max(0, plan.judging - judged),
});

/** @param ofRace steps to the end of the race; one network follows */
export const leftOfRace = (plan: StepPlan, ofRace: number): WorkLeft =>
  workOfAll([{ [compared(plan)]: ofRace }, { alone: plan.network }]);

/** @param finished networks @param done steps of the present one, or of all that are being trained */
export const leftOfTraining = (plan: StepPlan, finished: number, done: number): WorkLeft => ({
  [plan.networks > 1 ? compared(plan) : 'alone']: Math.max(0, (plan.networks - finished) * plan.network - done),
});
