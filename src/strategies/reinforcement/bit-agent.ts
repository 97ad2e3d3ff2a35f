/**
 * The second stage: an agent chooses the bits of each layer of the pruned network, as HAQ does (Wang et al., CVPR
 * 2019), with a final wall on exact bytes.
 */
import { magnitudes } from '../../network/largest-option.ts';
import { instantiate } from '../../network/architecture.ts';
import { filterShape } from '../../network/operation-counts.ts';
import type { Assignment, Network } from '../../network/types.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import { Ddpg, type DdpgState, type Step } from './ddpg.ts';
import { openBits, openSparsities } from './ground.ts';
import { BitStates, primitivesOf, STATE_NUMBERS } from './layer-states.ts';
import { decayOver, type Walk } from './channel-agent.ts';
import { finalWall, type Open, type Within } from './walls.ts';

/** Of HAQ: noise that falls by 0.99 an episode. Its warm-up is a share as of AMC. */
const WARMUP = 1 / 8;
const DECAY = 0.99;

export class BitAgent {
  private readonly agent: Ddpg;
  private readonly open: readonly Open[];

  /** @param episodes that are planned */
  constructor(
    private readonly network: Network,
    episodes: number,
    seed: number,
  ) {
    this.open = openBits(network);
    this.agent = new Ddpg({
      states: STATE_NUMBERS,
      steps: this.open.length,
      warmup: Math.ceil(WARMUP * episodes),
      decay: decayOver(DECAY, episodes),
      seed,
    });
  }

  get noise(): number | undefined {
    return this.agent.noise;
  }

  /**
   * The first and the last layer keep their finest bits, where the others can have the middle of theirs then.
   * @param pruned the pruned network
   */
  private pinned(pruned: Assignment, within: Within): ReadonlySet<number> {
    const primitives = primitivesOf(this.network);
    const weighted = instantiate(this.network, pruned).operations.filter(filterShape);
    const ends = [weighted[0], weighted.at(-1)].flatMap((one) => (one ? [primitives.get(one.id)!.bits.decision] : []));
    const tried = [...pruned];
    for (const { decision, options } of this.open)
      tried[decision] = ends.includes(decision) ? options.at(-1)! : options[Math.floor((options.length - 1) / 2)]!;
    return new Set(this.open.length > ends.length && within(tried) ? ends : []);
  }

  /**
   * Walks the layers of the pruned network; the final wall lowers what is over, the last layers first, and prunes more
   * where the fewest bits are too many.
   */
  walk(pruned: Assignment, within: Within): Walk {
    const { network, agent } = this;
    const pinned = this.pinned(pruned, within);
    const free = this.open.filter(({ decision }) => !pinned.has(decision));
    const states = new BitStates(network, this.open, instantiate(network, pruned));
    const assignment = [...pruned];
    const steps: (Step & { readonly open: Open })[] = [];
    let last = 1;
    this.open.forEach((open, index) => {
      const { decision, options } = open;
      const values = magnitudes(network.decisions[decision]!)!;
      if (pinned.has(decision)) assignment[decision] = options.at(-1)!;
      else {
        const state = states.of(index, last);
        const action = agent.act(state);
        assignment[decision] = options[Math.min(options.length - 1, Math.floor(action * options.length))]!;
        steps.push({ state, action, open });
      }
      last = values[assignment[decision]!]! / values[options.at(-1)!]!;
    });
    const walled =
      finalWall(free, assignment, within) ??
      finalWall(openSparsities(network), atLeast(free, assignment), within) ??
      finalWall([...openSparsities(network), ...this.open], assignment, within) ??
      atLeast([...openSparsities(network), ...this.open], assignment);
    return {
      assignment: walled,
      steps: steps.map(({ open, ...step }) => ({ ...step, action: carriedOut(step, open, walled) })),
    };
  }

  learn({ steps }: Pick<Walk, 'steps'>, reward: number): void {
    this.agent.learn(steps, reward);
  }

  save(into: Map<string, TensorRecord>): DdpgState {
    return this.agent.save('bits', into);
  }

  load(from: ReadonlyMap<string, TensorRecord>, state: DdpgState): void {
    this.agent.load('bits', from, state);
  }
}

/** The action, or, where a wall changed its option, the middle of those that lead to the other. */
function carriedOut({ action }: Step, { decision, options }: Open, walled: Assignment): number {
  const place = options.indexOf(walled[decision]!);
  const wanted = Math.min(options.length - 1, Math.floor(action * options.length));
  return place === wanted ? action : (place + 0.5) / options.length;
}

function atLeast(open: readonly Open[], assignment: Assignment): number[] {
  const result = [...assignment];
  for (const { decision, options } of open) result[decision] = options[0]!;
  return result;
}
