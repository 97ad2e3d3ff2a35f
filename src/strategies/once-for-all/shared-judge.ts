/**
 * What architectures reach with the shared weights as they are cut out: pruned, on the grids of the chip, with batch
 * statistics of their own, and without a step of training.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { atSize, type Dataset } from '../../data/dataset.ts';
import { Batches } from '../../data/batches.ts';
import { instantiate } from '../../network/architecture.ts';
import type { Assignment } from '../../network/types.ts';
import { taskNamed } from '../../tasks/tasks.ts';
import { CALIBRATION_BATCHES, calibrationBatches, evaluate } from '../../training/evaluate.ts';
import { batchOptions, type SearchContext } from '../../training/problem.ts';
import type { HostTensors } from '../../training/trainer.ts';
import { inherit } from '../../training/trained/inherit.ts';
import { ConcreteNetwork } from '../../training/trained/trained-network.ts';
import { FLOAT_ACTIVATIONS, ON_GRID } from '../../training/trained/trained-phase.ts';
import type { Measured } from './predictor.ts';

/** Samples of the validation part, at most. */
const JUDGING = 1024;

/** A sample that is only looked at, in training steps on as many: a forward pass of three, and no sampling. */
const LOOK = 0.25;
/** To cut a network out, prune it and fit its grids, in training steps. */
const CUT = 1;

/** How long measuring one architecture takes, in training steps that take as long, about. */
export function stepsOfMeasuring({ validation }: Pick<Dataset, 'validation'>, batch: number): number {
  return CUT + LOOK * (CALIBRATION_BATCHES + Math.min(JUDGING, validation.count) / batch);
}

export class SharedJudge {
  private readonly known = new Map<string, Measured>();

  private constructor(
    private readonly context: SearchContext,
    private readonly host: HostTensors,
    /** Of each size of the input, that its statistics are of the same images at that size. */
    private readonly batches: ReadonlyMap<Dataset, readonly tf.Tensor4D[]>,
  ) {}

  static async create(context: SearchContext, host: HostTensors): Promise<SharedJudge> {
    const { dataset } = context;
    const { size } = new Batches(dataset.train, batchOptions(context));
    const batches = new Map<Dataset, readonly tf.Tensor4D[]>();
    for (const one of dataset.sizes ?? [dataset]) batches.set(one, await calibrationBatches(one.train, size));
    return new SharedJudge(context, host, batches);
  }

  /** All that were measured, in the order in which they first were. */
  get measured(): readonly Measured[] {
    return [...this.known.values()];
  }

  /** Loss and metric on the validation part; a loss that is no number is the worst. */
  async measure(assignment: Assignment): Promise<Measured> {
    const known = this.known.get(assignment.join());
    if (known) return known;
    const { network } = this.context;
    const { task, training } = network.definition;
    const architecture = instantiate(network, assignment);
    const dataset = atSize(this.context.dataset, architecture.input);
    const concrete = new ConcreteNetwork(
      architecture,
      taskNamed(task),
      (operation) => inherit(this.host, architecture, operation),
      training.weightDecay,
    );
    try {
      await concrete.pruneTo(1);
      await concrete.fitSteps();
      concrete.restoreStatistics(this.batches.get(dataset)!, ON_GRID);
      const { loss, metric } = await evaluate(
        taskNamed(task),
        dataset.validation,
        (images, targets) => concrete.predict(FLOAT_ACTIVATIONS, images, targets),
        JUDGING,
      );
      const measured = { assignment, loss: Number.isFinite(loss) ? loss : Number.MAX_VALUE, metric };
      this.known.set(assignment.join(), measured);
      return measured;
    } finally {
      concrete.dispose();
    }
  }

  dispose(): void {
    for (const batches of this.batches.values()) for (const batch of batches) batch.dispose();
  }
}
