/** The stages that every result goes through: pruning, then training in the chip's arithmetic, then the certificate. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Batches } from '../../data/batches.ts';
import { atSize } from '../../data/dataset.ts';
import { packFolded } from '../../integer/pack-folded.ts';
import { layerReports } from '../../integer/sizing.ts';
import { instantiate } from '../../network/architecture.ts';
import type { Architecture, Assignment, Operation, TrainingSpec } from '../../network/types.ts';
import type { Task } from '../../tasks/task.ts';
import { calibrationBatches, evaluate } from '../../training/evaluate.ts';
import { conclude, finetune, repair, type Repair } from '../../training/finish.ts';
import { outsetOf } from '../../training/outset.ts';
import { Pace } from '../../training/pace.ts';
import type { SearchContext, SearchHooks } from '../../training/problem.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import type { OperationTensors } from '../../training/trained/weighted-part.ts';
import { ConcretePhase, FROZEN, type ConcretePhaseState } from '../../training/trained/trained-phase.ts';
import { weightLimit } from '../../wire/limits.ts';
import type { NetworkResult, StageHeader } from '../../wire/run.ts';
import { FLOOR, SPENT } from '../space/budget-use.ts';
import type { EpochDetails, Trainee } from '../strategy.ts';
import { networkResult } from './network-result.ts';
import { checkResult } from './refusals.ts';
import { settleExits } from './settle-exits.ts';
import { leastSparsities, raise, useRest, type Decided } from './use-rest.ts';
import { workCosts, workOf, type WorkOf } from './work-of.ts';

const VALIDATION_SAMPLES = 1024;
/** Share that is left of the bytes in each round of making weights lighter. */
const LIGHTER = { by: 0.98, rounds: 20 };

const STAGES = [
  { id: 'sparsify', title: 'Sparsify', about: 'Trains the chosen network on its grids while it is pruned.' },
  { id: 'settle', title: 'Settle', about: 'Trains it in the arithmetic of the chip, pruning masks frozen.' },
] as const;

/** The stages, for each of so many networks: of several they are numbered. */
export function trainedStages(
  training: Pick<TrainingSpec, 'sparsify' | 'settle'>,
  networks = 1,
): readonly StageHeader[] {
  return Array.from({ length: networks }, (_, i) =>
    STAGES.map(({ id, title, about }) => ({
      id: i === 0 ? id : `${id}-${i + 1}`,
      title: networks === 1 ? title : `${title} ${i + 1}`,
      about,
      epochs: training[id],
      deciding: false,
    })),
  ).flat();
}

/** A network on its way to a result. */
export class TrainedStage implements Trainee {
  readonly pace = new Pace();
  private readonly phase: ConcretePhase;
  private readonly budgetBytes: number;
  private readonly work: WorkOf | undefined;
  /** With samples of the size of its input. */
  private readonly context: SearchContext;

  /**
   * @param assignment what was chosen; bits and sparsities may still change where that uses the budget better
   * @param logits what such changes are ranked by; undefined: there are none
   */
  constructor(
    context: SearchContext,
    private readonly task: Task,
    private readonly batches: Batches,
    private chosen: Assignment,
    private readonly logits: readonly (readonly number[])[] | undefined,
    initial: (architecture: Architecture) => (operation: Operation) => OperationTensors,
  ) {
    this.budgetBytes = weightLimit(context.limits);
    this.work = workOf(context);
    const architecture = instantiate(context.network, chosen);
    this.context = { ...context, dataset: atSize(context.dataset, architecture.input) };
    batches.readFrom(this.context.dataset.train);
    this.phase = concretePhase(this.context, task, batches, architecture, initial(architecture), this.pace);
  }

  /** What it is trained on. */
  get dataset(): SearchContext['dataset'] {
    return this.context.dataset;
  }

  get assignment(): Assignment {
    return this.chosen;
  }

  step(step: number, images: tf.Tensor4D, targets: tf.Tensor): Promise<number> {
    return this.phase.step(step, images, targets);
  }

  compared(step: number): string | undefined {
    return this.phase.compared(step);
  }

  async report(step: number): Promise<EpochDetails> {
    const { network, dataset, target } = this.context;
    const { phase } = this;
    const { architecture, codes, sized } = await phase.encoded();
    const { loss, metric } = await evaluate(
      this.task,
      dataset.validation,
      (images, targets) => phase.predict(phase.mode(step), images, targets),
      VALIDATION_SAMPLES,
    );
    const { chosen } = this;
    const costs = workCosts(this.context, architecture, sized.perOperation);
    return {
      validationLoss: loss,
      metric,
      exactBytes: sized.totalBytes,
      ...(costs && { costs }),
      numbers: {},
      learningRate: phase.rate(step),
      probabilities: network.decisions.map((decision, d) => decision.labels.map((_, k) => (chosen[d] === k ? 1 : 0))),
      assignment: chosen,
      layers: layerReports(network, architecture, target, sized, codes),
      norms: await phase.network.trainables.norms(),
    };
  }

  save(into: Map<string, TensorRecord>): Promise<ConcretePhaseState> {
    return this.phase.save(into);
  }

  load(from: ReadonlyMap<string, TensorRecord>, state: ConcretePhaseState): void {
    this.phase.restore(from, state);
  }

  /** What may still change; undefined where nothing may. */
  private get decided(): Decided | undefined {
    const { network, target } = this.context;
    const { budgetBytes, chosen: assignment, logits } = this;
    return logits && { network, target, budgetBytes, assignment, logits, work: this.work };
  }

  /**
   * After pruning: raises bits and lowers sparsities where the weights encode to much less than was expected, or
   * nothing
   * finer can be done.
   * @param pruned is the epoch the last of the stage that prunes?
   */
  async afterEpoch(pruned: boolean, emit: SearchHooks['emit']): Promise<void> {
    const { phase, decided } = this;
    if (!decided || !pruned) return;
    const beforeBytes = await phase.exactBytes();
    const after = await raise(phase, decided, phase.growable ? FLOOR : SPENT);
    if (!after) return;
    this.chosen = after;
    await emit({
      type: 'repaired',
      reason:
        'the trained weights encode to less than expected: bits were raised or sparsity lowered to use the budget',
      beforeBytes,
      afterBytes: await phase.exactBytes(),
    });
  }

  /**
   * After the last step: within the limits, measured and certified, without exits that are not worth their bytes.
   * @param steps that were made of these stages
   * @returns the result, its weights as a file, and the loss by which it is compared with others
   * @throws BudgetError where the trained network does not come down to its limits
   */
  async finish(
    emit: SearchHooks['emit'],
    named: Pick<NetworkResult, 'name' | 'weights' | 'steps'>,
    steps: number,
  ): Promise<{ readonly result: NetworkResult; readonly file: Uint8Array; readonly validationLoss: number }> {
    const { dataset, target } = this.context;
    const { phase, task } = this;
    await phase.complete(steps);
    await this.fitBudget(emit);
    const { reason, ...settled } = await settleExits(
      this.context,
      await conclude(phase, task, dataset, target),
      this.chosen,
    );
    const { outcome } = settled;
    const result = networkResult(this.context, { ...named, ...settled });
    if (reason !== undefined) {
      const beforeBytes = await phase.exactBytes();
      await emit({ type: 'repaired', reason, beforeBytes, afterBytes: result.certificate.exactBytes });
    }
    checkResult(this.context, result.certificate.costs);
    const { loss } = await evaluate(task, dataset.validation, (images, targets) =>
      phase.predict(FROZEN, images, targets),
    );
    return { result, file: packFolded(outcome.folded), validationLoss: loss };
  }

  /** Spends what pruning left of the budget, and comes down to it. */
  private async fitBudget(emit: SearchHooks['emit']): Promise<void> {
    const { network, dataset } = this.context;
    const { phase, batches, budgetBytes } = this;
    const { learningRate } = network.definition.training;
    const half = Math.ceil(batches.perEpoch / 2);
    const repairing = (): Promise<Repair | undefined> =>
      repair(phase, batches, dataset.train, budgetBytes, learningRate, half);
    const { decided } = this;
    const settle = async (): Promise<void> => {
      await finetune(phase, batches, dataset.train, learningRate, batches.perEpoch);
      await repairing();
    };
    const used = decided && (await useRest(phase, decided, dataset, settle, () => this.withinWork()));
    if (used) {
      const { assignment, ...bytes } = used;
      this.chosen = assignment;
      const reason = 'the trained weights left some of the budget: more of them were kept, or in more bits';
      await emit({ type: 'repaired', reason, ...bytes });
    }
    const repaired = await repairing();
    if (repaired)
      await emit({
        type: 'repaired',
        reason: 'the trained weights encoded to more than the budget; the smallest were pruned',
        ...repaired,
      });
    await this.lighten(emit);
  }

  /** Are the trained weights light enough for the limits on work, as far as bytes count there? */
  private async withinWork(): Promise<boolean> {
    const { phase, work } = this;
    if (!work) return true;
    const { architecture, sized } = await phase.encoded();
    return work(architecture, sized.perOperation);
  }

  /** Prunes a network whose weights take too long to fetch. */
  private async lighten(emit: SearchHooks['emit']): Promise<void> {
    const { phase } = this;
    const beforeBytes = await phase.exactBytes();
    let afterBytes = beforeBytes;
    for (let round = 0; round < LIGHTER.rounds && !(await this.withinWork()); round++) {
      const trimmed = await phase.trim(afterBytes * LIGHTER.by);
      if (trimmed >= afterBytes) break;
      afterBytes = trimmed;
    }
    if (afterBytes < beforeBytes)
      await emit({
        type: 'repaired',
        reason:
          'the trained weights took longer to fetch than the limit on latency or cycles leaves; the smallest were pruned',
        beforeBytes,
        afterBytes,
      });
  }

  dispose(): void {
    this.phase.dispose();
  }
}

/** An architecture as it is trained under the definition's settings. */
export function concretePhase(
  context: SearchContext,
  task: Task,
  batches: Batches,
  architecture: Architecture,
  initial: (operation: Operation) => OperationTensors,
  pace = new Pace(),
): ConcretePhase {
  const { network, dataset, target, limits } = context;
  const { learningRate, weightDecay, entropy, exitLoss, sparsify, settle } = network.definition.training;
  return new ConcretePhase(
    architecture,
    task,
    target,
    {
      sparsifySteps: sparsify * batches.perEpoch,
      settleSteps: settle * batches.perEpoch,
      learningRate,
      weightDecay,
      entropy,
      exitLoss,
      outset: outsetOf(context),
      budgetBytes: weightLimit(limits),
      pace,
      leastSparsity: leastSparsities(network),
      calibration: () => calibrationBatches(dataset.train, batches.size),
      ...(dataset.targetRange && { targetRange: dataset.targetRange }),
    },
    initial,
  );
}
