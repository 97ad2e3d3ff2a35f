/** What an epoch event says of the shared weights and decisions at the epoch's end. */
import { layerReports } from '../../integer/sizing.ts';
import { instantiate } from '../../network/architecture.ts';
import { workCosts } from '../session/work-of.ts';
import type { EpochDetails } from '../strategy.ts';
import { evaluate } from '../../training/evaluate.ts';
import type { Task } from '../../tasks/task.ts';
import type { SearchContext } from '../../training/problem.ts';
import type { SupernetPhase } from './supernet-phase.ts';

const VALIDATION_SAMPLES = 1024;

/** @param step the last one of the epoch, counted over both stages of the supernet */
export async function supernetReport(
  context: SearchContext,
  task: Task,
  phase: SupernetPhase,
  step: number,
): Promise<EpochDetails> {
  const { network, dataset, target } = context;
  const situation = phase.situate(step + 1);
  const { assignment, sized } = await phase.decode();
  // Thresholds and scales of this network, not of those that were trained last.
  await phase.supernet.refresh(assignment);
  const { loss, metric } = await evaluate(
    task,
    dataset.validation,
    (images, targets) => phase.predict(assignment, images, targets),
    VALIDATION_SAMPLES,
  );
  const architecture = instantiate(network, assignment);
  const costs = workCosts(context, architecture, sized.perOperation);
  return {
    validationLoss: loss,
    metric,
    expectedBytes: Math.round(situation.expectedBytes),
    exactBytes: sized.totalBytes,
    ...(costs && { costs }),
    numbers: {
      tau: situation.tau,
      entropy: situation.entropy,
      mu: situation.mu,
      ...(situation.nu !== undefined && { nu: situation.nu }),
    },
    learningRate: phase.rate(step),
    probabilities: situation.probabilities,
    assignment,
    layers: layerReports(network, architecture, target, sized),
    norms: await phase.supernet.trainables.norms(),
  };
}
