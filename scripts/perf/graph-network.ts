/**
 * A graph network over operators, maps and weights (after PerfSAGE, Chai et al. 2023: GraphSAGE layers, then pooling
 * over all nodes) that learns the logarithm of the ratio of said cycles to the model's.
 */
import * as tf from '@tensorflow/tfjs-core';
import { SeededRandom } from '../../src/base/random.ts';
import { adamStep, type AdamItem } from '../../src/devices/operators/adam.ts';
import { logarithm, readersOf, targetFeatures, type Example } from './perf-examples.ts';
import type { Predictor } from './coefficients.ts';
import { KINDS } from './perf-record.ts';

export interface GraphOptions {
  readonly epochs: number;
  readonly seed: number;
}

const HIDDEN = 32;
const LAYERS = 2;
const BATCH = 32;
const RATE = 3e-3;
const BRICK = 16;
/** Nodes of a usual network: the sum over them is of the size of a mean. */
const USUAL_NODES = 40;
const NODE_KINDS = 3;

interface Graph {
  readonly nodes: readonly (readonly number[])[];
  /** From, to. */
  readonly edges: readonly (readonly [number, number])[];
  readonly globals: readonly number[];
  readonly wanted: number;
}

const area = (size: readonly number[]): number => size[0]! * size[1]!;
/** Share of whole bricks of channels that is used. */
const filled = (channels: number): number => channels / (BRICK * Math.ceil(channels / BRICK));

/** Features of all nodes stand in the same places: what a kind of node has not, is 0. */
function graphOf({ record, target, perOperation, analytic, wanted, features }: Example): Graph {
  const { operations, input } = record;
  const { weights } = record.targets[target]!;
  const readers = readersOf(record);
  const nodes: number[][] = [];
  const edges: [number, number][] = [];
  const add = (
    kind: number,
    shape: readonly number[],
    bytes: number,
    outside: number,
    more: readonly number[],
  ): number =>
    nodes.push([
      ...Array.from({ length: NODE_KINDS }, (_, k) => Number(k === kind)),
      ...shape.map(logarithm),
      filled(shape[2]!),
      logarithm(bytes),
      outside,
      ...more,
    ]) - 1;
  const none = new Array<number>(KINDS.length + 7).fill(0);
  const bytesOf = (map: readonly number[]): number => area(map) * BRICK * Math.ceil(map[2]! / BRICK);
  const addMap = (map: readonly number[], outside: number, read: number): number =>
    add(1, map, bytesOf(map), outside, [...none.slice(1), 0.1 * read]);
  const maps = [addMap(input, 1, readers[0]!)];
  operations.forEach((one, i) => {
    const node = add(0, one.output, 0, 0, [
      ...KINDS.map((kind) => Number(kind === one.kind)),
      ...[one.kernel, one.stride, one.dilation].map((size) => logarithm(area(size))),
      one.relu,
      perOperation[i]! / Math.max(1, analytic),
      logarithm(perOperation[i]!),
      0,
    ]);
    for (const source of one.inputs) edges.push([maps[source + 1]!, node]);
    if (weights[i]! > 0) edges.push([add(2, [1, 1, one.input[2]!], weights[i]!, 0, none), node]);
    const map = addMap(one.output, Number(i === operations.length - 1), readers[i + 1]!);
    maps.push(map);
    edges.push([node, map]);
  });
  return { nodes, edges, globals: [...features, ...targetFeatures(target)], wanted };
}

interface Batch {
  readonly x: tf.Tensor3D;
  readonly before: tf.Tensor3D;
  readonly after: tf.Tensor3D;
  readonly globals: tf.Tensor2D;
  readonly wanted: tf.Tensor1D;
  readonly counts: tf.Tensor2D;
}

function batchOf(graphs: readonly Graph[]): Batch {
  const most = Math.max(...graphs.map(({ nodes }) => nodes.length));
  const width = graphs[0]!.nodes[0]!.length;
  const x = new Float32Array(graphs.length * most * width);
  const before = new Float32Array(graphs.length * most * most);
  const after = new Float32Array(graphs.length * most * most);
  graphs.forEach(({ nodes, edges }, g) => {
    nodes.forEach((features, i) => x.set(features, (g * most + i) * width));
    const [ins, outs] = [new Float32Array(most), new Float32Array(most)];
    for (const [from, to] of edges) {
      ins[to]!++;
      outs[from]!++;
    }
    // The mean over neighbours.
    for (const [from, to] of edges) {
      before[(g * most + to) * most + from]! += 1 / ins[to]!;
      after[(g * most + from) * most + to]! += 1 / outs[from]!;
    }
  });
  const shape = [graphs.length, most, most] as [number, number, number];
  return {
    x: tf.tensor3d(x, [graphs.length, most, width]),
    before: tf.tensor3d(before, shape),
    after: tf.tensor3d(after, shape),
    globals: tf.tensor2d(graphs.map(({ globals }) => [...globals])),
    wanted: tf.tensor1d(graphs.map(({ wanted }) => wanted)),
    counts: tf.tensor2d(graphs.map(({ nodes }) => [nodes.length])),
  };
}

/** Parameters by name. The last layer begins with zeros: the untrained network says what the model says. */
class Parameters {
  readonly items = new Map<string, Omit<AdamItem, 'grad'>>();
  readonly #random: SeededRandom;
  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }
  matrix(name: string, inputs: number, outputs: number, zero = false): void {
    const scale = zero ? 0 : Math.sqrt(2 / inputs);
    const values = Float32Array.from({ length: inputs * outputs }, () => scale * this.#random.normal());
    const start = tf.tensor2d(values, [inputs, outputs]);
    this.items.set(name, {
      value: tf.variable(start),
      m: tf.variable(tf.zerosLike(start)),
      v: tf.variable(tf.zerosLike(start)),
      weightDecay: 1e-4,
    });
  }
  /** A copy: the backend keeps what it has packed of a factor, and would not see that it was updated in place. */
  get(name: string): tf.Tensor2D {
    return tf.add(this.items.get(name)!.value, 0);
  }
}

function makeParameters(width: number, globals: number, seed: number): Parameters {
  const parameters = new Parameters(seed);
  for (let layer = 0; layer < LAYERS; layer++)
    for (const name of ['self', 'before', 'after'])
      parameters.matrix(`${name}${layer}`, layer === 0 ? width : HIDDEN, HIDDEN);
  parameters.matrix('pooled', 2 * HIDDEN + globals, HIDDEN);
  parameters.matrix('head', HIDDEN, 1, true);
  return parameters;
}

function forward(parameters: Parameters, { x, before, after, globals, counts }: Batch): tf.Tensor1D {
  const [graphs, nodes] = x.shape;
  let h: tf.Tensor3D = x;
  for (let layer = 0; layer < LAYERS; layer++) {
    const through = (values: tf.Tensor3D, name: string): tf.Tensor2D =>
      tf.matMul(tf.reshape(values, [graphs * nodes, -1]), parameters.get(`${name}${layer}`));
    const sum = tf.addN([
      through(h, 'self'),
      through(tf.matMul(before, h), 'before'),
      through(tf.matMul(after, h), 'after'),
    ]);
    h = tf.reshape(tf.relu(sum), [graphs, nodes, HIDDEN]);
  }
  // Without biases, nodes that only fill up a batch are zeros.
  const total = tf.sum(h, 1) as tf.Tensor2D;
  const pooled = tf.concat([tf.div(total, counts), tf.div(total, USUAL_NODES), globals], 1);
  const hidden = tf.relu(tf.matMul(pooled as tf.Tensor2D, parameters.get('pooled')));
  return tf.reshape(tf.matMul(hidden, parameters.get('head')), [graphs]);
}

function disposed<T>({ x, before, after, globals, wanted, counts }: Batch, value: T): T {
  tf.dispose([x, before, after, globals, wanted, counts]);
  return value;
}

function predictions(parameters: Parameters, graphs: readonly Graph[]): number[] {
  const out: number[] = [];
  for (let from = 0; from < graphs.length; from += BATCH) {
    const batch = batchOf(graphs.slice(from, from + BATCH));
    out.push(
      ...disposed(
        batch,
        tf.tidy(() => [...forward(parameters, batch).dataSync()]),
      ),
    );
  }
  return out;
}

const meanError = (graphs: readonly Graph[], found: readonly number[]): number =>
  graphs.reduce((sum, { wanted }, i) => sum + Math.abs(wanted - found[i]!), 0) / Math.max(1, graphs.length);

/** Trains on the current backend; keeps the epoch that is best on `validation`, or none where none helps. */
export function fitGraphNetwork(
  train: readonly Example[],
  validation: readonly Example[],
  { epochs, seed }: GraphOptions,
): Predictor {
  const [graphs, unseen] = [train.map(graphOf), validation.map(graphOf)];
  const random = new SeededRandom(seed);
  const parameters = makeParameters(graphs[0]!.nodes[0]!.length, graphs[0]!.globals.length, seed);
  const copy = (): Map<string, Float32Array> =>
    new Map([...parameters.items].map(([name, { value }]) => [name, value.dataSync().slice() as Float32Array]));
  let best = { error: meanError(unseen, predictions(parameters, unseen)), values: copy() };
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = [...graphs];
    random.shuffle(order);
    const learningRate = (RATE * (1 + Math.cos((Math.PI * epoch) / epochs))) / 2;
    for (let from = 0; from < order.length; from += BATCH) {
      const batch = batchOf(order.slice(from, from + BATCH));
      const { value, grads } = tf.variableGrads(() =>
        tf.mean(tf.abs(tf.sub(forward(parameters, batch), batch.wanted))),
      );
      const items = [...parameters.items.values()].map((item) => ({ ...item, grad: grads[item.value.name]! }));
      adamStep(items, { learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: ++step });
      disposed(batch, tf.dispose([value, grads]));
    }
    const error = meanError(unseen, predictions(parameters, unseen));
    if (error < best.error) best = { error, values: copy() };
  }
  for (const [name, values] of best.values) {
    const { value } = parameters.items.get(name)!;
    const kept = tf.tensor(values, value.shape);
    value.assign(kept);
    kept.dispose();
  }
  return (example) => predictions(parameters, [graphOf(example)])[0]!;
}
