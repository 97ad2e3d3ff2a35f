/** How much the loss feels each weight of an existing network: mean squared gradients over single samples. */
import * as tf from '@tensorflow/tfjs-core';
import type { Dataset } from '../../data/dataset.ts';
import { elementsOf } from '../../data/dataset.ts';
import { readAll } from '../../devices/read-tensor.ts';
import type { InitialWeights } from '../../integer/initial-weights.ts';
import { fileWeights } from '../../integer/requantised.ts';
import type { Architecture } from '../../network/types.ts';
import type { Task } from '../../tasks/task.ts';
import { batchTensors } from '../evaluate.ts';
import { conventionOf } from '../input-convention.ts';
import { ConcreteNetwork, type Mode } from './trained-network.ts';
import { hasWeights } from './weighted-part.ts';

/** As the file has it: nothing rounded, nothing to normalise. */
const AS_IT_IS: Mode = { statistics: 'running', quantised: false, revives: false, quantisedActivations: false };
/** Samples that are read at once. */
const READ = 32;

/**
 * Of each weighted operation, by its id, in the layout of training (output channels last).
 * @param weights of every operation of the architecture, batch normalisation folded
 * @param samples at most so many of the training part, evenly spread over it
 */
export async function squaredGradients(
  architecture: Architecture,
  weights: InitialWeights,
  task: Task,
  { train, preparation }: Pick<Dataset, 'train' | 'preparation'>,
  samples: number,
): Promise<Map<string, Float32Array>> {
  const folded = {
    ...architecture,
    operations: architecture.operations.map((operation) => ({ ...operation, batchNorm: false })),
  };
  const network = new ConcreteNetwork(
    folded,
    task,
    (operation) => ({
      w: fileWeights(weights, operation)!,
      gamma: new Float32Array(operation.outChannels).fill(1),
      beta: weights.operations.get(operation.id)!.bias,
    }),
    0,
  );
  const count = Math.min(samples, train.count);
  const places = Int32Array.from({ length: count }, (_, i) => Math.floor((i * train.count) / count));
  const { channels } = train.shape;
  let affine: ReturnType<typeof conventionOf>['affine'] | undefined;
  const sums = new Map<string, tf.Tensor>();
  for (let from = 0; from < count; from += READ) {
    const batch = await train.gather(places.subarray(from, from + READ));
    affine ??= conventionOf(batch.images, preparation.normalisation, weights.input).affine;
    const { scale, shift } = affine;
    const images = batch.images.map((value, i) => scale[i % channels]! * value + shift[i % channels]!);
    const size = elementsOf(train.shape);
    const perTarget = batch.targets ? batch.targets.length / batch.count : 0;
    for (let n = 0; n < batch.count; n++) {
      const one = batchTensors(
        {
          ...batch,
          count: 1,
          images: images.subarray(n * size, (n + 1) * size),
          labels: batch.labels.subarray(n, n + 1),
          ...(batch.targets && { targets: batch.targets.subarray(n * perTarget, (n + 1) * perTarget) }),
        },
        train,
      );
      addSquares(sums, () => network.filterGradients(one.images, one.targets, AS_IT_IS));
      tf.dispose([one.images, one.targets]);
    }
  }
  const ids = folded.operations.filter(hasWeights).map(({ id }) => id);
  const found = await readAll(ids.map((id) => sums.get(id)!));
  for (const sum of sums.values()) sum.dispose();
  network.dispose();
  return new Map(ids.map((id, i) => [id, Float32Array.from(found[i]!, (sum) => sum / count)]));
}

function addSquares(sums: Map<string, tf.Tensor>, gradients: () => ReadonlyMap<string, tf.Tensor>): void {
  const before = [...sums.values()];
  tf.tidy(() => {
    for (const [id, gradient] of gradients()) {
      const sum = sums.get(id);
      const square = tf.square(gradient);
      sums.set(id, tf.keep(sum ? tf.add(sum, square) : square));
    }
  });
  tf.dispose(before);
}
