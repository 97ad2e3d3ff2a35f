/**
 * What an architecture will reach with the shared weights, from its decisions alone: a perceptron fitted to measured
 * architectures, and how well it ranks those that it has not seen.
 */
import { kendall } from '../../base/kendall.ts';
import { SeededRandom } from '../../base/random.ts';
import type { Assignment, Network } from '../../network/types.ts';
import { metricGain, metricOfTask } from '../../wire/tasks/metrics.ts';
import { DecisionFeatures } from './decision-features.ts';
import { fallingLine, valueAt, type FallingLine } from './isotonic.ts';
import { Perceptron, type Training } from './perceptron.ts';

/** An architecture measured with the shared weights, on the validation part. */
export interface Measured {
  readonly assignment: Assignment;
  readonly loss: number;
  readonly metric: number;
}

export interface PredictorOptions {
  readonly hidden: readonly number[];
  readonly training: Omit<Training, 'seed'>;
}

/**
 * Two layers of 64 units: in a trial on the quickstart they ranked held-out architectures as well as the three of 400
 * that the paper has (Kendall’s τ 0.73, three divisions of 150), in a hundredth of the time.
 */
export const PREDICTOR: PredictorOptions = {
  hidden: [64, 64],
  training: { epochs: 80, batch: 16, rate: 0.005, decay: 0.02 },
};

/** Share of the measured architectures that the fit does not see where its ranking is judged; but so many at least. */
const HELD_OUT = { share: 0.2, fewest: 8 };

/** How well the predictor ranks: Kendall's τ over architectures that it was not fitted to. */
export interface Ranking {
  readonly measured: number;
  readonly heldOut: number;
  /** Absent where there are too few, or all are alike. */
  readonly kendall?: number;
}

/** Plain JSON; the perceptron's parameters stand beside it. */
export interface PredictorState {
  readonly hidden: readonly number[];
  readonly mean: number;
  readonly scale: number;
  readonly metric: FallingLine;
}

/** Says of architectures what they will reach on the validation part. */
export interface Foretelling {
  loss(assignment: Assignment): number;
  metric(assignment: Assignment): number;
}

const signOf = ({ definition }: Network): number => Math.sign(metricGain(metricOfTask(definition.task), 1, 0));

export class Predictor implements Foretelling {
  private constructor(
    private readonly features: DecisionFeatures,
    private readonly perceptron: Perceptron,
    /** Of losses: the perceptron's outputs have neither. */
    private readonly mean: number,
    private readonly scale: number,
    /** From losses to the metric: better losses are never predicted a worse one. */
    private readonly metrics: FallingLine,
    /** 1 where a higher metric is better, −1 where a lower one is: the line is of their product. */
    private readonly sign: number,
  ) {}

  /** Fits all that was measured. */
  static fit(network: Network, measured: readonly Measured[], seed: number, options = PREDICTOR): Predictor {
    const features = new DecisionFeatures(network);
    const perceptron = new Perceptron({ inputs: features.length, hidden: options.hidden }, new SeededRandom(seed));
    const mean = measured.reduce((sum, { loss }) => sum + loss, 0) / measured.length;
    const variance = measured.reduce((sum, { loss }) => sum + (loss - mean) ** 2, 0) / measured.length;
    const scale = Math.sqrt(variance) || 1;
    const examples = measured.map(({ assignment, loss }) => ({
      ones: features.of(assignment),
      value: (loss - mean) / scale,
    }));
    perceptron.fit(examples, { ...options.training, seed });
    const sign = signOf(network);
    const metrics = fallingLine(measured.map(({ loss, metric }) => ({ x: loss, y: sign * metric })));
    return new Predictor(features, perceptron, mean, scale, metrics, sign);
  }

  /** Fits a part of what was measured, and ranks the rest. */
  static ranking(network: Network, measured: readonly Measured[], seed: number, options = PREDICTOR): Ranking {
    const heldOut = Math.round(HELD_OUT.share * measured.length);
    if (heldOut < HELD_OUT.fewest) return { measured: measured.length, heldOut: 0 };
    const shuffled = [...measured];
    new SeededRandom(seed).shuffle(shuffled);
    const held = shuffled.slice(0, heldOut);
    const predictor = Predictor.fit(network, shuffled.slice(heldOut), seed, options);
    const ranked = kendall(
      held.map(({ assignment }) => predictor.loss(assignment)),
      held.map(({ loss }) => loss),
    );
    return { measured: measured.length, heldOut, ...(Number.isFinite(ranked) && { kendall: ranked }) };
  }

  /** @throws RangeError where the parameters are those of another network's decisions */
  static restore(network: Network, state: PredictorState, parameters: readonly ArrayLike<number>[]): Predictor {
    const features = new DecisionFeatures(network);
    const perceptron = new Perceptron({ inputs: features.length, hidden: state.hidden }, new SeededRandom(0));
    perceptron.load(parameters);
    return new Predictor(features, perceptron, state.mean, state.scale, state.metric, signOf(network));
  }

  get state(): PredictorState {
    const { mean, scale, metrics, perceptron } = this;
    return { hidden: perceptron.shape.hidden, mean, scale, metric: metrics };
  }

  get parameters(): readonly Float64Array[] {
    return this.perceptron.parameters;
  }

  /** Predicted loss on the validation part. */
  loss(assignment: Assignment): number {
    return this.mean + this.scale * this.perceptron.predict(this.features.of(assignment));
  }

  /** Predicted metric on the validation part. */
  metric(assignment: Assignment): number {
    return this.sign * valueAt(this.metrics, this.loss(assignment));
  }
}
