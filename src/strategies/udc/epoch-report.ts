/** What an epoch event says of a phase at the epoch's end. */
import { layerReports, sizeExactly } from '../../integer/sizing.ts';
import { instantiate } from '../../network/architecture.ts';
import type { Assignment } from '../../network/types.ts';
import type { EpochEvent } from '../../wire/run.ts';
import type { ConcretePhase } from '../../training/trained/trained-phase.ts';
import { evaluate } from '../../training/evaluate.ts';
import type { TaskRule } from '../../tasks/task-rules.ts';
import type { SearchContext } from '../../training/problem.ts';
import type { SupernetPhase } from './supernet-phase.ts';

const VALIDATION_SAMPLES = 1024;

type Report = Omit<EpochEvent, 'seq' | 'type' | 'stage' | 'epoch' | 'trainLoss' | 'measured'>;

/** @param step the last one of the epoch, counted over both stages of the supernet */
export async function supernetReport(
  { network, dataset, target }: SearchContext,
  task: TaskRule,
  phase: SupernetPhase,
  step: number,
): Promise<Report> {
  const situation = phase.situate(step + 1);
  const { assignment, sized } = await phase.decode();
  // Thresholds and scales of this network, not of those that were trained last.
  await phase.supernet.refresh(assignment);
  const { loss, metric } = await evaluate(
    task,
    dataset.validation,
    (images, targets) => phase.supernet.predict(images, assignment, targets),
    VALIDATION_SAMPLES,
  );
  return {
    validationLoss: loss,
    metric,
    expectedBytes: Math.round(situation.expectedBytes),
    exactBytes: sized.totalBytes,
    tau: situation.tau,
    entropy: situation.entropy,
    mu: situation.mu,
    learningRate: phase.rate(step),
    probabilities: situation.probabilities,
    assignment,
    layers: layerReports(network, instantiate(network, assignment), target, sized),
    norms: await phase.supernet.trainables.norms(),
  };
}

/** @param step the last one of the epoch, counted over the stages after the race */
export async function concreteReport(
  { network, dataset, target }: SearchContext,
  task: TaskRule,
  phase: ConcretePhase,
  assignment: Assignment,
  step: number,
): Promise<Report> {
  const codes = await phase.network.integerWeights();
  const { architecture } = phase.network;
  const sized = sizeExactly(architecture, target, (operation) => codes.get(operation.id)!);
  const { loss, metric } = await evaluate(
    task,
    dataset.validation,
    (images, targets) => phase.network.predict(images, targets, phase.mode(step)),
    VALIDATION_SAMPLES,
  );
  return {
    validationLoss: loss,
    metric,
    expectedBytes: sized.totalBytes,
    exactBytes: sized.totalBytes,
    tau: 0,
    entropy: 0,
    mu: 0,
    learningRate: phase.rate(step),
    probabilities: network.decisions.map((decision, d) => decision.labels.map((_, k) => (assignment[d] === k ? 1 : 0))),
    assignment,
    layers: layerReports(network, architecture, target, sized, codes),
    norms: await phase.network.trainables.norms(),
  };
}
