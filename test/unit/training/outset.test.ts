/** Where fresh networks begin: at what takes no learning, whatever the unit of their targets. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { SeededRandom } from '../../../src/base/random.ts';
import { outputStatistics } from '../../../src/data/output-statistics.ts';
import type { Dataset, Shape } from '../../../src/data/dataset.ts';
import { channelNormalisation } from '../../../src/data/preparation/channel-normalisation.ts';
import { HeldSource } from '../../../src/data/sources/held-source.ts';
import { IndexedSplit } from '../../../src/data/split.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { batchTensors } from '../../../src/training/evaluate.ts';
import { outsetOf } from '../../../src/training/outset.ts';
import { Supernet } from '../../../src/training/supernet/supernet.ts';
import { freshFor, freshTensors } from '../../../src/training/trained/initial-tensors.ts';
import { ConcreteNetwork } from '../../../src/training/trained/trained-network.ts';
import { SPARSIFYING } from '../../../src/training/trained/trained-phase.ts';
import { networkOf, openTestBackend } from '../strategies/support.ts';

const SAMPLES = 32;
const PLAIN = channelNormalisation({ mean: [0], std: [1] });

interface Given {
  readonly task: 'regression' | 'reconstruction' | 'super-resolution';
  readonly input: Shape;
  readonly target: Shape;
  readonly layers: readonly string[];
  /** Targets are so many times larger, and lie about so much. */
  readonly unit: number;
  readonly mean: number;
}

const shapeText = ({ height, width, channels }: Shape): string => `${height}x${width}x${channels}`;

const contextOf = async ({ task, input, target, layers, unit, mean }: Given) => {
  const head = `udc: 1\nname: fresh\ntask: ${task}\ninput: ${shapeText(input)}\ntarget: { npu: ethos-u55-128 }\n`;
  const network = networkOf(`layers:\n${layers.map((layer) => `  - { ${layer} }\n`).join('')}`, head);
  const random = new SeededRandom(7);
  // Smooth maps: what an enlargement is near to.
  const maps = ({ height, width, channels }: Shape): Float32Array => {
    const draws = Array.from({ length: SAMPLES }, () => [random.normal(), random.normal(), random.normal()] as const);
    return Float32Array.from(
      draws.flatMap(([a, b, offset]) =>
        Array.from({ length: height * width * channels }, (_, i) => {
          const [y, x] = [Math.floor(i / channels / width), Math.floor(i / channels) % width];
          const place = (3 * a * (y + 0.5)) / height + (3 * b * (x + 0.5)) / width;
          return mean + unit * (Math.sin(place + (i % channels)) + offset / 2);
        }),
      ),
    );
  };
  const same = task === 'reconstruction';
  random.restore(new SeededRandom(9).state());
  const images = maps(input);
  random.restore(new SeededRandom(9).state());
  const targets = same ? images : maps(target);
  const part = {
    samples: new HeldSource('x', input, images),
    labels: new Int32Array(0),
    targets: new HeldSource('y', same ? input : target, targets),
  };
  const split = new IndexedSplit(
    part,
    Int32Array.from({ length: SAMPLES }, (_, i) => i),
    PLAIN,
    PLAIN,
  );
  const dataset = {
    task,
    train: split,
    validation: split,
    test: split,
    inputShape: input,
    classes: 0,
    preparation: PLAIN,
    outputs: await outputStatistics(split),
    close: () => Promise.resolve(),
  } satisfies Dataset;
  return { network, dataset, seed: 3 };
};

type Context = Awaited<ReturnType<typeof contextOf>>;

/** Losses of fresh networks over all samples: one alone, and shared weights. */
async function firstLosses(context: Context): Promise<Readonly<Record<'alone' | 'shared', number>>> {
  const { network, dataset } = context;
  const task = taskNamed(dataset.task);
  const { images, targets } = batchTensors(await dataset.train.slice(0, SAMPLES), dataset.train);
  const outset = outsetOf(context);
  const assignment = network.decisions.map(() => 0);
  const alone = new ConcreteNetwork(instantiate(network, assignment), task, freshFor(context), 0, 0, outset);
  const shared = new Supernet(network, task, new SeededRandom(5), 0, undefined, outset);
  await alone.fitSteps();
  await shared.refresh(assignment);
  const losses = {
    alone: (await alone.predict(SPARSIFYING, images, targets)).loss,
    shared: (await shared.predict(assignment, images, targets)).loss,
  };
  alone.dispose();
  shared.dispose();
  tf.dispose([images, targets]);
  return losses;
}

/** Mean squared error of a fresh network, away from the border. */
async function middleError(context: Context): Promise<number> {
  const { network, dataset } = context;
  const { train } = dataset;
  const architecture = instantiate(
    network,
    network.decisions.map(() => 0),
  );
  const task = taskNamed(dataset.task);
  const alone = new ConcreteNetwork(architecture, task, freshFor(context), 0, 0, outsetOf(context));
  const batch = await train.slice(0, SAMPLES);
  const { images, targets } = batchTensors(batch, train);
  await alone.fitSteps();
  const { outputs } = await alone.predict(SPARSIFYING, images, targets);
  alone.dispose();
  tf.dispose([images, targets]);
  const { width, height, channels } = train.targetShape!;
  const border = width / train.shape.width;
  const errors = [...outputs].flatMap((value, i) => {
    const [y, x] = [Math.floor(i / channels / width) % height, Math.floor(i / channels) % width];
    const inside = [y, x].every((at) => at >= border && at < width - border);
    return inside ? [(value - batch.targets![i]!) ** 2] : [];
  });
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

const SMALL: Shape = { height: 8, width: 8, channels: 1 };
const enlarged = (factor: number, channels = 1): Shape => ({ height: 8 * factor, width: 8 * factor, channels });
const HEAD = 'name: head, op: conv, kernel: 3x3, filters: 8 | 16';
const DIRECT = ['name: merge, op: add, from: tail', 'name: pixels, op: upsample'];

/** Networks that begin at the mean. */
const AT_MEAN: readonly (Omit<Given, 'unit' | 'mean'> & { readonly name: string })[] = [
  {
    name: 'values',
    task: 'regression',
    input: SMALL,
    target: { height: 1, width: 1, channels: 3 },
    layers: [HEAD, 'name: flat, op: flatten', 'name: values, op: dense, units: 3'],
  },
  {
    name: 'a vector of all values of a map',
    task: 'reconstruction',
    input: { height: 1, width: 8, channels: 2 },
    target: { height: 1, width: 8, channels: 2 },
    layers: ['name: flat, op: flatten', 'name: code, op: dense, units: 4 | 8', 'name: output, op: dense, units: 16'],
  },
  {
    name: 'a map',
    task: 'reconstruction',
    input: SMALL,
    target: SMALL,
    layers: [HEAD, 'name: output, op: dsconv, kernel: 3x3, filters: 1'],
  },
  {
    name: 'an image of one branch',
    task: 'super-resolution',
    input: SMALL,
    target: enlarged(2),
    layers: [
      HEAD,
      'name: tail, op: conv | ibn, kernel: 3x3, filters: 4, expand: 2',
      'name: pixels, op: upsample, factor: 2',
    ],
  },
  {
    name: 'an image of two branches',
    task: 'super-resolution',
    input: SMALL,
    target: enlarged(2),
    layers: [
      HEAD,
      'name: tail, op: conv, kernel: 3x3, filters: 4, activation: none',
      'name: other, op: residual, kernel: 3x3, filters: 4, shortcut: projection, input: head',
      ...DIRECT.map((layer, i) => (i === 1 ? `${layer}, factor: 2` : layer)),
    ],
  },
];

describe('where fresh networks begin', () => {
  before(openTestBackend);

  for (const { name, ...given } of AT_MEAN)
    for (const [unit, mean] of [
      [1, 0],
      [0.02, 0.5],
      [200, -1000],
    ] as const)
      it(`${given.task}, ${name}, in units of ${unit} about ${mean}: near the loss of the mean`, async () => {
        const context = await contextOf({ ...given, unit, mean });
        const { deviation } = context.dataset.outputs!;
        assert.ok(Math.abs(deviation / unit - 0.9) < 0.4, `the targets' deviation is ${deviation}`);
        for (const [who, loss] of Object.entries(await firstLosses(context))) {
          const share = loss / deviation ** 2;
          assert.ok(share > 0.8 && share < 1.2, `${who}: ${share} times the loss of the mean`);
        }
      });

  for (const factor of [2, 3, 4])
    for (const [kernel, most] of [
      ['1x1', 1.1],
      ['3x3', 0.5],
      ['5x5', 0.5],
    ] as const)
      for (const channels of [1, 3])
        it(`super-resolution ${factor} times, ${channels} channels, ${kernel} beside the body: near the input enlarged`, async () => {
          const context = await contextOf({
            task: 'super-resolution',
            input: { ...SMALL, channels },
            target: enlarged(factor, channels),
            unit: 0.2,
            mean: 0.5,
            layers: [
              HEAD,
              `name: tail, op: conv, kernel: 3x3, filters: ${channels * factor ** 2}, activation: none`,
              `name: base, op: conv, kernel: ${kernel}, filters: ${channels * factor ** 2}, bits: 8, sparsity: 0, activation: none, input: input`,
              'name: merge, op: add, from: tail',
              `name: pixels, op: upsample, factor: ${factor}`,
            ],
          });
          const { beyondInput, deviation } = context.dataset.outputs!;
          assert.ok(beyondInput! < deviation / 2);
          // Zeros outside the image darken its border under filters with neighbours: the middle says what they do.
          assert.ok((await middleError(context)) < most * beyondInput! ** 2);
          const base = instantiate(context.network, [0]).operations.find(({ layerName }) => layerName === 'base')!;
          const { w } = freshFor(context)(base);
          for (let o = 0; o < base.outChannels; o++) {
            const sum = w.reduce((total, value, i) => (i % base.outChannels === o ? total + value : total), 0);
            assert.ok(Math.abs(sum - 1) < 1e-6, `output ${o}: weights sum to ${sum}`);
          }
        });

  for (const task of ['super-resolution', 'reconstruction'] as const)
    for (const layers of [
      [HEAD, 'name: tail, op: conv, kernel: 3x3, filters: 1', 'name: out, op: add, from: input'],
      ['name: tail, op: residual, kernel: 3x3, filters: 1, activation: none, shortcut: identity'],
    ])
      it(`${task}, an input that is added at the end (${layers.length} layers): near the input`, async () => {
        const given = { task, input: SMALL, target: SMALL, layers, unit: 0.2, mean: 0.5 };
        const context = await contextOf(given);
        const { deviation, beyondInput } = context.dataset.outputs!;
        assert.equal(beyondInput, 0);
        for (const loss of Object.values(await firstLosses(context))) assert.ok(loss < 0.05 * deviation ** 2);
      });

  for (const [name, factor] of [
    ['super-resolution/super-resolution', 2],
    ['div2k/div2k-x2', 2],
    ['div2k/div2k-x3', 3],
    ['div2k/div2k-x4', 4],
  ] as const)
    it(`examples/${name}: its linear layer begins as an enlargement`, async () => {
      const text = await readFile(new URL(`../../../examples/${name}.udc.yaml`, import.meta.url), 'utf8');
      const network = parseDefinition(text).network!;
      const outputs = { mean: [0.4], deviation: 0.2, beyondInput: 0.05 };
      const outset = outsetOf({ network, dataset: { outputs } as unknown as Dataset });
      assert.equal(outset?.spread, 0.05);
      assert.deepEqual([...outset.carriers.values()], [{ factor }]);
    });

  it('classification begins as ever', async () => {
    const network = networkOf(
      'layers:\n  - { name: c, op: conv, kernel: 3x3, filters: 4 }\n  - { name: pool, op: global-average-pool }\n  - { name: logits, op: dense, units: 4 }\n',
    );
    const outputs = { mean: [5], deviation: 3 };
    const context = { network, dataset: { outputs } as unknown as Dataset, seed: 3 };
    assert.equal(outsetOf(context), undefined);
    const [given, ever] = [freshFor(context), freshTensors(3)];
    for (const operation of instantiate(network, []).operations.filter(
      ({ kind }) => kind === 'conv' || kind === 'dense',
    ))
      assert.deepEqual(given(operation), ever(operation));
  });

  it('steps of what makes the output are in the unit of what is to be learnt', async () => {
    const moved = async (unit: number): Promise<number> => {
      const context = await contextOf({ ...AT_MEAN[0]!, unit, mean: 0 });
      const { network, dataset } = context;
      const fresh = freshFor(context);
      const outset = outsetOf(context);
      const alone = new ConcreteNetwork(instantiate(network, [0]), taskNamed('regression'), fresh, 0, 0, outset);
      const { images, targets } = batchTensors(await dataset.train.slice(0, SAMPLES), dataset.train);
      await alone.fitSteps();
      const of = async (): Promise<Float32Array> =>
        Float32Array.from([...(await alone.read())].find(([id]) => id.startsWith('values'))![1].w);
      const before = await of();
      await alone.step(images, targets, SPARSIFYING, 0.01);
      const after = await of();
      alone.dispose();
      tf.dispose([images, targets]);
      const steps = after.map((value, i) => Math.abs(value - before[i]!)).sort();
      return steps[steps.length >> 1]! / outset!.spread;
    };
    for (const unit of [0.05, 1, 40]) assert.ok(Math.abs((await moved(unit)) - 0.01) < 1e-3, `${await moved(unit)}`);
  });
});
