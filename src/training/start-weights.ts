/**
 * A supernet that begins as an existing network: its folded weights in the shared tensors, and norms that undo the
 * normalisation.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Normalisation } from '../data/preparation/preparation.ts';
import { initialAssignment, misfit, type GivenOperation, type InitialWeights } from '../integer/initial-weights.ts';
import { instantiate } from '../network/architecture.ts';
import type { Architecture, Operation } from '../network/types.ts';
import type { InitialWeightsReport } from '../wire/run.ts';
import { read } from '../devices/read-tensor.ts';
import { batchTensors } from './evaluate.ts';
import { conventionOf, type Affine } from './input-convention.ts';
import type { SearchContext } from './problem.ts';
import { NORM_EPSILON, isWeighted } from './supernet/shared-tensors.ts';
import type { Supernet } from './supernet/supernet.ts';

/** Samples that set the norms. */
const SAMPLES = 256;

/** Pools of single channels commute with an affine map of the input. */
const POOLS: ReadonlySet<string> = new Set(['max-pool', 'average-pool', 'global-average-pool']);

function readsInput({ inputs }: Operation, { operations }: Architecture): boolean {
  const source = operations[inputs[0]!];
  return source === undefined || (POOLS.has(source.kind) && readsInput(source, { operations } as Architecture));
}

/** Filters of an operation in training layout with the output channel last, and what its norm has to undo. */
interface Placed {
  readonly w: Float32Array;
  /** Channels that the file has. */
  readonly outputs: number;
  /** Channel of `w` = `scales` times that of the file; 0 where the file's is all zero. */
  readonly scales: Float64Array;
  readonly bias: Float64Array;
}

/**
 * Puts the file's filters into the centre and the leading channels of `w`; what surrounds them in the same output
 * channel becomes zero.
 */
function place(
  operation: Operation,
  given: GivenOperation,
  fresh: Float32Array,
  shape: readonly number[],
  input: Affine | undefined,
): Placed {
  const depthwise = operation.kind === 'depthwise';
  const [height, width, inputs, outputs] = depthwise
    ? [shape[0]!, shape[1]!, 1, shape[2]! * shape[3]!]
    : (shape as [number, number, number, number]);
  const [givenOutputs, h, v, givenInputs] = given.shape;
  const top = (height - h) / 2,
    left = (width - v) / 2;
  const live = Math.min(outputs, givenOutputs);
  const allocated = inputs / given.pixels,
    present = givenInputs / given.pixels;
  const w = fresh.slice();
  const bias = new Float64Array(live);
  const scales = new Float64Array(live);
  for (let o = 0; o < live; o++) {
    const values = new Map<number, number>();
    bias[o] = given.bias[o]!;
    for (let y = 0; y < h; y++)
      for (let x = 0; x < v; x++)
        for (let i = 0; i < givenInputs; i++) {
          const channel = depthwise ? Math.floor(o / operation.factor) : i;
          const value = given.weights[((o * h + y) * v + x) * givenInputs + i]!;
          bias[o]! += value * (input?.shift[channel] ?? 0);
          const inside =
            y + top >= 0 && y + top < height && x + left >= 0 && x + left < width && i % present < allocated;
          if (inside)
            values.set(
              (((y + top) * width + x + left) * inputs + Math.floor(i / present) * allocated + (i % present)) *
                outputs +
                o,
              value * (input?.scale[channel] ?? 1),
            );
        }
    const square = [...values.values()].reduce((sum, value) => sum + value * value, 0);
    if (square === 0) continue; // such a channel computes its bias, whatever its weights: they stay fresh
    // A fresh channel has this norm: a learning rate, and a pruning that ranks the weights of all channels together,
    // are relative to it.
    scales[o] = operation.batchNorm ? Math.sqrt(2 / square) : 1;
    for (let at = o; at < w.length; at += outputs) w[at] = 0;
    for (const [at, value] of values) w[at] = value * scales[o]!;
  }
  return operation.batchNorm ? toNorm(fresh, { w, outputs: live, scales, bias }) : { w, outputs: live, scales, bias };
}

const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

/** The optimiser keeps the norm that the fresh tensor had. */
function toNorm(fresh: Float32Array, placed: Placed): Placed {
  const factor = norm(fresh) / norm(placed.w);
  return {
    ...placed,
    w: placed.w.map((value) => value * factor),
    scales: placed.scales.map((scale) => scale * factor),
  };
}

/**
 * The norm under which the file's channels compute what they did in the file; the others keep theirs. On the device:
 * the layers that follow wait for it.
 */
function undoing(
  { outputs, scales, bias }: Placed,
  y: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
): { gamma: tf.Tensor1D; beta: tf.Tensor1D } {
  const { mean, variance } = tf.moments(y, [0, 1, 2]);
  const channel = (of: (o: number) => number): tf.Tensor1D =>
    tf.tensor1d(Float32Array.from({ length: gamma.size }, (_, o) => (o < outputs ? of(o) : 0)));
  const inverse = channel((o) => (scales[o] === 0 ? 0 : 1 / scales[o]!));
  const others = tf.sub(
    1,
    channel(() => 1),
  );
  return {
    gamma: tf.add(tf.mul(gamma, others), tf.mul(tf.sqrt(tf.add(variance, NORM_EPSILON)), inverse)),
    beta: tf.add(
      tf.mul(beta, others),
      tf.add(
        channel((o) => bias[o]!),
        tf.mul(mean, inverse),
      ),
    ),
  };
}

/** The leading channels of a tensor replaced. */
function leading(values: Float32Array, count: number, of: (channel: number) => number): Float32Array {
  return values.map((value, c) => (c < count ? of(c) : value));
}

/**
 * Gives a fresh supernet the weights of a file, in the leading channels and the centre of each filter bank. Batch norms
 * are set by what the given
 * images make of them, so that the widest and finest architecture of the file's operators computes what the file's
 * network computes.
 * @param images normalised, [N, H, W, C]; a few hundred
 */
export async function beginFrom(
  supernet: Supernet,
  given: InitialWeights,
  images: tf.Tensor4D,
  normalisation: Normalisation,
): Promise<Omit<InitialWeightsReport, 'file' | 'sha256'>> {
  const assignment = initialAssignment(supernet.network, given);
  const architecture = instantiate(supernet.network, assignment);
  const { name, affine } = conventionOf(await read(images), normalisation, given.input);
  const weighted = architecture.operations.filter(({ kind }) => isWeighted(kind));
  const fresh = await supernet.read();
  const placed = new Map<string, Placed>();
  for (const operation of weighted) {
    const one = given.operations.get(operation.id);
    if (!one || misfit(operation, architecture, one) !== undefined) continue;
    const { w, shape, beta } = fresh.get(operation.id)!;
    const filters = place(operation, one, w, shape, readsInput(operation, architecture) ? affine : undefined);
    placed.set(operation.id, filters);
    supernet.put(operation.id, { w: filters.w, beta: leading(beta, filters.outputs, (o) => filters.bias[o]!) });
  }
  await supernet.refresh(assignment);
  supernet.observe(images, assignment, (id, y) => {
    const filters = placed.get(id);
    if (filters) supernet.renorm(id, (gamma, beta) => undoing(filters, y, gamma, beta));
  });
  return { taken: placed.size, operations: weighted.length, inputs: name };
}

/**
 * Gives a search's fresh supernet the weights that it is to start from, and says what became of them; undefined where
 * there are none.
 */
export async function begin(
  supernet: Supernet,
  { initial, dataset: { train, preparation } }: SearchContext,
): Promise<InitialWeightsReport | undefined> {
  if (!initial) return undefined;
  const { images, targets } = batchTensors(await train.slice(0, Math.min(SAMPLES, train.count)), train);
  const report = await beginFrom(supernet, initial.weights, images, preparation.normalisation);
  tf.dispose([images, targets]);
  return { file: initial.file, sha256: initial.sha256, ...report };
}
