/**
 * Deep deterministic policy gradients (Lillicrap et al., ICLR 2016) as AMC (He et al., ECCV 2018) and HAQ (Wang et al.,
 * CVPR 2019) set them up for compression: an action a layer between 0 and 1, one reward an episode that all its steps
 * get, centred by a moving average, exploration by truncated normal noise that falls from episode to episode.
 */
import { SeededRandom } from '../../base/random.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import { LayeredNetwork } from './layered-network.ts';
import { ReplayMemory, type Batch } from './replay-memory.ts';

export interface DdpgSettings {
  /** Numbers of a state. */
  readonly states: number;
  /** Steps of an episode, at most. */
  readonly steps: number;
  /** Episodes of random actions before the actor is asked. */
  readonly warmup: number;
  /** By which the noise is multiplied after each episode. */
  readonly decay: number;
  readonly seed: number;
  /** Units of the hidden layers, where not as usual. */
  readonly hidden?: readonly number[];
}

/** Units of the hidden layers: they suffice for ten numbers. */
const HIDDEN = [64, 64];

/** As published, in the authors' code of AMC and HAQ; rates are those of hidden layers of so many units. */
const PUBLISHED = {
  units: 300,
  actorRate: 1e-4,
  criticRate: 1e-3,
  tau: 0.01,
  discount: 1,
  noise: 0.5,
  batch: 64,
  /** Steps that are remembered for each step of an episode. */
  memory: 128,
  /** How fast the average follows that rewards are centred by. */
  average: 0.5,
} as const;

/** For each step of an episode, not one as published: a search on a processor has an eighth of the episodes. */
const UPDATES = 4;

/** Plain JSON. */
export interface DdpgState {
  readonly random: readonly number[];
  readonly episodes: number;
  readonly average: number | null;
  readonly remembered: number;
  readonly steps: readonly number[];
}

/** What an agent saw and did in an episode, in its order. */
export interface Step {
  readonly state: readonly number[];
  /** As it was carried out, walls included. */
  readonly action: number;
}

export class Ddpg {
  private readonly random: SeededRandom;
  private readonly actor: LayeredNetwork;
  private readonly critic: LayeredNetwork;
  private readonly actorAim: LayeredNetwork;
  private readonly criticAim: LayeredNetwork;
  private readonly memory: ReplayMemory;
  /** By which rates are greater: a step of Adam moves what comes out less where there are fewer units. */
  private readonly pace: number;
  private episodes = 0;
  private average: number | null = null;

  constructor(private readonly settings: DdpgSettings) {
    const { states, steps, seed, hidden = HIDDEN } = settings;
    this.pace = PUBLISHED.units / hidden[0]!;
    this.random = new SeededRandom(seed);
    const actor = (): LayeredNetwork => new LayeredNetwork([states, ...hidden, 1], 'sigmoid', this.random);
    const critic = (): LayeredNetwork => new LayeredNetwork([states + 1, ...hidden, 1], 'linear', this.random);
    [this.actor, this.actorAim] = [actor(), actor()];
    [this.critic, this.criticAim] = [critic(), critic()];
    this.actorAim.follow(this.actor, 1);
    this.criticAim.follow(this.critic, 1);
    this.memory = new ReplayMemory(states, PUBLISHED.memory * Math.max(1, steps));
  }

  /** Spread of the noise of the present episode; undefined while actions are drawn evenly. */
  get noise(): number | undefined {
    const { warmup, decay } = this.settings;
    return this.episodes < warmup ? undefined : PUBLISHED.noise * decay ** (this.episodes - warmup);
  }

  /** What the actor thinks best, between 0 and 1. */
  best(state: readonly number[]): number {
    return this.actor.outputs(this.actor.forward(Float64Array.from(state)))[0]!;
  }

  /** What is tried: drawn evenly at first, then around what the actor thinks best. */
  act(state: readonly number[]): number {
    const { noise, random } = this;
    if (noise === undefined) return random.next();
    const mean = this.best(state);
    for (;;) {
      const action = mean + noise * random.normal();
      if (action >= 0 && action <= 1) return action;
    }
  }

  /** An episode is over: it is remembered and learnt from, by the actor once it is asked. */
  learn(steps: readonly Step[], reward: number): void {
    const asked = this.noise !== undefined;
    steps.forEach(({ state, action }, i) => {
      const next = steps[i + 1]?.state ?? state;
      this.memory.add({ state, next, action, reward, last: i === steps.length - 1 });
      for (let u = 0; u < UPDATES; u++) this.update(this.memory.draw(PUBLISHED.batch, this.random), asked);
    });
    this.episodes++;
  }

  private update(batch: Batch, asked: boolean): void {
    const { count, rewards } = batch;
    const mean = rewards.reduce((sum, value) => sum + value, 0) / count;
    this.average = this.average === null ? mean : this.average + PUBLISHED.average * (mean - this.average);
    this.updateCritic(batch, this.average);
    if (asked) this.updateActor(batch);
    this.actorAim.follow(this.actor, PUBLISHED.tau);
    this.criticAim.follow(this.critic, PUBLISHED.tau);
  }

  private updateCritic({ count, states, next, actions, rewards, goesOn }: Batch, average: number): void {
    const { critic, criticAim, actorAim } = this;
    const later = this.asked(next, actorAim.outputs(actorAim.forward(next)));
    const worth = criticAim.outputs(criticAim.forward(later));
    const pass = critic.forward(this.asked(states, actions));
    const slopes = critic
      .outputs(pass)
      .map((value, r) => (2 / count) * (value - (rewards[r]! - average + PUBLISHED.discount * goesOn[r]! * worth[r]!)));
    critic.step(critic.backward(pass, slopes).parameters, PUBLISHED.criticRate * this.pace);
  }

  /** Up the critic's slope by the action. */
  private updateActor({ count, states }: Batch): void {
    const { actor, critic, settings } = this;
    const pass = actor.forward(states);
    const judged = critic.forward(this.asked(states, actor.outputs(pass)));
    const { inputs } = critic.backward(judged, new Float64Array(count).fill(-1 / count), false);
    const width = settings.states + 1;
    const slopes = Float64Array.from({ length: count }, (_, r) => inputs[r * width + settings.states]!);
    actor.step(actor.backward(pass, slopes).parameters, PUBLISHED.actorRate * this.pace);
  }

  /** Rows of states with an action behind each. */
  private asked(states: Float64Array, actions: Float64Array): Float64Array {
    const { states: width } = this.settings;
    const rows = new Float64Array(actions.length * (width + 1));
    actions.forEach((action, r) => {
      rows.set(states.subarray(r * width, (r + 1) * width), r * (width + 1));
      rows[r * (width + 1) + width] = action;
    });
    return rows;
  }

  private networks(name: string): readonly (readonly [string, LayeredNetwork])[] {
    return [
      [`${name}|actor`, this.actor],
      [`${name}|critic`, this.critic],
      [`${name}|actor-aim`, this.actorAim],
      [`${name}|critic-aim`, this.criticAim],
    ];
  }

  /** Plain JSON; tensors stand in `into` under names that begin with `name`. */
  save(name: string, into: Map<string, TensorRecord>): DdpgState {
    return {
      random: this.random.state(),
      episodes: this.episodes,
      average: this.average,
      remembered: this.memory.save(`${name}|memory`, into),
      steps: this.networks(name).map(([id, network]) => network.save(id, into)),
    };
  }

  /** Goes on as it was when it was saved. @throws Error where the tensors are of another agent */
  load(name: string, from: ReadonlyMap<string, TensorRecord>, state: DdpgState): void {
    this.random.restore(state.random);
    this.episodes = state.episodes;
    this.average = state.average;
    this.memory.load(`${name}|memory`, from, state.remembered);
    this.networks(name).forEach(([id, network], i) => {
      network.load(id, from, state.steps[i]!);
    });
  }
}
