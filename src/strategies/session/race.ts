/**
 * A race between architectures: each is trained a little, the best go on and have offspring, one wins. Their weights
 * only serve to rank them.
 */
import type { Dataset } from '../../data/dataset.ts';
import type { Assignment } from '../../network/types.ts';
import { awaited, type Side } from '../../training/side.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import { LEG, type LegOrder, type LegOutcome, type LegState } from '../../training/trained/leg.ts';
import { DIVERGED } from '../../wire/candidate-events.ts';

/**
 * Rounds: by how much the training of each network grows, as a share of the steps after the race, how many networks
 * stay, and how many
 * offspring they get, as a share of those that began. Offspring is trained from the start, in the next round.
 */
const GENERATION = { share: 0, survivors: 4, offspring: 0.5 };
const ROUNDS: readonly { readonly share: number; readonly survivors: number; readonly offspring: number }[] = [
  { ...GENERATION, share: 0.09 },
  GENERATION,
  GENERATION,
  GENERATION,
  { ...GENERATION, offspring: 0 },
  { share: 0.09, survivors: 2, offspring: 0 },
  { share: 0.12, survivors: 1, offspring: 0 },
];
/**
 * Of how many steps legs are shares, at most: their first of some 400 steps ranks as well as a longer one does
 * (docs/results.md). Of half of the steps after the race at least.
 */
const LONG = 4400;
const LEAST = 0.5;
/** Share of a network's first leg over which its sparsity rises. */
const RAMP = 0.7;
/** Variants that are asked for until one has not raced before. */
const TRIES = 8;

export interface RacePlan {
  readonly dataset: Dataset;
  /** Steps of the stages after the race. */
  readonly steps: number;
  /** A network that has not been trained. */
  order(assignment: Assignment): Omit<LegOrder, 'first' | 'goal' | 'rampSteps'>;
  /** The same for two assignments that are one architecture. */
  key(assignment: Assignment): string;
  /** What a network of this loss is ranked by; absent: its loss. */
  score?(assignment: Assignment, loss: number): number;
  /** Another architecture near this one within the budget. */
  variant(parent: Assignment): Promise<Assignment | undefined>;
  /** Who trains several at once, where somebody does. */
  readonly side?: Side | undefined;
}

/** How far a race is. */
export interface RaceStep {
  /** Steps done in the whole race. */
  readonly done: number;
  /** Those among them that were not told of before. */
  readonly steps: number;
  readonly loss: number;
  /** Are several networks trained at once? */
  readonly beside: boolean;
}

/** Who holds the race. */
export interface RaceHost {
  /** Called between steps; rejects to abort. */
  breathe(): Promise<void>;
  report(step: RaceStep): void;
  /** Told what becomes of its networks, in order; the race goes on when that is done. */
  tell(news: RaceNews): Promise<void>;
}

export type RaceNews =
  | { readonly what: 'born'; readonly assignment: Assignment; readonly parent: Assignment }
  | { readonly what: 'trained'; readonly assignment: Assignment; readonly steps: number; readonly loss: number }
  | {
      readonly what: 'beaten';
      readonly assignment: Assignment;
      /** Its place among those trained so far in this round, from 1, and how many of them go on. */
      readonly rank: number;
      readonly of: number;
      readonly survivors: number;
      readonly steps: number;
    };

interface Runner {
  readonly assignment: Assignment;
  steps: number;
  /** What it is ranked by: the loss after the last leg, or the score of that. */
  loss: number;
  /** Absent until it has been trained. */
  state?: LegState;
}

interface RunnerState {
  readonly assignment: Assignment;
  readonly steps: number;
  readonly loss: number;
  readonly batches?: LegState['batches'];
  readonly concrete?: LegState['concrete'];
}

/** Plain JSON; the tensors of each runner stand beside it, under its number. */
export interface RaceState {
  readonly round: number;
  readonly done: number;
  readonly entries: number;
  readonly runners: readonly RunnerState[];
  readonly seen: readonly string[];
}

function prefixed(tensors: ReadonlyMap<string, TensorRecord>, prefix: string): Map<string, TensorRecord> {
  return new Map(
    [...tensors].flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [],
    ),
  );
}

const prefixOf = (runner: number): string => `race${runner}|`;

/**
 * Training steps of a network that has been through the first `rounds` rounds; `steps`: those of the stages after the
 * race.
 */
function stepsAfter(steps: number, rounds: number): number {
  const shared = Math.max(LEAST * steps, Math.min(steps, LONG));
  return ROUNDS.slice(0, rounds).reduce((sum, { share }) => sum + Math.ceil(share * shared), 0);
}

/** Training steps of a whole race between so many architectures, if no offspring is one that has raced before. */
export function raceSteps(steps: number, architectures: number): number {
  if (architectures === 1) return 0;
  let total = 0;
  let veterans = 0;
  let newcomers = architectures;
  ROUNDS.forEach(({ survivors, offspring }, round) => {
    const goal = stepsAfter(steps, round + 1);
    total += newcomers * goal + veterans * (goal - stepsAfter(steps, round));
    veterans = Math.min(veterans + newcomers, survivors);
    newcomers = Math.ceil(offspring * architectures);
  });
  return total;
}

/** Successive halving with offspring; can be saved and taken up between two legs. */
export class Race {
  private round = 0;
  private done = 0;
  /** Networks that began. */
  private readonly entries: number;
  private runners: Runner[];
  private readonly seen: Set<string>;
  /** Legs that were begun before their turn, or are on, with the steps that they have done. */
  private readonly under = new Map<Runner, { outcome?: Promise<LegOutcome>; done: number }>();
  /** Seconds of a step, where one network is trained at a time. */
  private pace: number | undefined;

  constructor(
    private readonly plan: RacePlan,
    assignments: readonly Assignment[],
    state?: RaceState,
    tensors?: ReadonlyMap<string, TensorRecord>,
  ) {
    this.runners = assignments.map((assignment) => ({ assignment, steps: 0, loss: DIVERGED }));
    this.seen = new Set(assignments.map((assignment) => plan.key(assignment)));
    this.entries = state?.entries ?? assignments.length;
    if (!state || !tensors) return;
    this.round = state.round;
    this.done = state.done;
    this.seen = new Set(state.seen);
    this.runners = state.runners.map(({ assignment, steps, loss, batches, concrete }, i) => {
      if (!batches || !concrete) return { assignment, steps, loss };
      return { assignment, steps, loss, state: { batches, concrete, tensors: prefixed(tensors, prefixOf(i)) } };
    });
  }

  save(into: Map<string, TensorRecord>): RaceState {
    const runners = this.runners.map(({ assignment, steps, loss, state }, i): RunnerState => {
      for (const [name, tensor] of state?.tensors ?? []) into.set(`${prefixOf(i)}${name}`, tensor);
      return { assignment, steps, loss, ...(state && { batches: state.batches, concrete: state.concrete }) };
    });
    return { round: this.round, done: this.done, entries: this.entries, runners, seen: [...this.seen] };
  }

  /** Training steps to the end of the race, if no offspring is one that has raced before. */
  stepsLeft(): number {
    if (this.round >= ROUNDS.length) return 0;
    let veterans = this.runners.length;
    let total = 0;
    for (let round = this.round; round < ROUNDS.length; round++) {
      const goal = stepsAfter(this.plan.steps, round + 1);
      const { survivors } = ROUNDS[round]!;
      if (round === this.round) total += this.runners.reduce((sum, { steps }) => sum + Math.max(0, goal - steps), 0);
      else {
        const born = Math.ceil(ROUNDS[round - 1]!.offspring * this.entries);
        total += veterans * (goal - stepsAfter(this.plan.steps, round)) + born * goal;
        veterans += born;
      }
      veterans = Math.min(veterans, survivors);
    }
    return Math.max(0, total - this.doneUnder);
  }

  /** Undefined while the race is on. */
  get winner(): Assignment | undefined {
    return this.round === ROUNDS.length ? this.runners[0]?.assignment : undefined;
  }

  /** Steps that are done of legs whose turn is not over. */
  private get doneUnder(): number {
    return [...this.under.values()].reduce((sum, { done }) => sum + done, 0);
  }

  /** Trains the next network that is due, and closes the round after its last one. */
  async advance(host: RaceHost): Promise<void> {
    const goal = stepsAfter(this.plan.steps, this.round + 1);
    const due = this.runners.filter(({ steps }) => steps < goal);
    if (due.length > 0) {
      await this.train(due, goal, host);
      await this.dropBeaten(host);
    }
    if (this.runners.every(({ steps }) => steps >= goal)) await this.closeRound(host);
  }

  /** The turn of the first of those that are due. Others may be trained meanwhile: theirs comes all the same. */
  private async train(due: readonly Runner[], goal: number, host: RaceHost): Promise<void> {
    const runner = due[0]!;
    const { side } = this.plan;
    if (side && !this.under.has(runner) && this.pays(side, due, goal))
      for (const each of due) this.begin(side, each, goal, host);
    const begun = this.under.get(runner)?.outcome;
    const { loss: reached, state } =
      side && begun ? await awaited(side, begun, () => host.breathe()) : await this.trainHere(runner, goal, host);
    this.under.delete(runner);
    const loss = this.plan.score?.(runner.assignment, reached) ?? reached;
    this.done += goal - runner.steps;
    Object.assign(runner, { loss, state, steps: goal });
    await host.tell({ what: 'trained', assignment: runner.assignment, steps: goal, loss });
  }

  /**
   * Is it worth while to train networks at once? Nobody knows before one was trained by itself; to start those who do
   * it takes time too.
   */
  private pays({ most, startSeconds }: Side, due: readonly Runner[], goal: number): boolean {
    const atOnce = Math.min(most, due.length);
    const seconds = (this.pace ?? 0) * due.reduce((sum, { steps }) => sum + goal - steps, 0);
    return atOnce > 1 && seconds * (1 - 1 / atOnce) > startSeconds;
  }

  private orderOf({ assignment, steps, state }: Runner, goal: number): LegOrder {
    // All see the same batches in the same order, and start from the same random numbers.
    const order = this.plan.order(assignment);
    return {
      ...order,
      ...(state && { from: { state } }),
      first: steps,
      goal,
      rampSteps: RAMP * stepsAfter(this.plan.steps, 1),
    };
  }

  private begin(side: Side, runner: Runner, goal: number, host: RaceHost): void {
    const leg: { outcome?: Promise<LegOutcome>; done: number } = { done: 0 };
    this.under.set(runner, leg);
    leg.outcome = side.submit(
      LEG,
      () => {
        // A second try begins at its first step again.
        leg.done = 0;
        return this.orderOf(runner, goal);
      },
      (loss) => {
        leg.done++;
        host.report({ done: this.done + this.doneUnder, steps: 1, loss, beside: true });
      },
    );
    // It is told of in its turn.
    leg.outcome.catch(() => undefined);
  }

  private async trainHere(runner: Runner, goal: number, host: RaceHost): Promise<LegOutcome> {
    const leg = { done: 0 };
    this.under.set(runner, leg);
    const began = performance.now();
    const outcome = await LEG.run(this.orderOf(runner, goal), {
      dataset: this.plan.dataset,
      breathe: () => host.breathe(),
      tell: (loss) => {
        leg.done++;
        host.report({ done: this.done + this.doneUnder, steps: 1, loss, beside: false });
      },
    });
    this.pace = (performance.now() - began) / 1000 / (goal - runner.steps);
    return outcome;
  }

  /** Lets go of networks that cannot stay in this round any more: only few are held at once. */
  private async dropBeaten(host: RaceHost): Promise<void> {
    const goal = stepsAfter(this.plan.steps, this.round + 1);
    const trained = this.runners.filter(({ steps }) => steps >= goal).sort((a, b) => a.loss - b.loss);
    const { survivors } = ROUNDS[this.round]!;
    const beaten = new Set(trained.slice(survivors));
    this.runners = this.runners.filter((runner) => !beaten.has(runner));
    const place = { of: trained.length, survivors, steps: goal };
    for (const runner of beaten)
      await host.tell({ what: 'beaten', assignment: runner.assignment, rank: trained.indexOf(runner) + 1, ...place });
  }

  private async closeRound(host: RaceHost): Promise<void> {
    this.runners.sort((a, b) => a.loss - b.loss);
    const offspring = Math.ceil(ROUNDS[this.round]!.offspring * this.entries);
    this.round++;
    const [best, ...others] = this.runners.map(({ assignment }) => assignment);
    for (let i = 0; i < offspring; i++) {
      // Every other one is the best network's.
      const parent = (i % 2 === 0 ? undefined : others[((i - 1) / 2) % others.length]) ?? best!;
      const child = await this.unseen(parent);
      if (!child) continue;
      this.runners.push({ assignment: child, steps: 0, loss: DIVERGED });
      await host.tell({ what: 'born', assignment: child, parent });
    }
  }

  /** A variant that has not raced before. */
  private async unseen(parent: Assignment): Promise<Assignment | undefined> {
    for (let i = 0; i < TRIES; i++) {
      const child = await this.plan.variant(parent);
      const key = child && this.plan.key(child);
      if (!key || this.seen.has(key)) continue;
      this.seen.add(key);
      return child;
    }
    return undefined;
  }
}
