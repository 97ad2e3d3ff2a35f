/** What a search tells of its progress while steps run, and how much work is left of it. */
import { ProgressMeter } from '../../training/progress-meter.ts';
import type { SearchHooks } from '../../training/problem.ts';
import { workOfAll, type WorkClock, type WorkLeft } from '../../training/work-clock.ts';
import type { Tell } from '../strategy.ts';
import type { RaceStep } from './race.ts';
import type { SessionPlan } from './session-plan.ts';
import { FINISH, leftOfChoice, leftOfRace, leftOfTraining, wholeWork, type StepPlan } from './work-left.ts';

/** Where a search is, as far as its progress is concerned. */
export interface Where {
  readonly at: 'choosing' | 'racing' | 'training' | 'done';
  /** Epochs that are done, and steps of the present one. */
  readonly epoch: number;
  readonly step: number;
  /** Networks that are done, and how many were chosen, once they are. */
  readonly finished: number;
  readonly networks?: number | undefined;
  /** Steps of networks that others train, and whose turn is not over. */
  readonly doneBeside: number;
  /** Steps to the end of the race. */
  raceLeft(): number;
}

/** What an epoch tells. */
export interface EpochProgress {
  /** Of every step. */
  step(loss: number): void;
  /** Once its report is made, whose time is part of the epoch's. */
  reported(): void;
}

/** Work of the same run that is not the search's: it was done before, or comes after. */
export interface OtherWork {
  readonly before: WorkLeft;
  readonly after: WorkLeft;
}

/**
 * @param beside are several networks trained at once, where several are to be compared?
 * @param finished networks @param networks of which so many are to be trained in all
 */
export const stepsPlanned = (
  plan: SessionPlan,
  judging: Readonly<Record<string, number>>,
  beside: boolean,
  finished = 0,
  networks = plan.networks,
): StepPlan => ({
  before: plan.epochsBefore * plan.perEpoch,
  judging: Object.values(judging).reduce((a, b) => a + b, 0),
  race: plan.stepsOfRace,
  // Those that are left may be of different lengths: on average over them.
  network: meanSteps(plan, finished, networks) + FINISH * plan.perEpoch,
  networks,
  beside,
});

/** Steps of a network, on average over those that are left. */
function meanSteps(plan: SessionPlan, finished: number, networks: number): number {
  const left = Array.from({ length: Math.max(0, networks - finished) }, (_, i) => plan.stepsOf(finished + i));
  return left.reduce((sum, steps) => sum + steps, 0) / Math.max(1, left.length);
}

export class SessionProgress {
  /** @param clock begins anew with a search that is taken up */
  constructor(
    private readonly planNow: () => SessionPlan,
    private readonly where: () => Where,
    private readonly clock: WorkClock,
    /** Steps that stages without epochs take as long as, by their ids. */
    private readonly judging: Readonly<Record<string, number>>,
    private readonly beside: boolean,
    private readonly others: OtherWork,
  ) {}

  private get plan(): SessionPlan {
    return this.planNow();
  }

  /** Between two epochs: seconds to the end of the search by a plan, without what is compared with it. */
  secondsLeft(plan: SessionPlan): number {
    return this.clock.secondsLeft(this.ownLeft(0, plan));
  }

  /** Tells each step of an epoch. */
  ofEpoch(hooks: SearchHooks): EpochProgress {
    const { plan, clock } = this;
    const { at, epoch } = this.where();
    const kind = at === 'choosing' ? 'shared' : 'alone';
    const { id, title } = plan.stageOf(epoch);
    const place = { stage: id, title, hasEpochs: true, epoch: epoch + 1, epochs: plan.totalEpochs };
    const meter = this.meter(hooks);
    clock.tick(kind, 0);
    return {
      step: (loss) => {
        clock.tick(kind, 1);
        meter.tell({ ...place, step: this.where().step, steps: plan.perEpoch, loss }, this.left());
      },
      reported: () => {
        clock.tick(kind, 0);
      },
    };
  }

  /** Tells the progress of a stage of the strategy that has no epochs. */
  ofJudging(hooks: SearchHooks): Tell {
    const { plan, clock, judging } = this;
    let last = 0;
    const meter = this.meter(hooks);
    clock.tick('judging', 0);
    return (id, step, steps, loss) => {
      const { title } = plan.ownStages.find((stage) => stage.id === id)!;
      // Stages come in the order in which they are declared.
      const ids = Object.keys(judging);
      const before = ids.slice(0, ids.indexOf(id)).reduce((sum, one) => sum + judging[one]!, 0);
      const done = judging[id] === undefined ? undefined : before + (judging[id] * step) / steps;
      clock.tick('judging', done === undefined ? 1 : Math.max(0, done - last));
      last = done ?? last;
      const left = done === undefined ? workOfAll([this.left(), { judging: steps - step }]) : this.left(done);
      const place = { epoch: this.where().epoch, epochs: plan.totalEpochs, hasEpochs: false };
      meter.tell({ stage: id, title, ...place, step, steps, loss }, left);
    };
  }

  /** Tells the steps of legs of the race. */
  ofRace(hooks: SearchHooks): (step: RaceStep) => void {
    const { ownStages, stepsOfRace: steps, totalEpochs: epochs } = this.plan;
    const { id, title } = ownStages.find((stage) => stage.id === 'race')!;
    const place = { stage: id, title, hasEpochs: false, epoch: this.where().epoch, epochs, steps };
    const meter = this.meter(hooks);
    this.clock.tick('alone', 0);
    return ({ done, steps: fresh, loss, beside }) => {
      this.clock.tick(beside ? 'beside' : 'alone', fresh);
      meter.tell({ ...place, step: Math.min(done, steps), loss }, this.left());
    };
  }

  /** Tells the steps of networks that are trained whole, several at once. */
  ofNetworks(hooks: SearchHooks): (loss: number) => void {
    const { plan } = this;
    const meter = this.meter(hooks);
    this.clock.tick('alone', 0);
    return (loss) => {
      this.clock.tick('beside', 1);
      const { finished, doneBeside: done, networks = plan.networks } = this.where();
      const all = finished * plan.stepsOf(0) + done;
      const [epochs, steps] = [plan.epochsBefore + networks * plan.epochsOf(0), plan.perEpoch];
      const epoch = plan.epochsBefore + Math.min(Math.floor(all / steps), networks * plan.epochsOf(0) - 1);
      const { id, title } = plan.stageOf(Math.min(epoch, plan.totalEpochs - 1));
      const place = { stage: id, title, hasEpochs: true, epoch: epoch + 1, epochs, step: all % steps, steps };
      const left = leftOfTraining(this.stepPlan(plan), finished, done);
      meter.tell({ ...place, loss }, workOfAll([left, this.others.after]));
    };
  }

  private stepPlan(plan: SessionPlan): StepPlan {
    const { finished, networks = plan.networks } = this.where();
    return stepsPlanned(plan, this.judging, this.beside, finished, networks);
  }

  private meter(hooks: SearchHooks): ProgressMeter {
    return new ProgressMeter(hooks, this.clock, workOfAll([this.others.before, this.whole, this.others.after]));
  }

  /** All work of the search. */
  get whole(): WorkLeft {
    return wholeWork(this.stepPlan(this.plan));
  }

  /** @param judged steps of judging that are done */
  private left(judged = 0): WorkLeft {
    return workOfAll([this.ownLeft(judged), this.others.after]);
  }

  private ownLeft(judged: number, plan = this.plan): WorkLeft {
    const stepPlan = this.stepPlan(plan);
    const where = this.where();
    if (where.at === 'racing') return leftOfRace(stepPlan, where.raceLeft());
    const first = where.at === 'choosing' ? 0 : plan.firstEpoch(where.finished);
    const done = (where.epoch - first) * plan.perEpoch + where.step;
    return where.at === 'choosing'
      ? leftOfChoice(stepPlan, done, judged)
      : leftOfTraining(stepPlan, where.finished, done);
  }
}
