/**
 * Two-stage compression by reinforcement learning (Zhan, Lin, Cao 2019): channels and kernels, then bits. A trainee of
 * a session: its epochs are made of episodes, each of which an agent begins by deciding and ends by being paid.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { Batches } from '../../data/batches.ts';
import { instantiate } from '../../network/architecture.ts';
import type { Architecture, Assignment } from '../../network/types.ts';
import type { Evaluation } from '../../training/evaluate.ts';
import { cosineRate } from '../../training/learning-rate.ts';
import { Pace } from '../../training/pace.ts';
import { batchOptions, type SearchContext } from '../../training/problem.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import type { ConcreteNetwork } from '../../training/trained/trained-network.ts';
import type { HostTensors } from '../../training/trainer.ts';
import { metricOfTask, metricOf } from '../../wire/tasks/metrics.ts';
import { Objective } from '../space/objective.ts';
import { BitAgent } from './bit-agent.ts';
import type { CompressionState, Paid, Tally } from './compression-state.ts';
import { Episode } from './episode.ts';
import { Fence } from './fence.ts';
import type { Ground } from './ground.ts';
import { ChannelAgent } from './channel-agent.ts';
import { BITS_STAGE, episodesPerEpoch, NETWORK_STAGE, PRUNE_STAGE, stageEpochs } from './reinforcement-declaration.ts';
import { StoredBytes } from './stored-bytes.ts';
import { VariationalNoise } from '../../training/trained/variational-noise.ts';
import { loadTensors, saveTensors } from '../space/given-weights.ts';
import { codesOfTensors, FLOAT, initialOf, WholeNetwork } from './whole-network.ts';

type StageId = typeof NETWORK_STAGE | typeof PRUNE_STAGE | typeof BITS_STAGE;

/** Noise of a step is drawn from a seed of its own: steps of a run are fewer. */
const SEED_STEPS = 2 ** 24;

export class Compression {
  readonly pace = new Pace();
  readonly epochs: number;
  private readonly perEpoch: number;
  private readonly planned: ReturnType<typeof stageEpochs>;
  private readonly pruning: ChannelAgent;
  private readonly bits: BitAgent;
  private readonly noise: VariationalNoise;
  private readonly objective: Objective | undefined;
  private sizes: StoredBytes;
  /** Being trained as it is, where no weights came with the definition. */
  private training: ConcreteNetwork | undefined;
  private episode: { readonly stage: 'prune' | 'bits'; readonly of: Episode } | undefined;
  /** The best pruned network: what was paid for it, and its tensors. */
  private kept: { readonly paid: Paid; readonly tensors: HostTensors } | undefined;
  private chosen: Paid | undefined;
  private reference: number | null = null;
  private tally: Tally;
  private count = 0;
  private paid = 0;
  private readonly tried: Paid[] = [];

  constructor(
    private readonly context: SearchContext,
    readonly fence: Fence,
    readonly ground: Ground,
    private readonly whole: WholeNetwork,
  ) {
    const { network, dataset, seed } = context;
    this.objective = Objective.of(context);
    this.perEpoch = new Batches(dataset.train, batchOptions(context)).perEpoch;
    this.planned = stageEpochs(network.definition.training);
    this.epochs = this.planned.network + this.planned.prune + this.planned.bits;
    const episodes = (epochs: number): number => epochs * episodesPerEpoch(epochs, this.perEpoch);
    this.pruning = new ChannelAgent(network, ground, episodes(this.planned.prune), seed + 2);
    this.bits = new BitAgent(network, episodes(this.planned.bits), seed + 3);
    this.noise = new VariationalNoise(whole.architecture, this.pruning.may);
    this.sizes = new StoredBytes(context.target, whole.codes);
    this.tally = this.noneYet();
  }

  private noneYet(): Tally {
    return {
      count: 0,
      rewards: 0,
      taken: this.context.network.decisions.map(({ labels }) => labels.map(() => 0)),
      best: null,
    };
  }

  private stageAt(step: number): StageId {
    const epoch = this.pace.position(step) / this.perEpoch;
    const { network, prune } = this.planned;
    return epoch < network ? NETWORK_STAGE : epoch < network + prune ? PRUNE_STAGE : BITS_STAGE;
  }

  /** Learning rate of a step; where an epoch is over, that of its last episode's last step. */
  rate(step: number): number {
    const { learningRate } = this.context.network.definition.training;
    const stage = this.stageAt(step);
    if (stage === NETWORK_STAGE) {
      const share = this.pace.position(step) / (this.planned.network * this.perEpoch);
      return cosineRate(share, learningRate, 0.01);
    }
    if (this.episode) return this.episode.of.rate;
    const each = episodesPerEpoch(this.planned[stage], this.perEpoch);
    const length = this.perEpoch - Math.ceil(((each - 1) * this.perEpoch) / each);
    return cosineRate((length - 1) / length, learningRate, 0.01);
  }

  /** One step; counted from the first of the strategy's. Returns the loss of the batch. */
  async step(step: number, images: tf.Tensor4D, targets: tf.Tensor): Promise<number> {
    const stage = this.stageAt(step);
    if (stage === NETWORK_STAGE) {
      this.training ??= this.whole.concrete();
      return this.training.step(images, targets, FLOAT, this.rate(step));
    }
    await this.trained();
    const each = episodesPerEpoch(this.planned[stage], this.perEpoch);
    const within = step % this.perEpoch;
    const part = (steps: number): number => Math.floor((steps * each) / this.perEpoch);
    this.episode ??= { stage, of: await this.beginEpisode(stage, within, part, each) };
    const { of: episode } = this.episode;
    const loss = await episode.step(images, targets, this.context.seed * SEED_STEPS + step);
    if (part(within + 1) > part(within)) await this.pay(stage, episode);
    return loss;
  }

  /** The whole network is trained. */
  private async trained(): Promise<void> {
    if (!this.training) return;
    this.whole.take(await this.training.read());
    this.training.dispose();
    this.training = undefined;
    this.sizes = new StoredBytes(this.context.target, this.whole.codes);
  }

  private async beginEpisode(
    stage: 'prune' | 'bits',
    within: number,
    part: (steps: number) => number,
    each: number,
  ): Promise<Episode> {
    const { context, perEpoch, ground } = this;
    const length = Math.ceil(((part(within) + 1) * perEpoch) / each) - within;
    if (stage === 'prune') {
      const walk = this.pruning.walk(this.kept?.paid.assignment ?? ground.least, this.fence.within(this.sizes));
      const initial = await this.whole.pruned(instantiate(context.network, walk.assignment));
      return new Episode(context, walk, length, { perEpoch, noise: this.noise }, initial).begin();
    }
    const { paid, tensors } = this.kept!;
    const walk = this.bits.walk(paid.assignment, this.fence.within(this.sizesOfKept()));
    return new Episode(context, walk, length, { perEpoch }, initialOf(tensors)).begin();
  }

  private sizesKept: StoredBytes | undefined;
  private sizesOfKept(): StoredBytes {
    const { tensors } = this.kept!;
    return (this.sizesKept ??= new StoredBytes(
      this.context.target,
      codesOfTensors(() => initialOf(tensors)),
    ));
  }

  /** An episode is over. */
  private async pay(stage: 'prune' | 'bits', episode: Episode): Promise<void> {
    const { walk } = episode;
    const paid = stage === 'prune' ? await this.payPruning(episode) : await this.payBits(episode);
    if (stage === 'bits') this.tried.push(paid);
    this.count++;
    const { tally } = this;
    this.tally = {
      count: tally.count + 1,
      rewards: tally.rewards + paid.reward,
      taken: tally.taken.map((row, d) => row.map((times, k) => times + Number(walk.assignment[d] === k))),
      best: tally.best && tally.best.reward >= paid.reward ? tally.best : paid,
    };
    this.episode = undefined;
    episode.dispose();
  }

  /** AMC's reward where walls keep the limits: 0.01 of the accuracy in percent. */
  private async payPruning(episode: Episode): Promise<Paid> {
    const { network, walk } = episode;
    const noise = this.noise.copy();
    await episode.takeNoise();
    const { gone, tensors } = this.pruning.drop(network, await network.read(), this.noise);
    const judged = await episode.judge();
    this.reference ??= judged.loss;
    const assignment = this.pruning.withSparsities(walk.assignment, tensors);
    const reward = 0.01 * this.percent(judged, assignment);
    // Kernels stay gone as long as that does no harm.
    if (this.count > 0 && reward < this.paid / this.count) this.noise.restore(noise);
    this.paid += reward;
    const paid: Paid = { ...judged, reward, gone, assignment };
    this.pruning.learn(walk, reward);
    if (!this.kept || reward > this.kept.paid.reward) {
      this.kept = { paid, tensors };
      this.sizesKept = undefined;
    }
    return paid;
  }

  /** HAQ's reward: a tenth of the points of accuracy that the bits bring. */
  private async payBits(episode: Episode): Promise<Paid> {
    const judged = await episode.judge();
    const { paid: before } = this.kept!;
    const { assignment } = episode.walk;
    const reward = 0.1 * (this.percent(judged, assignment) - this.percent(before, before.assignment));
    const paid: Paid = { ...judged, reward, gone: before.gone, assignment };
    this.bits.learn(episode.walk, reward);
    if (!this.chosen || reward > this.chosen.reward) this.chosen = paid;
    return paid;
  }

  /**
   * What is right, in percent; of a task whose metric is no such share, by how much the loss is less than at first.
   * With an objective, times what that makes of it.
   */
  private percent({ metric, loss }: Evaluation, assignment: Assignment): number {
    const factor = this.objective?.factor(assignment) ?? 1;
    const { unit, better } = metricOf(metricOfTask(this.context.network.definition.task));
    if (unit === 'share' && better === 'higher') return 100 * metric * factor;
    return 100 * (1 - loss / Math.max(this.reference!, Number.MIN_VALUE)) * factor;
  }

  /** The whole network's assignment, then the best one's so far. */
  get present(): Assignment {
    return this.chosen?.assignment ?? this.kept?.paid.assignment ?? this.ground.whole;
  }

  /** Numbers of an epoch that ends at this step, and its networks. */
  async epochDone(
    step: number,
  ): Promise<{
    readonly judged: Evaluation | undefined;
    readonly numbers: Readonly<Record<string, number>>;
    readonly probabilities: readonly (readonly number[])[];
    readonly norms: Readonly<Record<string, number>>;
  }> {
    const { tally } = this;
    const stage = this.stageAt(step);
    const onehot = this.context.network.decisions.map(({ labels }, d) =>
      labels.map((_, k) => Number(this.present[d] === k)),
    );
    if (stage === NETWORK_STAGE)
      return { judged: undefined, numbers: {}, probabilities: onehot, norms: await this.training!.trainables.norms() };
    this.tally = this.noneYet();
    const { noise } = stage === PRUNE_STAGE ? this.pruning : this.bits;
    return {
      judged: tally.best ?? this.kept?.paid,
      numbers: {
        [stage === PRUNE_STAGE ? 'pruneReward' : 'bitsReward']: tally.rewards / Math.max(1, tally.count),
        episodes: this.count,
        ...(noise !== undefined && { noise }),
        ...(stage === PRUNE_STAGE && { kernelsGone: this.kept!.paid.gone }),
      },
      probabilities: tally.count === 0 ? onehot : tally.taken.map((row) => row.map((times) => times / tally.count)),
      norms: {},
    };
  }

  /** The network that is trained as it is, while it is. */
  get inTraining(): ConcreteNetwork | undefined {
    return this.training;
  }

  /** All networks that bits were chosen for. */
  get judged(): readonly Paid[] {
    return this.tried;
  }

  get best(): Paid | undefined {
    return this.chosen;
  }

  /** Is the pruned network with these bits and sparsities within all limits, by its weights as they are? */
  holds(assignment: Assignment): boolean {
    return this.fence.within(this.sizesOfKept())(assignment);
  }

  /** Training steps that the pruned network's weights have been through. */
  get stepsOfWeights(): number {
    const { network, prune } = this.planned;
    return Math.round(network * this.perEpoch + this.perEpoch / episodesPerEpoch(prune, this.perEpoch));
  }

  /** Tensors that networks of an architecture's shapes start from: the pruned network's, where they are its own. */
  initial(architecture: Architecture): ReturnType<typeof initialOf> {
    const { kept } = this;
    const same = kept && instantiate(this.context.network, kept.paid.assignment);
    const fits = architecture.operations.every((one, i) => {
      const other = same?.operations[i];
      return one.id === other?.id && one.inChannels === other.inChannels && one.outChannels === other.outChannels;
    });
    return fits && kept ? initialOf(kept.tensors) : this.whole.initial(architecture);
  }

  async save(into: Map<string, TensorRecord>): Promise<CompressionState> {
    const { ground, episode, kept } = this;
    this.whole.save(into);
    this.noise.save(into);
    if (kept) saveTensors('kept', kept.tensors, into);
    return {
      ground,
      whole: this.training ? await this.training.save(into) : null,
      episode: episode ? { stage: episode.stage, ...(await episode.of.save(into)) } : null,
      pruning: this.pruning.save(into),
      bits: this.bits.save(into),
      pruned: kept?.paid ?? null,
      chosen: this.chosen ?? null,
      reference: this.reference,
      paid: this.paid,
      tally: this.tally,
      episodes: this.count,
      tried: this.tried,
    };
  }

  load(from: ReadonlyMap<string, TensorRecord>, state: CompressionState): void {
    const { context, perEpoch } = this;
    this.noise.load(from);
    this.pruning.load(from, state.pruning);
    this.bits.load(from, state.bits);
    if (state.whole) {
      this.training = this.whole.concrete();
      this.training.load(from, state.whole);
    }
    const { pruned, episode } = state;
    if (pruned) {
      const architecture = instantiate(context.network, pruned.assignment);
      this.kept = { paid: pruned, tensors: loadTensors('kept', architecture, from) };
    }
    if (episode) {
      const architecture = instantiate(context.network, episode.walk.assignment);
      const tuning = episode.stage === 'prune' ? { perEpoch, noise: this.noise } : { perEpoch };
      const of = new Episode(context, episode.walk, episode.length, tuning, this.whole.initial(architecture));
      of.load(from, episode);
      this.episode = { stage: episode.stage, of };
    }
    this.chosen = state.chosen ?? undefined;
    this.reference = state.reference;
    this.paid = state.paid;
    this.tally = state.tally;
    this.count = state.episodes;
    this.tried.push(...state.tried);
  }

  dispose(): void {
    this.training?.dispose();
    this.episode?.of.dispose();
  }
}
