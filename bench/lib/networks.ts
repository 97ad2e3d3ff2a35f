/** The plain networks that training steps are measured on, written with the operators that the search uses. */
import * as tf from '@tensorflow/tfjs-core';
import { adamStep } from '../../src/devices/operators/adam.ts';
import { batchNormAct, type FusedActivation } from '../../src/devices/operators/batch-norm.ts';
import { conv2d, depthwiseConv2d } from '../../src/devices/operators/conv.ts';
import { read } from '../../src/devices/read-tensor.ts';

/** Variables of a network in the order in which its layers ask for them. */
class Parameters {
  readonly variables: tf.Variable[] = [];
  private next = 0;

  /** Layers ask anew in every step. */
  rewind(): void {
    this.next = 0;
  }

  get(shape: number[], initial: (shape: number[]) => tf.Tensor): tf.Variable {
    const index = this.next++;
    this.variables[index] ??= tf.tidy(() => tf.variable(initial(shape)));
    return this.variables[index];
  }
}

const he = (shape: number[]): tf.Tensor =>
  tf.mul(tf.randomNormal(shape, 0, 1, 'float32', 7), Math.sqrt(2 / (shape[0]! * shape[1]! * shape[2]!)));
const as4 = (variable: tf.Variable): tf.Tensor4D => variable as tf.Tensor as tf.Tensor4D;
const as1 = (variable: tf.Variable): tf.Tensor1D => variable as tf.Tensor as tf.Tensor1D;

class Builder {
  private readonly parameters: Parameters;
  private readonly mask = new Map<number, tf.Tensor1D>();

  constructor(parameters: Parameters) {
    this.parameters = parameters;
  }

  /** Convolution, batch normalisation and activation. */
  conv(
    x: tf.Tensor4D,
    filters: number,
    kernel: readonly [number, number],
    stride: number,
    activation: FusedActivation = 'relu',
  ): tf.Tensor4D {
    const filter = this.parameters.get([...kernel, x.shape[3], filters], he);
    return this.norm(
      conv2d(x, as4(filter), { stride: [stride, stride], dilation: [1, 1], padding: 'same' }),
      activation,
    );
  }

  depthwise(x: tf.Tensor4D, kernel: readonly [number, number], stride: number): tf.Tensor4D {
    const filter = this.parameters.get([...kernel, x.shape[3], 1], (shape) => tf.mul(he(shape), Math.sqrt(x.shape[3])));
    return this.norm(
      depthwiseConv2d(x, as4(filter), { stride: [stride, stride], dilation: [1, 1], padding: 'same' }),
      'relu',
    );
  }

  /** Global average pooling and the classifier. */
  logits(x: tf.Tensor4D, classes: number): tf.Tensor2D {
    const pooled = tf.reshape(tf.mean(x, [1, 2]), [x.shape[0], 1, 1, x.shape[3]]) as tf.Tensor4D;
    const filter = this.parameters.get([1, 1, x.shape[3], classes], he);
    const bias = this.parameters.get([classes], (shape) => tf.zeros(shape));
    const y = conv2d(pooled, as4(filter), { stride: [1, 1], dilation: [1, 1], padding: 'valid' });
    return tf.reshape(tf.add(y, bias), [x.shape[0], classes]);
  }

  private norm(x: tf.Tensor4D, activation: FusedActivation): tf.Tensor4D {
    const channels = x.shape[3];
    const gamma = this.parameters.get([channels], (shape) => tf.ones(shape));
    const beta = this.parameters.get([channels], (shape) => tf.zeros(shape));
    let mask = this.mask.get(channels);
    if (mask === undefined) this.mask.set(channels, (mask = tf.keep(tf.ones([channels]) as tf.Tensor1D)));
    return batchNormAct(x, as1(gamma), as1(beta), mask, { activation, epsilon: 1e-3 }).y;
  }
}

export interface PlainNetwork {
  readonly input: readonly [number, number, number];
  readonly classes: number;
  readonly forward: (layers: Builder, x: tf.Tensor4D) => tf.Tensor2D;
}

/** ResNet-8 of MLPerf Tiny: 32×32×3, 16-32-64 filters. */
const RESNET8: PlainNetwork = {
  input: [32, 32, 3],
  classes: 10,
  forward: (layers, input) => {
    let x: tf.Tensor4D = layers.conv(input, 16, [3, 3], 1);
    for (const [filters, stride] of [
      [16, 1],
      [32, 2],
      [64, 2],
    ] as const) {
      const inner = layers.conv(layers.conv(x, filters, [3, 3], stride), filters, [3, 3], 1, 'none');
      const shortcut = stride === 1 ? x : layers.conv(x, filters, [1, 1], stride, 'none');
      x = tf.relu(tf.add(inner, shortcut)) as tf.Tensor4D;
    }
    return layers.logits(x, 10);
  },
};

/** DS-CNN with 64 filters for 49×10 keyword features. */
const DSCNN: PlainNetwork = {
  input: [49, 10, 1],
  classes: 12,
  forward: (layers, input) => {
    let x = layers.conv(input, 64, [10, 4], 2);
    for (let block = 0; block < 4; ++block) x = layers.conv(layers.depthwise(x, [3, 3], 1), 64, [1, 1], 1);
    return layers.logits(x, 12);
  },
};

/** MobileNetV1 0.25 of MLPerf Tiny's visual wake words: 96×96×3. */
const MOBILENET: PlainNetwork = {
  input: [96, 96, 3],
  classes: 2,
  forward: (layers, input) => {
    let x = layers.conv(input, 8, [3, 3], 2);
    for (const [filters, stride] of [
      [16, 1],
      [32, 2],
      [32, 1],
      [64, 2],
      [64, 1],
      [128, 2],
      ...Array.from({ length: 5 }, () => [128, 1] as const),
      [256, 2],
      [256, 1],
    ] as const)
      x = layers.conv(layers.depthwise(x, [3, 3], stride), filters, [1, 1], 1);
    return layers.logits(x, 2);
  },
};

export const NETWORKS: Readonly<Record<string, PlainNetwork>> = {
  resnet8: RESNET8,
  dscnn: DSCNN,
  mobilenet: MOBILENET,
};

/** A training step of a plain network on one fixed random batch: forward, backward, Adam. */
export function plainStep({ input, classes, forward }: PlainNetwork, batch: number): { step: () => Promise<void> } {
  const parameters = new Parameters();
  const layers = new Builder(parameters);
  const x = tf.randomNormal([batch, ...input], 0, 1, 'float32', 3) as tf.Tensor4D;
  const labels = tf.oneHot(
    tf.tensor1d(
      Int32Array.from({ length: batch }, (_, i) => i % classes),
      'int32',
    ),
    classes,
  );
  const loss = (): tf.Scalar => {
    parameters.rewind();
    return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(forward(layers, x)), labels), -1))) as tf.Scalar;
  };
  tf.dispose(loss());
  const moments = parameters.variables.map((value) => ({
    value,
    m: tf.variable(tf.zerosLike(value)),
    v: tf.variable(tf.zerosLike(value)),
  }));
  let count = 0;
  const step = async (): Promise<void> => {
    const { value, grads } = tf.variableGrads(loss, parameters.variables);
    adamStep(
      moments.map((item) => ({ ...item, grad: grads[item.value.name]!, weightDecay: 1e-4 })),
      { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: ++count },
    );
    // As in training, each step waits for its loss.
    await read(value);
    tf.dispose([value, ...Object.values(grads)]);
  };
  return { step };
}
