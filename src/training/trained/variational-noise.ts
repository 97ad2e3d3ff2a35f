/**
 * Kernel-wise variational pruning by information dropout (Zhan et al. 2019, after Achille and Soatto 2018): the
 * kernels of a layer are multiplied by log-normal noise, ε ~ LogN(0, α²), whose strength is trained. The loss is that
 * of the task and β Σ KL(α), where the log-uniform prior leaves KL(α) = −log α and a constant: noise costs nothing
 * where the task does without a kernel, and there it grows. A kernel goes where noise has drowned it: where the log of
 * the noise's variance over the square of the signal, e^α² − 1, is above 3, the threshold of sparse variational
 * dropout (Molchanov et al. 2017).
 */
import * as tf from '@tensorflow/tfjs-core';
import { SeededRandom } from '../../base/random.ts';
import { read } from '../../devices/read-tensor.ts';
import type { Architecture, Operation } from '../../network/types.ts';
import type { TensorRecord } from '../tensor-checkpoint.ts';
import { type ConcreteNetwork, type Dressing } from './trained-network.ts';
import { hasWeights, trainingShape } from './weighted-part.ts';

/** Weight of the KL divergence at the end of an episode, at most; that of the variational bound is one a sample. */
const BETA = 1e-3;
/** Log α: at the start, where a kernel goes, and at most, so that a kernel that has gone may come back. */
const START = -1;
const GONE = 0.5 * Math.log(Math.log(1 + Math.exp(3)));
const MOST = GONE + 0.25;
/** A kernel that nothing holds goes within a tuning of so much of an epoch. */
const EPOCHS_TO_GO = 0.7;

/** Of an operation of the whole network: [inputs, outputs] (depthwise: [channels, multiplier]), and log α of each. */
interface Logs {
  readonly shape: readonly [number, number];
  /** Pixels of the map that a flatten before it makes its inputs of, else 1. */
  readonly pixels: number;
  readonly values: Float32Array;
}

const kernelsOf = (operation: Operation): [inputs: number, outputs: number] => {
  const [, , inputs, outputs] = trainingShape(operation);
  return [inputs, outputs];
};

/** Strengths of the noise of every kernel of the whole network, log α. */
export class VariationalNoise {
  private readonly logs: Map<string, Logs>;

  /** @param whole the network that is pruned @param may an operation be? */
  constructor({ operations }: Architecture, may: (id: string) => boolean) {
    this.logs = new Map(
      operations
        .filter((operation) => hasWeights(operation) && may(operation.id))
        .map((operation) => {
          const shape = kernelsOf(operation);
          const before = operations[operation.inputs[0]!];
          const pixels = before?.kind === 'flatten' ? before.inSize.height * before.inSize.width : 1;
          return [operation.id, { shape, pixels, values: new Float32Array(shape[0] * shape[1]).fill(START) }];
        }),
    );
  }

  /**
   * Puts noise on a narrower network's training steps.
   * @param rate its learning rate @param perEpoch steps of an epoch
   */
  dress(network: ConcreteNetwork, rate: number, perEpoch: number): NoisyDressing | undefined {
    const worn = network.architecture.operations.filter(({ id }) => this.logs.has(id));
    if (worn.length === 0) return undefined;
    // Adam moves by the rate at each step, and the rate falls along half a cosine.
    const share = (2 * (GONE - START)) / (EPOCHS_TO_GO * perEpoch * rate);
    const variables = new Map(
      worn.map((operation) => {
        const [inputs, outputs] = kernelsOf(operation);
        const values = this.cut(operation);
        const name = `${operation.id}/noise`;
        return [
          operation.id,
          network.trainables.add(name, tf.tensor(values, [1, 1, inputs, outputs]), { rate: share }),
        ];
      }),
    );
    return new NoisyDressing(variables);
  }

  /** Place of a narrower operation's kernels among all: of each pixel the first channels. */
  private *places(operation: Operation): Generator<readonly [at: number, from: number]> {
    const { shape, pixels } = this.logs.get(operation.id)!;
    const [inputs, outputs] = kernelsOf(operation);
    const [live, allocated] = [inputs / pixels, shape[0] / pixels];
    for (let i = 0; i < inputs; i++) {
      const row = (Math.floor(i / live) * allocated + (i % live)) * shape[1];
      for (let o = 0; o < outputs; o++) yield [i * outputs + o, row + o];
    }
  }

  private cut(operation: Operation): Float32Array {
    const { values } = this.logs.get(operation.id)!;
    const [inputs, outputs] = kernelsOf(operation);
    const result = new Float32Array(inputs * outputs);
    for (const [at, from] of this.places(operation)) result[at] = values[from]!;
    return result;
  }

  /** Takes over what training made of a narrower network's noise. */
  async take({ architecture }: ConcreteNetwork, dressing: NoisyDressing): Promise<void> {
    for (const operation of architecture.operations) {
      const found = await dressing.read(operation.id);
      if (!found) continue;
      const { values } = this.logs.get(operation.id)!;
      for (const [at, from] of this.places(operation)) values[from] = Math.min(MOST, found[at]!);
    }
  }

  /** All log α, to be given back to `restore`. */
  copy(): ReadonlyMap<string, Float32Array> {
    return new Map([...this.logs].map(([id, { values }]) => [id, Float32Array.from(values)]));
  }

  restore(copy: ReadonlyMap<string, Float32Array>): void {
    for (const [id, values] of copy) this.logs.get(id)!.values.set(values);
  }

  /** 1 for each kernel of a narrower operation that stays; the last of them always does. */
  stays(operation: Operation): Float32Array | undefined {
    if (!this.logs.has(operation.id)) return undefined;
    const logs = this.cut(operation);
    const kept = Float32Array.from(logs, (log) => (log > GONE ? 0 : 1));
    if (!kept.includes(1)) kept[logs.indexOf(logs.reduce((a, b) => Math.min(a, b)))] = 1;
    return kept;
  }

  save(into: Map<string, TensorRecord>): void {
    for (const [id, { shape, values }] of this.logs)
      into.set(`noise|${id}`, { shape: [...shape], data: Float32Array.from(values) });
  }

  load(from: ReadonlyMap<string, TensorRecord>): void {
    for (const [id, { values }] of this.logs) {
      const saved = from.get(`noise|${id}`);
      if (saved?.data.length !== values.length)
        throw new Error(`the checkpoint does not fit this definition: noise|${id} is missing or of another shape`);
      values.set(saved.data);
    }
  }
}

/** The noise of one network in training. */
export class NoisyDressing implements Dressing {
  private noise = new SeededRandom(0);
  private beta = 0;

  constructor(private readonly logs: ReadonlyMap<string, tf.Variable>) {}

  /**
   * Before each step.
   * @param progress of the episode, 0 to 1 @param samples of the training part @param seed of the step's noise
   */
  begin(progress: number, samples: number, seed: number): void {
    this.beta = Math.min(BETA, 1 / samples) * progress;
    this.noise = new SeededRandom(seed);
  }

  wear({ id }: Operation, filter: tf.Tensor4D): tf.Tensor4D {
    const log = this.logs.get(id);
    if (!log) return filter;
    const drawn = tf.tensor(
      Float32Array.from({ length: log.size }, () => this.noise.normal()),
      log.shape,
    );
    return tf.mul(filter, tf.exp(tf.mul(tf.exp(tf.minimum(log, MOST)), drawn)));
  }

  penalty(): tf.Scalar {
    return tf.mul(tf.addN([...this.logs.values()].map((log) => tf.sum(tf.minimum(log, MOST)))), -this.beta);
  }

  /** Values of an operation's log α; undefined where it has none. */
  async read(id: string): Promise<Float32Array | undefined> {
    const log = this.logs.get(id);
    return log && read(log);
  }
}
