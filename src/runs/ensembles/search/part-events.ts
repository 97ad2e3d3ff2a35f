/**
 * The parts of a run, searches in a row, as one run to whoever follows it: stages, epochs and candidates of a part are
 * told apart from those of the others.
 */
import type { Progress, StageHeader, UnnumberedEvent } from '../../../wire/run.ts';
import { totalEpochs } from '../../../wire/stages.ts';

/** A part as it is announced. */
export interface PartStages {
  readonly id: string;
  /** What people call it. */
  readonly title: string;
  readonly stages: readonly StageHeader[];
}

/** What was told so far. Plain JSON. */
export interface ToldState {
  /** Epochs of all stages as they are now, by their ids in the run. */
  readonly lengths: Readonly<Record<string, number>>;
  /** Epochs and candidates before the present part, and in all. */
  readonly before: { readonly epochs: number; readonly candidates: number };
  readonly told: { readonly epochs: number; readonly candidates: number };
}

/** Where the run's first event differs from that of its first part. */
type Announced = Pick<UnnumberedEvent & { type: 'started' }, 'limits' | 'curves'>;

const stageId = ({ id }: Pick<PartStages, 'id'>, stage: string): string => `${id}-${stage}`;

/** The stages of all parts, as those of one run. */
export const stagesOfParts = (parts: readonly PartStages[]): StageHeader[] =>
  parts.flatMap((part) =>
    part.stages.map((stage) => ({ ...stage, id: stageId(part, stage.id), title: `${part.title}: ${stage.title}` })),
  );

export class PartEvents {
  private state: ToldState;

  constructor(
    private readonly parts: readonly PartStages[],
    private readonly announced: Announced,
    state?: ToldState,
  ) {
    const none = { epochs: 0, candidates: 0 };
    const lengths = Object.fromEntries(stagesOfParts(parts).map(({ id, epochs }) => [id, epochs]));
    this.state = state ?? { lengths, before: none, told: none };
  }

  /** Plain JSON. */
  saved(): ToldState {
    return this.state;
  }

  /** The next part begins. */
  turn(): void {
    this.state = { ...this.state, before: this.state.told };
  }

  private get stages(): StageHeader[] {
    return stagesOfParts(this.parts).map((stage) => ({ ...stage, epochs: this.state.lengths[stage.id]! }));
  }

  /** The event of a part as one of the run; undefined where the run says it once, at another time. */
  event(index: number, event: UnnumberedEvent): UnnumberedEvent | undefined {
    const part = this.parts[index]!;
    const { before, told } = this.state;
    switch (event.type) {
      case 'started':
        return index === 0 ? { ...event, ...this.limitsOf(event), stages: this.stages } : undefined;
      case 'finished':
        return index === this.parts.length - 1 ? this.ofCandidate(event) : undefined;
      case 'epoch': {
        const epoch = before.epochs + event.epoch;
        this.state = { ...this.state, told: { ...told, epochs: epoch } };
        return { ...event, epoch, stage: stageId(part, event.stage) };
      }
      case 'candidate': {
        const id = before.candidates + event.id;
        this.state = { ...this.state, told: { ...told, candidates: Math.max(told.candidates, id + 1) } };
        const parents = event.origin.parents.map((one) => before.candidates + one);
        return { ...event, id, stage: stageId(part, event.stage), origin: { ...event.origin, parents } };
      }
      case 'trial':
      case 'dropped':
        return { ...event, candidate: before.candidates + event.candidate };
      case 'predicted':
        return { ...event, stage: stageId(part, event.stage) };
      case 'decoded':
        return this.ofCandidate(event);
      case 'repaired':
        return { ...event, reason: `${part.title}: ${event.reason}` };
      case 'shortened': {
        const own = event.stages.map(({ id, epochs }) => [stageId(part, id), epochs] as const);
        this.state = { ...this.state, lengths: { ...this.state.lengths, ...Object.fromEntries(own) } };
        const stages = this.stages.map(({ id, epochs }) => ({ id, epochs }));
        return { ...event, reason: `${part.title}: ${event.reason}`, stages };
      }
      default:
        return event;
    }
  }

  private ofCandidate<T extends { readonly candidate?: number }>(event: T): T {
    const { candidate } = event;
    return candidate === undefined ? event : { ...event, candidate: this.state.before.candidates + candidate };
  }

  /** The joint limits, with what the search space reaches. */
  private limitsOf({ limits }: Announced): Announced {
    const reached = limits.find(({ cost }) => cost === 'weights');
    const range = reached?.smallest === undefined ? {} : { smallest: reached.smallest, largest: reached.largest! };
    return {
      ...this.announced,
      limits: this.announced.limits.map((one) => (one.cost === 'weights' ? { ...one, ...range } : one)),
    };
  }

  progress(index: number, progress: Progress): Progress {
    const part = this.parts[index]!;
    const own = part.stages.some(({ id }) => id === progress.stage);
    return {
      ...progress,
      ...(own && { stage: stageId(part, progress.stage), title: `${part.title}: ${progress.title}` }),
      epoch: this.state.before.epochs + progress.epoch,
      epochs: totalEpochs({ stages: this.stages }),
    };
  }
}
