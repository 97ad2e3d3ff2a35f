/**
 * A race between architectures: each is trained a little, the best go on and have offspring, one wins. Their weights
 * only serve to rank them.
 */
import { Batches } from '../../data/batches.ts';
import type { BatchOptions, BatchState } from '../../data/batches.ts';
import type { Dataset } from '../../data/dataset.ts';
import type { Assignment } from '../../network/types.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import type { ConcreteNetwork } from '../../training/trained/trained-network.ts';
import type { ConcretePhase, ConcretePhaseState } from '../../training/trained/trained-phase.ts';
import { RERANK, SPARSIFYING } from '../../training/trained/trained-phase.ts';
import { evaluate, withNextBatch } from '../../training/evaluate.ts';
import type { Task } from '../../tasks/task.ts';
import { cosineRate, pruningRamp } from '../../training/learning-rate.ts';
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
/** Share of a network's first leg over which its sparsity rises. */
const RAMP = 0.7;
/** Last share of a leg whose training losses rank the network, beside its loss on the validation part. */
const TAIL = 0.3;
/** Variants that are asked for until one has not raced before. */
const TRIES = 4;

export interface RacePlan {
  readonly task: Task;
  readonly dataset: Dataset;
  readonly batches: BatchOptions;
  /** Steps of the stages after the race. */
  readonly steps: number;
  readonly learningRate: number;
  /** A network that has not been trained. */
  start(assignment: Assignment): ConcretePhase;
  /** Another architecture near this one within the budget. */
  variant(parent: Assignment): Promise<Assignment | undefined>;
}

/** Who holds the race. */
export interface RaceHost {
  /** Called between steps; rejects to abort. */
  breathe(): Promise<void>;
  /** Told the steps done in the whole race, and the loss. */
  report(step: number, loss: number): void;
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
  /** What it is ranked by: the loss after the last leg. */
  loss: number;
  /** Absent until it has been trained. */
  body?: { readonly phase: ConcretePhase; readonly batches: Batches };
}

interface RunnerState {
  readonly assignment: Assignment;
  readonly steps: number;
  readonly loss: number;
  readonly batches?: BatchState;
  readonly concrete?: ConcretePhaseState;
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
  return ROUNDS.slice(0, rounds).reduce((sum, { share }) => sum + Math.ceil(share * steps), 0);
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

/** Mean over samples. */
class MeanLoss {
  private sum = 0;
  private samples = 0;

  add(loss: number, samples: number): void {
    this.sum += loss * samples;
    this.samples += samples;
  }

  get mean(): number {
    return this.sum / this.samples;
  }
}

export interface Leg {
  readonly first: number;
  readonly goal: number;
  /** Steps over which the sparsity rises. */
  readonly rampSteps: number;
  told?(loss: number): void;
}

/**
 * Trains a network on its grids at a rate that falls to nothing.
 * @returns what ranks it: the mean loss over the validation part and the last of the leg's training samples
 */
export async function trainLeg(
  {
    task,
    dataset,
    learningRate,
    breathe,
  }: Pick<RacePlan, 'task' | 'dataset' | 'learningRate'> & Pick<RaceHost, 'breathe'>,
  network: ConcreteNetwork,
  batches: Batches,
  { first, goal, rampSteps, told }: Leg,
): Promise<number> {
  if (first === 0) await network.fitSteps();
  const tail = new MeanLoss();
  for (let step = first; step < goal; step++) {
    await breathe();
    if (step % RERANK === 0) await network.pruneTo(pruningRamp(step / rampSteps));
    // The rate falls to nothing in every leg: a network that still moves fast says little about where it would end.
    const rate = cosineRate((step - first) / (goal - first), learningRate, 0.01);
    const loss = await withNextBatch(batches, dataset.train, (images, targets) =>
      network.step(images, targets, SPARSIFYING, rate),
    );
    if (step >= goal - TAIL * (goal - first)) tail.add(loss, batches.size);
    told?.(loss);
  }
  const { validation } = dataset;
  const { loss } = await evaluate(task, validation, (images, targets) => network.predict(SPARSIFYING, images, targets));
  // A network has met a sample so few times by now that its training loss is nearly that of new samples, and there are
  // more of them.
  tail.add(loss, validation.count);
  // A network that diverged is out; should all, then the stages after the race say so.
  return Number.isFinite(tail.mean) ? tail.mean : DIVERGED;
}

/** Successive halving with offspring; can be saved and taken up between two legs. */
export class Race {
  private round = 0;
  private done = 0;
  /** Networks that began. */
  private readonly entries: number;
  private runners: Runner[];
  private readonly seen: Set<string>;

  constructor(
    private readonly plan: RacePlan,
    assignments: readonly Assignment[],
    state?: RaceState,
    tensors?: ReadonlyMap<string, TensorRecord>,
  ) {
    this.runners = assignments.map((assignment) => ({ assignment, steps: 0, loss: DIVERGED }));
    this.seen = new Set(assignments.map((assignment) => assignment.join()));
    this.entries = state?.entries ?? assignments.length;
    if (!state || !tensors) return;
    this.round = state.round;
    this.done = state.done;
    this.seen = new Set(state.seen);
    this.runners = state.runners.map(({ assignment, steps, loss, batches, concrete }, i) => {
      if (!batches || !concrete) return { assignment, steps, loss };
      const runner = { assignment, steps, loss, body: this.equip(assignment) };
      runner.body.batches.restore(batches);
      runner.body.phase.restore(prefixed(tensors, prefixOf(i)), concrete);
      return runner;
    });
  }

  async save(into: Map<string, TensorRecord>): Promise<RaceState> {
    const runners: RunnerState[] = [];
    for (const [i, { assignment, steps, loss, body }] of this.runners.entries()) {
      const own = new Map<string, TensorRecord>();
      runners.push({
        assignment,
        steps,
        loss,
        ...(body && { batches: body.batches.state(), concrete: await body.phase.save(own) }),
      });
      for (const [name, tensor] of own) into.set(`${prefixOf(i)}${name}`, tensor);
    }
    return { round: this.round, done: this.done, entries: this.entries, runners, seen: [...this.seen] };
  }

  private equip(assignment: Assignment): NonNullable<Runner['body']> {
    // All see the same batches in the same order, and start from the same random numbers.
    return { phase: this.plan.start(assignment), batches: new Batches(this.plan.dataset.train, this.plan.batches) };
  }

  /**
   * Training steps to the end of the race, if no offspring is one that has raced before.
   * @param ofLeg steps that are done of a leg that is on
   */
  stepsLeft(ofLeg = 0): number {
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
    return Math.max(0, total - ofLeg);
  }

  /** Undefined while the race is on. */
  get winner(): Assignment | undefined {
    return this.round === ROUNDS.length ? this.runners[0]?.assignment : undefined;
  }

  /** Trains the next network that is due, and closes the round after its last one. */
  async advance(host: RaceHost): Promise<void> {
    const goal = stepsAfter(this.plan.steps, this.round + 1);
    const next = this.runners.find(({ steps }) => steps < goal);
    if (next) {
      await this.train(next, goal, host);
      await this.dropBeaten(host);
    }
    if (this.runners.every(({ steps }) => steps >= goal)) await this.closeRound(host);
  }

  private async train(runner: Runner, goal: number, host: RaceHost): Promise<void> {
    const { plan } = this;
    const body = (runner.body ??= this.equip(runner.assignment));
    runner.loss = await trainLeg({ ...plan, breathe: () => host.breathe() }, body.phase.network, body.batches, {
      first: runner.steps,
      goal,
      rampSteps: RAMP * stepsAfter(plan.steps, 1),
      told: (loss) => host.report(++this.done, loss),
    });
    runner.steps = goal;
    await host.tell({ what: 'trained', assignment: runner.assignment, steps: goal, loss: runner.loss });
  }

  /** Lets go of networks that cannot stay in this round any more: only few are held at once. */
  private async dropBeaten(host: RaceHost): Promise<void> {
    const goal = stepsAfter(this.plan.steps, this.round + 1);
    const trained = this.runners.filter(({ steps }) => steps >= goal).sort((a, b) => a.loss - b.loss);
    const { survivors } = ROUNDS[this.round]!;
    const beaten = new Set(trained.slice(survivors));
    for (const { body } of beaten) body?.phase.dispose();
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
      if (!child || this.seen.has(child.join())) continue;
      this.seen.add(child.join());
      return child;
    }
    return undefined;
  }

  dispose(): void {
    for (const { body } of this.runners) body?.phase.dispose();
  }
}
