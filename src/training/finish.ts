/** From a trained network to a result: the budget repair, the integer network, its metrics, the certificate. */
import type { EncodedWeights } from '../integer/encodings.ts';
import type { Batches } from '../data/batches.ts';
import type { Dataset, Split } from '../data/dataset.ts';
import type { FoldedNetwork } from '../integer/integer-network.ts';
import { problemsOf } from '../targets/runnable.ts';
import type { Target } from '../targets/find-target.ts';
import type { ConcretePhase } from './trained/trained-phase.ts';
import { FLOAT_ACTIVATIONS, FROZEN } from './trained/trained-phase.ts';
import { EVALUATION_BATCH, evaluate, withNextBatch } from './evaluate.ts';
import { judgeTest, type Judged } from './judge-test.ts';
import type { Task } from '../tasks/task.ts';
import { TargetError } from './problem.ts';

const ROUNDS = 3;
/** Learning rate of the steps after a trim, as a share of the search's. */
const REPAIR_RATE = 0.05;

export interface Repair {
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

/** A few steps in the chip's arithmetic, at a low rate. */
export async function finetune(
  phase: ConcretePhase,
  batches: Batches,
  split: Split,
  learningRate: number,
  steps: number,
): Promise<void> {
  for (let i = 0; i < steps; i++) {
    await withNextBatch(batches, split, (images, targets) =>
      phase.network.step(images, targets, FROZEN, learningRate * REPAIR_RATE),
    );
  }
}

/**
 * Trims an over-budget network and trains it a little, until the encoder says that it fits; the last word is a trim.
 */
export async function repair(
  phase: ConcretePhase,
  batches: Batches,
  split: Split,
  budgetBytes: number,
  learningRate: number,
  steps: number,
): Promise<Repair | undefined> {
  const beforeBytes = await phase.exactBytes();
  if (beforeBytes <= budgetBytes) return undefined;
  let afterBytes = beforeBytes;
  for (let round = 1; round <= ROUNDS && afterBytes > budgetBytes; round++) {
    // Training shifts codes by a little, so each round leaves a little more room.
    await phase.trim(budgetBytes * (1 - 0.002 * round));
    await finetune(phase, batches, split, learningRate, steps);
    afterBytes = await phase.exactBytes();
  }
  if (afterBytes > budgetBytes) afterBytes = await phase.trim(budgetBytes);
  return { beforeBytes, afterBytes };
}

export interface Outcome extends Judged {
  readonly folded: FoldedNetwork;
  /** What its sizes and its certificate come from. */
  readonly encoded: EncodedWeights;
}

/** The metric of what the task puts out without a network; undefined where it has nothing such. */
export async function naiveMetric(task: Task, split: Split): Promise<number | undefined> {
  if (!task.naive) return undefined;
  const judged = task.accumulator(split);
  for (let from = 0; from < split.count; from += EVALUATION_BATCH) {
    const { images, targets, count } = await split.slice(from, Math.min(EVALUATION_BATCH, split.count - from));
    const { shape, targetShape } = split;
    const outputs = task.naive(images, { shape, targetShape, count });
    judged.add(outputs, targets!, outputs.length / count);
  }
  return judged.metric;
}

/**
 * Renews the frozen statistics where the validation part says that the network has outgrown them. They move scales and
 * biases, never the codes.
 */
async function renewStatistics(phase: ConcretePhase, task: Task, dataset: Dataset): Promise<void> {
  const loss = async (): Promise<number> =>
    (await evaluate(task, dataset.validation, (images, targets) => phase.predict(FROZEN, images, targets))).loss;
  const before = await loss();
  await phase.network.tryStatistics(async () => {
    await phase.restoreStatistics();
    return (await loss()) < before;
  });
}

/**
 * Measures a finished network on the test part and certifies its size.
 * @throws TargetError: nothing is certified that the target cannot run
 */
export async function conclude(phase: ConcretePhase, task: Task, dataset: Dataset, target: Target): Promise<Outcome> {
  const { network } = phase;
  const problems = problemsOf(target, network.architecture);
  if (problems.length > 0)
    throw new TargetError(`${target.name} cannot run the chosen network: ${problems.join('; ')}`);
  await renewStatistics(phase, task, dataset);
  const folded = await network.fold();
  return {
    folded,
    encoded: await phase.encoded(),
    ...(await judgeTest(folded, task, dataset, async (images, targets) => {
      const { outputs } = await network.predict(FLOAT_ACTIVATIONS, images, targets);
      return outputs;
    })),
  };
}
