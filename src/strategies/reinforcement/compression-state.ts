/** What a checkpoint keeps of a compression, beside its tensors: plain JSON. */
import type { Evaluation } from '../../training/evaluate.ts';
import type { ConcretePhaseState } from '../../training/trained/trained-phase.ts';
import type { DdpgState } from './ddpg.ts';
import type { EpisodeState } from './episode.ts';
import type { Ground } from './ground.ts';

/** A network that an agent was paid for. */
export interface Paid extends Evaluation {
  readonly assignment: readonly number[];
  readonly reward: number;
  /** Share of its kernels that noise has drowned. */
  readonly gone: number;
}

/** Of the episodes since the last epoch ended. */
export interface Tally {
  readonly count: number;
  readonly rewards: number;
  /** Of each decision, how often each option was taken. */
  readonly taken: readonly (readonly number[])[];
  readonly best: Paid | null;
}

export interface CompressionState {
  readonly ground: Ground;
  /** Of the whole network while it is trained. */
  readonly whole: ConcretePhaseState | null;
  readonly episode: (EpisodeState & { readonly stage: 'prune' | 'bits' }) | null;
  readonly pruning: DdpgState;
  readonly bits: DdpgState;
  /** What the agents got most for. */
  readonly pruned: Paid | null;
  readonly chosen: Paid | null;
  /** Loss of the first pruned network: what others are measured by where a task has no share that is right. */
  readonly reference: number | null;
  /** Sum of the rewards of pruning. */
  readonly paid: number;
  readonly tally: Tally;
  readonly episodes: number;
  readonly tried: readonly Paid[];
}
