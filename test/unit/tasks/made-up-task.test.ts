/** Tasks that nobody has built, put into the two tables: everything else goes by the tables alone. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { curves, gainOver, paretoPoints, verdict } from '../../../src/charts/curves.ts';
import { LiveView } from '../../../src/cli/terminal/live.ts';
import { checkOutput } from '../../../src/data/data-fit.ts';
import { datasetOf, openSamples } from '../../../src/data/load-dataset.ts';
import { taskOf } from '../../../src/formats/definition/guess-task.ts';
import { buildNetwork } from '../../../src/network/build-network.ts';
import type { Architecture, Definition } from '../../../src/network/types.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { squaredError } from '../../../src/tasks/squared-error.ts';
import { TASKS } from '../../../src/tasks/tasks.ts';
import { formatMetric, formatNamedMetric, type MetricName } from '../../../src/wire/tasks/metrics.ts';
import { runEvent, runResult } from '../../../src/wire/run-schema.ts';
import type { TaskSpec } from '../../../src/wire/tasks/task-spec.ts';
import { DEFAULT_TASK, TASK_SPECS, taskSpec, type TaskName } from '../../../src/wire/tasks/task-table.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';
import { npy } from '../data/fixtures.ts';
import { networkOf, openTestBackend, run } from '../strategies/support.ts';

/** Two numbers for each sample; the lower the better. */
const AIM: TaskSpec = {
  id: 'aim',
  about: 'Trains where an arrow points, and reports the miss.',
  metric: {
    id: 'miss',
    title: 'Miss',
    name: 'miss',
    about: 'How far arrows land from where they point.',
    unit: 'number',
    better: 'lower',
    difference: (amount) => `${amount.toFixed(2)} yards`,
  },
  targets: 'values',
  inputs: 'standardised',
  outputName: 'landing',
  endsIn: 'two numbers (task: aim)',
  outputProblem: ({ channels }) =>
    channels.length === 1 && channels[0] === 2
      ? undefined
      : {
          code: 'not-two',
          at: 'channels',
          message: `An arrow lands in 2 numbers, not ${channels.join()}`,
          channels: 2,
        },
  recognise: ({ height, channels }) => (height === 1 && channels === 2 ? ['two numbers: an arrow'] : undefined),
};

/** The sample itself. */
const ECHO: TaskSpec = {
  ...AIM,
  id: 'echo',
  metric: { ...AIM.metric, id: 'distortion', title: 'Distortion', name: 'distortion' },
  targets: 'input',
  inputs: 'unit-range',
  outputName: 'echo',
  endsIn: 'its input (task: echo)',
  outputProblem: () => undefined,
  recognise: () => undefined,
};

const specs = TASK_SPECS as unknown as Record<string, TaskSpec>;
const halves = TASKS as unknown as Record<string, (typeof TASKS)[TaskName]>;
const aim = 'aim' as TaskName;
const echo = 'echo' as TaskName;
const miss = 'miss' as MetricName;

const COUNT = { train: 48, test: 16 };
const BODY = `search: { bits: 4 | 8 }
training: { warmup: 1, search: 1, race: 2, sparsify: 1, settle: 1, batch: 16, learningRate: 0.01 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8 }
  - { name: pool, op: global-average-pool }
  - { name: landing, op: dense, units: 2 }
`;
const SAME_SIZE = `search: { bits: 4 | 8 }
training: { warmup: 1, search: 1, race: 2, sparsify: 1, settle: 1, batch: 16, learningRate: 0.01 }
layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 4 | 8 }
  - { name: echo, op: conv, kernel: 3x3, filters: 1, activation: none }
`;

const head = (task: TaskName): string => `udc: 1
name: made-up
task: ${task}
input: 12x12x1
target: { npu: ethos-u55-128 }
`;
/** A task that is built, whose networks have such an output. */
const HEAD_OF_SHAPE = { vector: head('classification'), image: head('super-resolution') };

describe('a task that nobody has built', () => {
  let folder: string;

  before(async () => {
    await openTestBackend();
    // Not the first: what tables ask in their order comes after what is built.
    for (const spec of [AIM, ECHO]) {
      specs[spec.id] = spec;
      halves[spec.id] = squaredError(Math.sqrt);
    }
    folder = await mkdtemp(join(tmpdir(), 'udc-task-'));
    for (const [part, count] of Object.entries(COUNT)) {
      const x = Float32Array.from({ length: count * 144 }, (_, i) => Math.sin(i * (1 + (Math.floor(i / 144) % 5))));
      const y = Float32Array.from(
        { length: count * 2 },
        (_, i) => 10 + (Math.floor(i / 2) % 5) * (i % 2 === 0 ? 1 : -3),
      );
      await writeFile(join(folder, `x_${part}.npy`), npy('<f4', [count, 12, 12, 1], x));
      await writeFile(join(folder, `y_${part}.npy`), npy('<f4', [count, 2], y));
    }
  });

  after(async () => {
    for (const { id } of [AIM, ECHO]) {
      Reflect.deleteProperty(specs, id);
      Reflect.deleteProperty(halves, id);
    }
    await rm(folder, { recursive: true });
  });

  const definitionOf = (task: TaskName, body: string): Definition => ({
    ...networkOf(body, HEAD_OF_SHAPE[body === BODY ? 'vector' : 'image']).definition,
    task,
    dataset: { format: 'npy', path: folder, validation: 0.25, augment: { crop: 0, flip: false } },
  });

  it('asks of a definition what its entry says, and offers what would be right', () => {
    const definition = definitionOf(aim, BODY);
    buildNetwork(definition);
    const three = networkOf(BODY.replace('units: 2', 'units: 3'), HEAD_OF_SHAPE.vector).definition;
    assert.throws(() => buildNetwork({ ...three, task: aim }), /An arrow lands in 2 numbers, not 3/);
  });

  for (const [task, body] of [
    [aim, BODY],
    [echo, SAME_SIZE],
  ] as const) {
    it(`${task}: reads its targets, is searched, and its run passes the checks of files`, async function () {
      this.timeout(120_000);
      const definition = definitionOf(task, body);
      const network = buildNetwork(definition);
      const samples = await openSamples(definition, folder);
      checkOutput(network, samples, 'a.udc.yaml');
      const dataset = await datasetOf(definition, samples);
      assert.equal(dataset.classes, 0);
      const { images, targets } = await dataset.train.slice(0, dataset.train.count);
      if (task === echo) assert.deepEqual(targets, images);
      else {
        const { mean, std } = dataset.train.targetScaling!;
        assert.deepEqual(
          [...new Set(Array.from(targets!, (value, i) => Math.round(value * std[i % 2]! + mean[i % 2]!)))].sort(
            (a, b) => a - b,
          ),
          [-2, 1, 4, 7, 10, 11, 12, 13, 14],
        );
      }
      for (const strategy of ['random', 'udc']) {
        const { events, result } = await run(
          {
            network,
            dataset,
            target: findTarget('ethos-u55-128'),
            limits: limitsOf(2000),
            seed: 3,
            backend: { name: 'wasm', reason: 'test' },
          },
          [],
          strategy,
        );
        assert.equal(result.metric, taskSpec(task).metric.id);
        events.forEach((event, seq) => runEvent(JSON.parse(JSON.stringify({ ...event, seq }))));
        const read = runResult(JSON.parse(JSON.stringify(result)));
        const chart = curves(events.map((event, seq) => ({ ...event, seq }))).find(({ id }) => id === 'metric')!;
        assert.deepEqual([chart.title, chart.unit], [taskSpec(task).metric.title, 'number']);
        assert.ok(read.networks[0].integerMetric > 0);
        const lines: string[] = [];
        const io = { out: () => undefined, err: (text: string) => void lines.push(text), columns: 80 };
        const view = new LiveView({ ...io, rewriteLine: () => undefined });
        events.forEach((event, seq) => view.event({ ...event, seq }));
        assert.match(lines.join(''), new RegExp(taskSpec(task).metric.id));
        if (task !== aim || strategy !== 'random') continue;
        const of = (integerMetric: number, exactBytes: number): typeof result => ({
          ...result,
          networks: [{ ...result.networks[0], integerMetric }],
          baselines: [
            { name: 'straw', details: '', exactBytes, floatMetric: 1, integerMetric: 0.75 },
            { name: 'hay', details: '', exactBytes, floatMetric: 1, integerMetric: 0.5 },
          ],
        });
        assert.match(verdict(of(0.25, 1))!, /^0\.25 miss in .*: 0\.25 yards below the best baseline .*\(hay, 0\.5\)/);
        assert.equal(gainOver(of(0.75, 1)), '+0.25 yards against hay');
        const front = paretoPoints([{ name: 'aim', result: of(0.25, 1e6) }]).filter((point) => point.front);
        assert.deepEqual(
          front.map(({ name }) => name),
          ['aim'],
          'lower and smaller',
        );
      }
    });
  }

  it('says what is missing where a source has classes only', async () => {
    const definition: Definition = {
      ...definitionOf(aim, BODY),
      dataset: {
        format: 'generated',
        generator: 'shapes',
        samples: 20,
        validation: 0.1,
        augment: { crop: 0, flip: false },
      },
    };
    const read = openSamples({ ...definition, input: { height: 16, width: 16, channels: 1 } }, folder);
    await assert.rejects(read, /no target values; aim needs values to reach \(format npy\)|samples are/);
  });

  it('is written with its name and unit, and recognised after those that are built', () => {
    assert.deepEqual([formatMetric(miss, 0.25), formatNamedMetric(miss, 0.25)], ['0.25', '0.25 miss']);
    const architecture = {
      input: { height: 4, width: 4, channels: 1 },
      operations: [{ layerName: 'a', outSize: { height: 4, width: 3 }, outChannels: 7 }],
    } as unknown as Architecture;
    assert.throws(
      () => taskOf(architecture),
      /one value for each class, .*or in two numbers \(task: aim\), or in its input/,
    );
    assert.equal(taskSpec(DEFAULT_TASK).id, 'classification');
  });
});
