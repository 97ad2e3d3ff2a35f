/**
 * What a strategy is: it comes to architectures within the limits, with training steps of its own or without; who
 * trains
 * them, measures and certifies them is common (`session/`).
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Dataset } from '../data/dataset.ts';
import type { Architecture, Assignment, Network, Operation } from '../network/types.ts';
import type { Pace } from '../training/pace.ts';
import type { SearchContext } from '../training/problem.ts';
import type { TensorRecord } from '../training/tensor-checkpoint.ts';
import type { OperationTensors } from '../training/trained/weighted-part.ts';
import type { CurveHeader, EpochEvent, InitialWeightsReport, StageHeader } from '../wire/run.ts';
import type { OriginKind } from '../wire/candidate-events.ts';
import type { Limit } from '../wire/limits.ts';
import type { Offers } from '../wire/offers.ts';
import type { StrategyWords } from '../wire/strategies.ts';

/** What an epoch event says beside its place and its times. */
export type EpochDetails = Omit<EpochEvent, 'seq' | 'type' | 'stage' | 'epoch' | 'trainLoss' | 'measured'>;

/** Something that is trained epoch by epoch. Steps are counted from its own first one. */
export interface Trainee {
  /** One step. Returns the loss of the batch. */
  step(step: number, images: tf.Tensor4D, targets: tf.Tensor): Promise<number>;
  /** What it is trained on, where that is one of several sizes of the input; absent: the largest. */
  readonly dataset?: Dataset;
  /** How fast its schedule is gone through: whoever trains it may shorten it. */
  readonly pace: Pace;
  /**
   * Names what the loss at the end of an epoch may be compared with: earlier epochs of the same name; undefined: with
   * nothing.
   * @param step the last one of an epoch
   */
  compared(step: number): string | undefined;
  /** @param step the last one of an epoch */
  report(step: number): Promise<EpochDetails>;
}

/** How an architecture came up. */
export interface Origin {
  readonly kind: OriginKind;
  /** What it was made of. */
  readonly parents?: readonly Assignment[];
}

/** An architecture that a strategy came to. */
export interface Proposed {
  readonly assignment: Assignment;
  readonly origin: Origin;
  /** Its loss as the strategy foretells it without training. */
  readonly predictedLoss?: number;
}

export interface Predicted extends Proposed {
  readonly predictedLoss: number;
}

/** Architectures that go on to training. */
export interface Proposal {
  /** The best first, as far as the strategy knows; each once. */
  readonly candidates: readonly Proposed[];
  /** All whose loss was foretold, the best first. */
  readonly judged?: readonly Predicted[];
  /** Are they raced against each other, so that one is trained whole? Else each is. */
  readonly race: boolean;
  /** Are bits and sparsities as they are meant to be, whatever is left of the budget? */
  readonly fixed?: boolean;
  /** Of the networks, where they have names of their own. */
  readonly names?: readonly string[];
}

/** Says how far a stage without epochs is: `step` of `steps`, and the loss of what was looked at last. */
export type Tell = (stage: string, step: number, steps: number, loss: number) => void;

/** Offers, and the file of weights that they are made of. */
export interface Kept {
  readonly offers: Offers;
  readonly file: Uint8Array;
}

/** A strategy at work. */
export interface Chooser {
  /** What is trained before anything is proposed, for so many epochs; absent where nothing is. */
  readonly training?: Trainee & { readonly epochs: number };
  /** What it started from instead of random weights. */
  readonly initialWeights?: InitialWeightsReport;
  /** Bytes of the smallest and the largest architecture. */
  readonly range: { readonly smallest: number; readonly largest: number };
  /** Before it is asked for anything below, and again when a search is taken up there. */
  prepare(): Promise<void>;
  /** @param breathe lets messages in; rejects to abort */
  propose(breathe: () => Promise<void>, tell: Tell): Promise<Proposal>;
  /**
   * What the run keeps beside its networks, for others to be made of; asked once, after `propose`. Absent where it
   * keeps nothing.
   */
  offer?(breathe: () => Promise<void>, tell: Tell): Promise<Kept>;
  /** Another architecture near this one within the limits: offspring in a race. */
  variant(parent: Assignment): Promise<Assignment | undefined>;
  /** Exact bytes of an architecture with the weights as they are. */
  exactBytes(assignment: Assignment): Promise<number>;
  /** What bits and sparsities are ranked by where some of the budget is left to spend; one row a decision. */
  readonly logits: readonly (readonly number[])[];
  /** Do networks begin with weights of the strategy? Then its steps are theirs too. */
  readonly inherits: boolean;
  /** Steps that such weights have been through, where they were not this run's. */
  readonly inheritedSteps?: number;
  /** Weights that an architecture's training starts from. */
  initial(architecture: Architecture): (operation: Operation) => OperationTensors;
  /** Plain JSON; tensors stand in `into`, by names of its own. */
  save(into: Map<string, TensorRecord>): Promise<unknown>;
  dispose(): void;
}

export interface Strategy extends StrategyWords {
  /** What it reports under these limits. */
  curves(limits: readonly Limit[]): readonly CurveHeader[];
  /** What comes before the training of the networks that it proposes; nothing where there is nothing to search. */
  stages(network: Network): readonly StageHeader[];
  /** How many networks it has trained whole, and how many race for it. */
  plan(costs: Costs): { readonly networks: number; readonly racers: number };
  /**
   * How long its stages without epochs take, by their ids and in their order, in training steps of its own that take as
   * long; the race has steps itself.
   */
  judging?(context: Pick<SearchContext, 'network' | 'dataset' | 'seed' | 'teacher'>): Readonly<Record<string, number>>;
  /** Its networks that a comparison shows, the best first. */
  readonly shown?: number;
  create(context: SearchContext, costs: Costs): Promise<Chooser>;
  /** @param state what `save` returned */
  restore(context: SearchContext, costs: Costs, state: unknown, tensors: ReadonlyMap<string, TensorRecord>): Chooser;
}

/** Training steps that a definition pays for, and its racers: strategies share them out as they like. */
export interface Costs {
  /** Before anything is proposed, of a strategy that trains then. */
  readonly before: number;
  /** Of one network that is trained whole. */
  readonly after: number;
  readonly race: number;
  readonly network: Network;
}
