/** Compression of a given network by reinforcement learning, in two stages (Zhan, Lin, Cao; arXiv 1912.02254). */
import { atSize } from '../../data/dataset.ts';
import { architectureKey, instantiate } from '../../network/architecture.ts';
import type { Architecture, Assignment, Operation } from '../../network/types.ts';
import { layerReports, sizeExactly } from '../../integer/sizing.ts';
import { taskNamed } from '../../tasks/tasks.ts';
import { evaluate } from '../../training/evaluate.ts';
import type { SearchContext } from '../../training/problem.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import { freshFor } from '../../training/trained/initial-tensors.ts';
import type { OperationTensors } from '../../training/trained/weighted-part.ts';
import { inherit } from '../../training/trained/inherit.ts';
import type { InitialWeightsReport } from '../../wire/run.ts';
import { strategyWords } from '../../wire/strategies.ts';
import { workCosts } from '../session/work-of.ts';
import type { Chooser, EpochDetails, Predicted, Proposal, Strategy, Trainee } from '../strategy.ts';
import { Compression } from './compression.ts';
import type { CompressionState } from './compression-state.ts';
import { Fence } from './fence.ts';
import { groundOf, wholeOf, type Ground } from './ground.ts';
import { REINFORCEMENT_CURVES, reinforcementStages } from './reinforcement-declaration.ts';
import { StoredBytes } from './stored-bytes.ts';
import { givenTensors } from '../space/given-weights.ts';
import { codesOfTensors, FLOAT, WholeNetwork } from './whole-network.ts';

const VALIDATION_SAMPLES = 1024;

/** With the samples of the whole network's input, which no agent changes. */
function withOwnSize(context: SearchContext, { whole }: Ground): SearchContext {
  const { input } = instantiate(context.network, whole);
  return { ...context, dataset: atSize(context.dataset, input) };
}

class ReinforcementChooser implements Chooser {
  readonly training: Trainee & { readonly epochs: number };
  readonly initialWeights?: InitialWeightsReport;
  readonly inherits = true;

  constructor(
    private readonly context: SearchContext,
    private readonly compression: Compression,
    report?: InitialWeightsReport,
  ) {
    if (report) this.initialWeights = report;
    this.training = {
      epochs: compression.epochs,
      dataset: context.dataset,
      pace: compression.pace,
      // Each episode has its own network: losses of epochs say nothing of each other.
      compared: () => undefined,
      step: (step, images, targets) => compression.step(step, images, targets),
      report: (step) => this.report(step),
    };
  }

  static async create(context: SearchContext): Promise<ReinforcementChooser> {
    const { network, target } = context;
    const fence = new Fence(context);
    const given = await givenTensors(context);
    const initial = given
      ? (architecture: Architecture) => (operation: Operation) => inherit(given.host, architecture, operation)
      : () => freshFor(context);
    const within = fence.within(new StoredBytes(target, codesOfTensors(initial)));
    const ground = groundOf(network, wholeOf(network, context.initial?.weights), within, () => fence.fallback());
    const own = withOwnSize(context, ground);
    const whole = WholeNetwork.of(own, ground.whole, given?.host);
    return new ReinforcementChooser(own, new Compression(own, fence, ground, whole), given?.report);
  }

  static restore(
    context: SearchContext,
    state: CompressionState,
    tensors: ReadonlyMap<string, TensorRecord>,
  ): ReinforcementChooser {
    const own = withOwnSize(context, state.ground);
    const whole = WholeNetwork.load(own, state.ground.whole, tensors);
    const compression = new Compression(own, new Fence(own), state.ground, whole);
    compression.load(tensors, state);
    return new ReinforcementChooser(own, compression);
  }

  private async report(step: number): Promise<EpochDetails> {
    const { context, compression } = this;
    const { network, dataset, target } = context;
    const learningRate = compression.rate(step);
    const { judged, ...rest } = await compression.epochDone(step);
    const { inTraining, present: assignment } = compression;
    const { loss, metric } =
      judged ??
      (await evaluate(
        taskNamed(network.definition.task),
        dataset.validation,
        (images, targets) => inTraining!.predict(FLOAT, images, targets),
        VALIDATION_SAMPLES,
      ));
    const architecture = instantiate(network, assignment);
    const codes = codesOfTensors((one) => compression.initial(one));
    const sized = sizeExactly(architecture, target, (operation) => codes(architecture, operation));
    const costs = workCosts(context, architecture, sized.perOperation);
    return {
      validationLoss: loss,
      metric,
      exactBytes: sized.totalBytes,
      ...(costs && { costs }),
      learningRate,
      ...rest,
      assignment,
      layers: layerReports(network, architecture, target, sized),
    };
  }

  get range(): Chooser['range'] {
    const { size } = this.compression.fence;
    return { smallest: Math.round(size.smallest().bytes), largest: Math.round(size.largest().bytes) };
  }

  get logits(): readonly (readonly number[])[] {
    // Nothing is preferred: what is left of the budget goes where it holds most.
    return this.context.network.decisions.map(({ labels }) => labels.map(() => 0));
  }

  get inheritedSteps(): number {
    return this.compression.stepsOfWeights;
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  propose(): Promise<Proposal> {
    const { context, compression } = this;
    const { best } = compression;
    const keyOf = (assignment: Assignment): string => architectureKey(context.network, assignment);
    const found = new Map<string, Predicted>();
    for (const { assignment, loss } of [...(best ? [best] : []), ...compression.judged]) {
      if (!compression.holds(assignment)) continue;
      const key = keyOf(assignment);
      if (!found.has(key)) found.set(key, { assignment, origin: { kind: 'draw' }, predictedLoss: loss });
    }
    const first = best && found.get(keyOf(best.assignment));
    if (!first) {
      const assignment = compression.ground.least;
      return Promise.resolve({ candidates: [{ assignment, origin: { kind: 'choice' } }], race: false });
    }
    const candidate: Predicted = { ...first, origin: { kind: 'choice' } };
    const judged = [candidate, ...[...found.values()].slice(1)].sort((a, b) => a.predictedLoss - b.predictedLoss);
    return Promise.resolve({ candidates: [candidate], race: false, judged });
  }

  variant(): Promise<undefined> {
    // Nothing is raced.
    return Promise.resolve(undefined);
  }

  exactBytes(assignment: Assignment): Promise<number> {
    const { network, target } = this.context;
    const codes = codesOfTensors((architecture) => this.compression.initial(architecture));
    const architecture = instantiate(network, assignment);
    return Promise.resolve(sizeExactly(architecture, target, (one) => codes(architecture, one)).totalBytes);
  }

  initial(architecture: Architecture): (operation: Operation) => OperationTensors {
    return this.compression.initial(architecture);
  }

  save(into: Map<string, TensorRecord>): Promise<CompressionState> {
    return this.compression.save(into);
  }

  dispose(): void {
    this.compression.dispose();
  }
}

export const reinforcement: Strategy = {
  ...strategyWords('reinforcement'),
  curves: () => REINFORCEMENT_CURVES,
  stages: ({ definition }) => reinforcementStages(definition.training),
  shown: 1,
  plan: () => ({ networks: 1, racers: 1 }),
  create: (context) => ReinforcementChooser.create(context),
  restore: (context, _costs, state, tensors) =>
    ReinforcementChooser.restore(context, state as CompressionState, tensors),
};
