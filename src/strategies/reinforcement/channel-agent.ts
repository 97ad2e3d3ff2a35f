/**
 * The first stage: an agent decides which channels stay, layer by layer, as AMC does (He et al., ECCV 2018); noise that
 * is trained along decides which kernels may go (Zhan et al. 2019), and what those save is counted by later episodes.
 */
import { magnitudes } from '../../network/largest-option.ts';
import { instantiate } from '../../network/architecture.ts';
import type { Assignment, Network } from '../../network/types.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import type { ConcreteNetwork } from '../../training/trained/trained-network.ts';
import type { HostTensors } from '../../training/trainer.ts';
import { Ddpg, type DdpgState, type Step } from './ddpg.ts';
import { LEAST_KEPT, openChannels, type Ground } from './ground.ts';
import { ChannelStates, primitivesOf, STATE_NUMBERS } from './layer-states.ts';
import { actionWall, ascending, type Open, type Within } from './walls.ts';
import type { VariationalNoise } from '../../training/trained/variational-noise.ts';

/** Of AMC: random actions in 100 of 800 episodes, noise that falls by 0.95 an episode. */
const WARMUP = 1 / 8;
const DECAY = 0.95;

/** Noise is gone as far as after so many episodes, where there are fewer. */
const USUAL_EPISODES = 100;

export const decayOver = (decay: number, episodes: number): number =>
  decay ** Math.max(1, USUAL_EPISODES / Math.max(1, episodes));

/** What an agent decided in an episode. */
export interface Walk {
  readonly assignment: number[];
  readonly steps: readonly Step[];
}

export class ChannelAgent {
  private readonly open: readonly Open[];
  private readonly states: ChannelStates;
  private readonly agent: Ddpg;
  /** Decisions on sparsity, with their options, the densest first, and the operations that they prune. */
  private readonly sparsities: readonly { readonly decision: number; readonly options: readonly number[] }[];
  private readonly pruned: ReadonlyMap<string, number>;

  /** @param episodes that are planned */
  constructor(
    private readonly network: Network,
    private readonly ground: Ground,
    episodes: number,
    seed: number,
  ) {
    this.open = openChannels(network, ground);
    this.states = new ChannelStates(network, this.open, ground.whole);
    this.agent = new Ddpg({
      states: STATE_NUMBERS,
      steps: this.open.length,
      warmup: Math.ceil(WARMUP * episodes),
      decay: decayOver(DECAY, episodes),
      seed,
    });
    this.sparsities = network.decisions.flatMap((decision, d) =>
      decision.kind === 'sparsity' ? [{ decision: d, options: [...ascending(decision)].reverse() }] : [],
    );
    this.pruned = new Map([...primitivesOf(network)].map(([id, { sparsity }]) => [id, sparsity.decision]));
  }

  get noise(): number | undefined {
    return this.agent.noise;
  }

  /** May an operation's kernels go? Only where its sparsity is a choice. */
  readonly may = (id: string): boolean => (this.pruned.get(id) ?? -1) >= 0;

  /** Walks the layers. @param found sparsities so far, one option a decision, as in an assignment */
  walk(found: Assignment, within: Within): Walk {
    const { network, ground, open, states, agent } = this;
    const assignment = [...ground.least];
    for (const { decision, options } of this.sparsities)
      assignment[decision] =
        options[Math.max(options.indexOf(found[decision]!), options.indexOf(ground.least[decision]!))]!;
    const steps: Step[] = [];
    let last = 1;
    open.forEach((one, index) => {
      const values = magnitudes(network.decisions[one.decision]!)!;
      const most = values[one.options.at(-1)!]!;
      const state = states.of(index, assignment, last);
      const kept = LEAST_KEPT + (1 - LEAST_KEPT) * agent.act(state);
      const wanted = one.options.findIndex((k) => values[k]! >= kept * most - 1e-9);
      assignment[one.decision] = actionWall(one, wanted, assignment, within);
      last = Math.max(0, (values[assignment[one.decision]!]! / most - LEAST_KEPT) / (1 - LEAST_KEPT));
      steps.push({ state, action: last });
    });
    return { assignment, steps };
  }

  learn({ steps }: Pick<Walk, 'steps'>, reward: number): void {
    this.agent.learn(steps, reward);
  }

  /** Takes the kernels of a tuned network out that noise has drowned, and says which share of all those that may go. */
  drop(
    network: ConcreteNetwork,
    tensors: HostTensors,
    noise: VariationalNoise,
  ): { gone: number; tensors: HostTensors } {
    let [gone, all] = [0, 0];
    const masks = new Map<string, Float32Array>();
    const left = new Map(
      network.architecture.operations.flatMap((operation) => {
        const one = tensors.get(operation.id);
        if (!one) return [];
        const stays = noise.stays(operation);
        if (!stays) return [[operation.id, one] as const];
        const mask = one.w.map((_, i) => stays[i % stays.length]!);
        masks.set(operation.id, mask);
        all += stays.length;
        gone += stays.reduce((sum, stay) => sum + 1 - stay, 0);
        return [[operation.id, { ...one, w: one.w.map((value, i) => value * mask[i]!) }] as const];
      }),
    );
    network.setMasks(masks);
    return { gone: all === 0 ? 0 : gone / all, tensors: left };
  }

  /** The assignment with the most sparsity that the zeros of its tensors reach. */
  withSparsities(assignment: Assignment, tensors: HostTensors): number[] {
    const { network, ground } = this;
    const zeros = new Map<number, { zeros: number; all: number }>();
    for (const { id } of instantiate(network, assignment).operations) {
      const decision = this.pruned.get(id) ?? -1;
      const w = tensors.get(id)?.w;
      if (decision < 0 || !w) continue;
      const sum = zeros.get(decision) ?? { zeros: 0, all: 0 };
      sum.all += w.length;
      for (const value of w) if (value === 0) sum.zeros++;
      zeros.set(decision, sum);
    }
    const result = [...assignment];
    for (const { decision, options } of this.sparsities) {
      const values = magnitudes(network.decisions[decision]!)!;
      const sum = zeros.get(decision);
      const reached = sum ? sum.zeros / sum.all : 0;
      const place = options.findLastIndex((k) => values[k]! <= reached);
      result[decision] = options[Math.max(place, options.indexOf(ground.least[decision]!), 0)]!;
    }
    return result;
  }

  save(into: Map<string, TensorRecord>): DdpgState {
    return this.agent.save('pruning', into);
  }

  load(from: ReadonlyMap<string, TensorRecord>, state: DdpgState): void {
    this.agent.load('pruning', from, state);
  }
}
