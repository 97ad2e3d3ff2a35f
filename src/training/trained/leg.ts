/**
 * A leg: some steps of one network alone, by which it is compared with others. What it is given and what it gives back
 * is plain data, so that another thread can do it.
 */
import type { BatchOptions, BatchState } from '../../data/batches.ts';
import { Batches } from '../../data/batches.ts';
import { atSize, type Dataset } from '../../data/dataset.ts';
import type { Architecture, Operation } from '../../network/types.ts';
import { taskNamed } from '../../tasks/tasks.ts';
import type { Task } from '../../tasks/task.ts';
import { DIVERGED } from '../../wire/candidate-events.ts';
import type { TaskName } from '../../wire/tasks/task-table.ts';
import { evaluate, withNextBatch } from '../evaluate.ts';
import { cosineRate, pruningRamp } from '../learning-rate.ts';
import type { SideJob } from '../side.ts';
import type { Outset } from '../outset.ts';
import type { TensorRecord } from '../tensor-checkpoint.ts';
import { ConcreteNetwork } from './trained-network.ts';
import { hasWeights, trainingShape, type OperationTensors } from './weighted-part.ts';
import { RERANK, SPARSIFYING, type ConcretePhaseState } from './trained-phase.ts';

/** Last share of a leg whose training losses rank the network, beside its loss on the validation part. */
const TAIL = 0.3;

/** Mean over samples. */
class MeanLoss {
  private sum = 0;
  private samples = 0;

  add(loss: number, samples: number): void {
    this.sum += loss * samples;
    this.samples += samples;
  }

  get mean(): number {
    return this.sum / this.samples;
  }
}

export interface Leg {
  readonly first: number;
  readonly goal: number;
  /** Steps over which the sparsity rises. */
  readonly rampSteps: number;
  told?(loss: number): void;
}

/** On what a leg is trained. */
export interface LegGround {
  readonly task: Task;
  readonly dataset: Dataset;
  readonly learningRate: number;
  /** Called between steps; rejects to abort. */
  breathe(): Promise<void>;
}

/**
 * Trains a network on its grids at a rate that falls to nothing.
 * @returns what ranks it: the mean loss over the validation part and the last of the leg's training samples
 */
export async function trainLeg(
  { task, dataset, learningRate, breathe }: LegGround,
  network: ConcreteNetwork,
  batches: Batches,
  { first, goal, rampSteps, told }: Leg,
): Promise<number> {
  if (first === 0) await network.fitSteps();
  const tail = new MeanLoss();
  for (let step = first; step < goal; step++) {
    await breathe();
    if (step % RERANK === 0) await network.pruneTo(pruningRamp(step / rampSteps));
    // The rate falls to nothing in every leg: a network that still moves fast says little about where it would end.
    const rate = cosineRate((step - first) / (goal - first), learningRate, 0.01);
    const loss = await withNextBatch(batches, dataset.train, (images, targets) =>
      network.step(images, targets, SPARSIFYING, rate),
    );
    if (step >= goal - TAIL * (goal - first)) tail.add(loss, batches.size);
    told?.(loss);
  }
  const { validation } = dataset;
  const { loss } = await evaluate(task, validation, (images, targets) => network.predict(SPARSIFYING, images, targets));
  // A network has met a sample so few times by now that its training loss is nearly that of new samples, and there are
  // more of them.
  tail.add(loss, validation.count);
  // A network that diverged is out; should all, then the stages after the race say so.
  return Number.isFinite(tail.mean) ? tail.mean : DIVERGED;
}

/** A network as a leg left it: all that its next step depends on. */
export interface LegState {
  readonly concrete: ConcretePhaseState;
  readonly batches: BatchState;
  readonly tensors: ReadonlyMap<string, TensorRecord>;
}

/** All that the outcome of a leg depends on, beside the samples. */
export interface LegOrder extends Omit<Leg, 'told'> {
  readonly architecture: Architecture;
  readonly task: TaskName;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Weight of the mean code length of weights. */
  readonly entropy: number;
  /** Weight of the loss of each early exit; absent: 1. */
  readonly exitLoss?: number;
  readonly batches: BatchOptions;
  /** What networks of this kind begin at; absent: outputs have no unit. */
  readonly outset?: Pick<Outset, 'spread'> | undefined;
  /** Weights of its operations, by their ids, to begin with; or where the leg before ended. */
  readonly from: { readonly initial: ReadonlyMap<string, OperationTensors> } | { readonly state: LegState };
}

export interface LegOutcome {
  readonly loss: number;
  readonly state: LegState;
}

/** Starting weights of an architecture, drawn in the order of its operations. */
export function initialTensors(
  { operations }: Architecture,
  initial: (operation: Operation) => OperationTensors,
): Map<string, OperationTensors> {
  return new Map(operations.filter(hasWeights).map((operation) => [operation.id, initial(operation)]));
}

/** To be written over. */
function blank(operation: Operation): OperationTensors {
  const { outChannels } = operation;
  return {
    w: new Float32Array(trainingShape(operation).reduce((a, b) => a * b, 1)),
    gamma: new Float32Array(outChannels),
    beta: new Float32Array(outChannels),
  };
}

/** A leg from its order to its outcome; holds tensors only meanwhile. Tells the loss of each step. */
export const LEG: SideJob<LegOrder, number, LegOutcome> = {
  name: 'leg',
  async run(order, { dataset: all, tell, breathe }) {
    const { architecture, learningRate, weightDecay, entropy, exitLoss, outset, from } = order;
    const dataset = atSize(all, architecture.input);
    const task = taskNamed(order.task);
    const batches = new Batches(dataset.train, order.batches);
    const given = 'initial' in from ? from.initial : undefined;
    const initial = given ? (operation: Operation): OperationTensors => given.get(operation.id)! : blank;
    const network = new ConcreteNetwork(architecture, task, initial, weightDecay, entropy, outset, exitLoss);
    try {
      if ('state' in from) {
        batches.restore(from.state.batches);
        network.load(from.state.tensors, from.state.concrete);
      }
      const loss = await trainLeg({ task, dataset, learningRate, breathe }, network, batches, { ...order, told: tell });
      const tensors = new Map<string, TensorRecord>();
      return { loss, state: { concrete: await network.save(tensors), batches: batches.state(), tensors } };
    } finally {
      network.dispose();
    }
  },
};
