/**
 * When a search is shorter than its definition lays it out: where losses no longer fall (`patience`), and where the
 * time would not do (`maxTime`). Stages are shortened, never cut off: what is left of a schedule is gone through
 * faster, so that rates fall, decisions are taken and pruning ends as they do otherwise.
 */
import type { PaceState } from '../../training/pace.ts';
import type { TrainingSpec } from '../../network/types.ts';
import type { ShortenedEvent } from '../../wire/run.ts';
import type { SessionPlan } from './session-plan.ts';

/** The least loss among epochs that are compared. */
interface Watch {
  /** What is compared: a stage, and how the trainee computes in it. */
  readonly of: string;
  readonly loss: number;
  readonly epoch: number;
  /** Was the stage shortened for it? That happens once. */
  readonly stopped: boolean;
}

/** Plain JSON. */
export interface StoppingState {
  /** Epochs of all stages, where they are not those of the definition. */
  readonly lengths: readonly number[] | null;
  /** Of work so far, without pauses. */
  readonly seconds: number;
  readonly watch: Watch | null;
}

export type Shortening = Omit<ShortenedEvent, 'seq' | 'type'>;

/** Epochs, and a share of the time, after which an estimate of the time is trusted. */
const TRUSTED = { epochs: 2, share: 0.25 };
/** What is left of the stages is tried at so many shares. */
const SHARES = 50;

/** Epochs of stages of which so many are done in all, what is left of each cut to a share, one epoch at least. */
export function scaled(lengths: readonly number[], done: number, share: number): number[] {
  let before = 0;
  return lengths.map((length) => {
    const gone = Math.min(length, Math.max(0, done - before));
    before += length;
    return gone === length ? length : gone + Math.max(1, Math.floor((length - gone) * share));
  });
}

export class Stopping {
  /** As it is now. */
  plan: SessionPlan;
  private readonly whole: SessionPlan;
  private watch: Watch | null;
  private readonly secondsBefore: number;
  private readonly since: number;

  /** @param planOf the plan with these epochs of its stages, or with those of the definition */
  constructor(
    private readonly spec: Pick<TrainingSpec, 'patience' | 'maxTime'>,
    private readonly planOf: (lengths?: readonly number[]) => SessionPlan,
    state?: StoppingState,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.whole = planOf();
    this.plan = state?.lengths ? planOf(state.lengths) : this.whole;
    this.watch = state?.watch ?? null;
    this.secondsBefore = state?.seconds ?? 0;
    this.since = now();
  }

  state(): StoppingState {
    const lengths = this.plan === this.whole ? null : this.lengths;
    return { lengths, seconds: this.seconds, watch: this.watch };
  }

  /** Is there a rule at all? */
  get acts(): boolean {
    return this.spec.patience !== undefined || this.spec.maxTime !== undefined;
  }

  private get seconds(): number {
    return this.secondsBefore + (this.now() - this.since) / 1000;
  }

  private get lengths(): number[] {
    return this.plan.stages.map(({ epochs }) => epochs);
  }

  /**
   * Where the stages of a trainee end: in steps as they are now, and as they were planned. Empty while nothing is
   * shortened.
   * @param from first of its stages @param to the one after the last
   */
  knots(from: number, to: number): PaceState {
    const { plan, whole } = this;
    if (plan === whole) return [];
    const start = from === 0 ? [0, 0] : [plan.endOf(from - 1), whole.endOf(from - 1)];
    return plan.stages.slice(from, to).flatMap(({ epochs }, i) => {
      const ends = [plan.endOf(from + i) - start[0]!, whole.endOf(from + i) - start[1]!];
      return epochs === 0 ? [] : [[ends[0]! * plan.perEpoch, ends[1]! * plan.perEpoch] as const];
    });
  }

  /**
   * After an epoch: the rest of a stage is gone through in `patience` epochs where the loss has not fallen for as many.
   * @param epoch epochs that are done @param of what its loss is compared with; undefined where with nothing
   */
  watched(epoch: number, of: string | undefined, loss: number): Shortening | undefined {
    const { patience } = this.spec;
    if (patience === undefined || of === undefined) return undefined;
    const index = this.plan.indexOf(epoch - 1);
    const { id, title } = this.plan.stages[index]!;
    const name = `${id}/${of}`;
    if (this.watch?.of !== name) this.watch = { of: name, loss, epoch, stopped: false };
    else if (loss < this.watch.loss) this.watch = { ...this.watch, loss, epoch };
    const left = this.plan.endOf(index) - epoch;
    if (this.watch.stopped || epoch - this.watch.epoch < patience || left <= patience) return undefined;
    this.watch = { ...this.watch, stopped: true };
    const lengths = this.lengths.map((length, i) => (i === index ? length - (left - patience) : length));
    return this.shortened(
      lengths,
      `patience: the loss on the validation part has not fallen for ${patience} ${patience === 1 ? 'epoch' : 'epochs'}; the ${left} that were left of ${title} are gone through in ${patience}`,
    );
  }

  /**
   * Before an epoch: all that is left is shortened by one share where it would take longer than `maxTime`.
   * @param epoch epochs that are done @param secondsLeft to the end of the search by a plan
   */
  inTime(epoch: number, secondsLeft: (plan: SessionPlan) => number): Shortening | undefined {
    const { maxTime } = this.spec;
    if (maxTime === undefined) return undefined;
    const { seconds, plan, lengths } = this;
    if (epoch < TRUSTED.epochs && seconds < TRUSTED.share * maxTime) return undefined;
    const left = secondsLeft(plan);
    if (seconds + left <= maxTime) return undefined;
    let shorter = lengths;
    for (let share = SHARES - 1; share >= 0; share--) {
      shorter = scaled(lengths, epoch, share / SHARES);
      if (seconds + secondsLeft(this.planOf(shorter)) <= maxTime) break;
    }
    if (shorter.every((length, i) => length === lengths[i])) return undefined;
    return this.shortened(
      shorter,
      `maxTime: ${Math.round(seconds)} s of ${Math.round(maxTime)} s are worked and ${Math.round(left)} s more were foreseen; what was left of the stages is shortened`,
    );
  }

  /**
   * When architectures are chosen: those that are missing of the planned ones have no stages.
   * @param networks that are trained whole
   */
  chosen(networks: number): Shortening | undefined {
    const { plan } = this;
    if (networks >= plan.networks) return undefined;
    const [to] = plan.stagesOf(networks);
    return this.shortened(
      this.lengths.map((length, i) => (i < to ? length : 0)),
      `the search space: ${networks === 1 ? 'one architecture was' : `${networks} architectures were`} found where ${plan.networks} could be trained`,
    );
  }

  private shortened(lengths: readonly number[], reason: string): Shortening {
    this.plan = this.planOf(lengths);
    return { reason, stages: this.plan.stages.map(({ id, epochs }) => ({ id, epochs })) };
  }
}
