/** What an epoch event says of weights that all sizes share, at the epoch's end. */
import { layerReports, sizeQuickly } from '../../integer/sizing.ts';
import { instantiate } from '../../network/architecture.ts';
import { largestOption } from '../../network/largest-option.ts';
import type { Assignment } from '../../network/types.ts';
import { taskNamed } from '../../tasks/tasks.ts';
import { evaluate, type Evaluation } from '../../training/evaluate.ts';
import type { SearchContext } from '../../training/problem.ts';
import { inheritedCodes } from '../../training/trained/inherit.ts';
import { workCosts } from '../session/work-of.ts';
import type { EpochDetails } from '../strategy.ts';
import type { SharedTraining } from './shared-training.ts';

const VALIDATION_SAMPLES = 1024;
/** The ends of the space need no more to be seen to learn. */
const END_SAMPLES = 256;

/**
 * @param probe an architecture within the limits, the same in every epoch: nothing is decided yet
 * @param step the last one of the epoch
 */
export async function onceReport(
  context: SearchContext,
  training: SharedTraining,
  probe: Assignment,
  step: number,
): Promise<EpochDetails> {
  const { network, dataset, target } = context;
  const { supernet, size } = training;
  const rule = taskNamed(network.definition.task);
  const judge = async (assignment: Assignment, samples: number): Promise<Evaluation> => {
    // Thresholds and scales of this network, not of those that were trained last.
    await supernet.refresh(assignment);
    const predict = supernet.predict.bind(supernet);
    return evaluate(rule, dataset.validation, (images, targets) => predict(assignment, images, targets), samples);
  };
  const { loss, metric } = await judge(probe, VALIDATION_SAMPLES);
  const widest = await judge(network.decisions.map(largestOption), END_SAMPLES);
  const smallest = await judge(size.smallest().assignment, END_SAMPLES);
  const host = await supernet.read();
  const architecture = instantiate(network, probe);
  const sized = sizeQuickly(architecture, target, (operation) => inheritedCodes(host, architecture, operation));
  const costs = workCosts(context, architecture, sized.perOperation);
  const { probabilities } = training;
  return {
    validationLoss: loss,
    metric,
    expectedBytes: Math.round(size.expected(probabilities)),
    exactBytes: sized.totalBytes,
    ...(costs && { costs }),
    numbers: { widest: widest.loss, smallest: smallest.loss },
    learningRate: training.rate(step),
    probabilities,
    assignment: probe,
    layers: layerReports(network, architecture, target, sized),
    norms: await supernet.trainables.norms(),
  };
}
