/** What a search tells of its progress while steps run, and how much work is left of it. */
import { ProgressMeter } from '../../training/progress-meter.ts';
import type { SearchHooks } from '../../training/problem.ts';
import type { WorkClock, WorkLeft } from '../../training/work-clock.ts';
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
  /** Steps that judging takes as long as, where that is known. */
  readonly judging?: number | undefined;
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

export class SessionProgress {
  /** @param clock begins anew with a search that is taken up */
  constructor(
    private readonly plan: SessionPlan,
    private readonly where: () => Where,
    private readonly clock: WorkClock,
    private readonly beside: boolean,
  ) {}

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
    const { plan, clock } = this;
    const { judging } = this.where();
    const meter = this.meter(hooks);
    clock.tick('judging', 0);
    return (id, step, steps, loss) => {
      const { title } = plan.ownStages.find((stage) => stage.id === id)!;
      clock.tick('judging', (judging ?? steps) / steps);
      const later = this.left(step / steps);
      const left = judging === undefined ? { ...later, judging: steps - step } : later;
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
      const all = finished * plan.stepsAfter + done;
      const [epochs, steps] = [plan.epochsBefore + networks * plan.epochsAfter, plan.perEpoch];
      const epoch = plan.epochsBefore + Math.min(Math.floor(all / steps), networks * plan.epochsAfter - 1);
      const { id, title } = plan.stageOf(Math.min(epoch, plan.totalEpochs - 1));
      const place = { stage: id, title, hasEpochs: true, epoch: epoch + 1, epochs, step: all % steps, steps };
      meter.tell({ ...place, loss }, leftOfTraining(this.stepPlan, finished, done));
    };
  }

  private get stepPlan(): StepPlan {
    const { plan } = this;
    const { judging, networks } = this.where();
    return {
      before: plan.epochsBefore * plan.perEpoch,
      judging: judging ?? 0,
      race: plan.stepsOfRace,
      network: plan.stepsAfter + FINISH * plan.perEpoch,
      networks: networks ?? plan.networks,
      beside: this.beside,
    };
  }

  private meter(hooks: SearchHooks): ProgressMeter {
    return new ProgressMeter(hooks, this.clock, wholeWork(this.stepPlan));
  }

  /** @param within share of the judging that is done */
  private left(within = 0): WorkLeft {
    const { plan, stepPlan } = this;
    const where = this.where();
    if (where.at === 'racing') return leftOfRace(stepPlan, where.raceLeft());
    const first = where.at === 'choosing' ? 0 : plan.firstEpoch(where.finished);
    const done = (where.epoch - first) * plan.perEpoch + where.step;
    return where.at === 'choosing'
      ? leftOfChoice(stepPlan, done, within)
      : leftOfTraining(stepPlan, where.finished, done);
  }
}
