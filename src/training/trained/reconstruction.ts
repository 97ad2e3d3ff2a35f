/**
 * Least-squares reconstruction, as AMC does it: where input channels of a layer are pruned, the weights that stay are
 * those with which it comes nearest to what it put out before, on inputs sampled from the whole network.
 */
import * as tf from '@tensorflow/tfjs-core';
import { SeededRandom } from '../../base/random.ts';
import type { Split } from '../../data/dataset.ts';
import { paddingBefore } from '../../integer/window-geometry.ts';
import type { Architecture, Operation } from '../../network/types.ts';
import { batchTensors } from '../evaluate.ts';
import type { HostTensors } from '../trainer.ts';
import type { ConcreteNetwork, Mode } from './trained-network.ts';
import { readAll } from '../../devices/read-tensor.ts';
import { solvePrefix, factorise } from './least-squares.ts';

/** Samples that are looked at, at once so many, and points of each. */
const SAMPLES = 512;
const AT_ONCE = 64;
const POINTS = 10;
/** Inputs of a filter above which a layer is left as it is: the equations would take longer than the search. */
const MOST_INPUTS = 1536;
/** Of the mean of the diagonal, added to it: channels that never fire would leave the equations open. */
const RIDGE = 1e-3;

/** A layer whose inputs were sampled. */
interface Sampled {
  readonly operation: Operation;
  /** Channels that a pruning counts; `taps` inputs of a filter for each. */
  readonly channels: number;
  readonly taps: number;
  /** Place of each input of a filter, channel after channel, in its own order (taps, then inputs). */
  readonly places: Uint32Array;
  /** Σ x·xᵀ over samples, channel after channel. */
  readonly gram: Float64Array;
  factor?: Float64Array;
}

/** Layers whose input channels may be fewer. */
function sampledOf({ operations }: Architecture): Sampled[] {
  return operations.flatMap((operation): Sampled[] => {
    const { kind, inputs, inChannels, kernel } = operation;
    if ((kind !== 'conv' && kind !== 'dense') || inputs[0]! < 0) return [];
    const before = operations[inputs[0]!]!;
    const pixels = before.kind === 'flatten' ? before.inSize.height * before.inSize.width : 1;
    const area = kind === 'dense' ? 1 : kernel.height * kernel.width;
    const [channels, taps, size] = [inChannels / pixels, area * pixels, area * inChannels];
    if (size > MOST_INPUTS) return [];
    const places = new Uint32Array(size);
    for (let c = 0; c < channels; c++)
      for (let tap = 0; tap < taps; tap++)
        places[c * taps + tap] = Math.floor(tap / pixels) * inChannels + (tap % pixels) * channels + c;
    return [{ operation, channels, taps, places, gram: new Float64Array(size * size) }];
  });
}

/** Rows of what filters see at random points of each sample. */
function windows(x: Float32Array, { operation, places }: Sampled, random: SeededRandom): Float32Array {
  const { inSize, outSize, stride, dilation, inChannels, kind } = operation;
  const kernel = kind === 'dense' ? { height: 1, width: 1 } : operation.kernel;
  const { top, left } = paddingBefore({ ...operation, kernel });
  const perSample = inSize.height * inSize.width * inChannels;
  const samples = x.length / perSample;
  const rows = new Float32Array(samples * POINTS * places.length);
  const window = new Float32Array(places.length);
  for (let n = 0; n < samples; n++)
    for (let point = 0; point < POINTS; point++) {
      const [y, z] = [random.integer(outSize.height), random.integer(outSize.width)];
      window.fill(0);
      for (let tap = 0; tap < kernel.height * kernel.width; tap++) {
        const row = y * stride.height - top + Math.floor(tap / kernel.width) * dilation.height;
        const column = z * stride.width - left + (tap % kernel.width) * dilation.width;
        if (row < 0 || row >= inSize.height || column < 0 || column >= inSize.width) continue;
        const from = n * perSample + (row * inSize.width + column) * inChannels;
        window.set(x.subarray(from, from + inChannels), tap * inChannels);
      }
      const at = (n * POINTS + point) * places.length;
      for (let i = 0; i < places.length; i++) rows[at + i] = window[places[i]!]!;
    }
  return rows;
}

export class Reconstruction {
  private readonly known = new Map<string, Float32Array>();

  private constructor(
    private readonly layers: ReadonlyMap<string, Sampled>,
    private readonly tensors: HostTensors,
  ) {}

  /** @param network the whole one, with the given tensors */
  static async sample(
    network: ConcreteNetwork,
    mode: Mode,
    tensors: HostTensors,
    train: Split,
    seed: number,
  ): Promise<Reconstruction> {
    const layers = new Map(sampledOf(network.architecture).map((layer) => [layer.operation.id, layer]));
    const random = new SeededRandom(seed);
    const count = Math.min(SAMPLES, train.count);
    for (let from = 0; from < count; from += AT_ONCE) {
      const { images, targets } = batchTensors(await train.slice(from, Math.min(AT_ONCE, count - from)), train);
      const seen: (readonly [Sampled, tf.Tensor])[] = [];
      network.observe(mode, images, ({ id }, x) => {
        const layer = layers.get(id);
        if (layer) seen.push([layer, tf.keep(tf.clone(x))]);
      });
      const inputs = await readAll(seen.map(([, x]) => x));
      for (const [i, [layer]] of seen.entries()) await addGram(layer, windows(inputs[i]!, layer, random));
      tf.dispose([images, targets, seen.map(([, x]) => x)]);
    }
    return new Reconstruction(layers, tensors);
  }

  /** Weights of an operation of the whole network when it reads the first `inputs` of its channels; others are 0. */
  weights(id: string, inputs: number): Float32Array {
    const { w } = this.tensors.get(id)!;
    const layer = this.layers.get(id);
    const kept = layer && (inputs * layer.channels) / layer.operation.inChannels;
    if (!layer || kept === layer.channels) return w;
    const key = `${id},${inputs}`;
    let found = this.known.get(key);
    if (!found) this.known.set(key, (found = reconstruct(layer, w, kept!)));
    return found;
  }
}

async function addGram({ gram, places }: Sampled, rows: Float32Array): Promise<void> {
  const product = tf.tidy(() => {
    const x = tf.tensor2d(rows, [rows.length / places.length, places.length]);
    return tf.matMul(x, x, true, false);
  });
  const [values] = await readAll([product]);
  values!.forEach((value, i) => {
    gram[i]! += value;
  });
  product.dispose();
}

function reconstruct(layer: Sampled, w: Float32Array, kept: number): Float32Array {
  const { gram, places, taps } = layer;
  const size = places.length;
  const outputs = w.length / size;
  let trace = 0;
  for (let i = 0; i < size; i++) trace += gram[i * size + i]!;
  if (trace === 0) return w;
  layer.factor ??= factorise(gram, size, (RIDGE * trace) / size);
  const live = kept * taps;
  const sides = new Float64Array(live * outputs);
  for (let i = 0; i < live; i++)
    for (let j = 0; j < size; j++) {
      const value = gram[i * size + j]!;
      const from = places[j]! * outputs;
      if (value !== 0) for (let o = 0; o < outputs; o++) sides[i * outputs + o]! += value * w[from + o]!;
    }
  const solved = solvePrefix(layer.factor, size, live, sides);
  const result = new Float32Array(w.length);
  for (let i = 0; i < live; i++)
    for (let o = 0; o < outputs; o++) result[places[i]! * outputs + o] = solved[i * outputs + o]!;
  return result;
}
