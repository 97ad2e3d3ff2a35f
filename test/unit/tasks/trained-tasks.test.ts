/** Regression and anomaly detection from files to results, by several strategies. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDataset } from '../../../src/data/load-dataset.ts';
import { buildNetwork } from '../../../src/network/build-network.ts';
import { quantiseGrid, dequantise, quantiseValues } from '../../../src/integer/activation-grid.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { naiveVerdict } from '../../../src/wire/tasks/naive-verdict.ts';
import { runResult } from '../../../src/wire/run-schema.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import type { RunResult } from '../../../src/wire/run.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';
import { npy } from '../data/fixtures.ts';
import { openTestBackend, run } from '../strategies/support.ts';

const head = (task: string, input: string): string => `udc: 1
name: ${task}
task: ${task}
input: ${input}
dataset: { format: npy, path: ${task}, validation: 0.2 }
target: { npu: ethos-u55-128 }
search: { bits: 4 | 8 }
training: { warmup: 2, search: 2, race: 2, sparsify: 3, settle: 2, batch: 16 }
`;
const TEXTS = {
  regression: `${head('regression', '4x4x1')}layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 8 | 16 }
  - { name: flat, op: flatten }
  - { name: values, op: dense, units: 2 }
`,
  reconstruction: `${head('reconstruction', '1x4x4')}layers:
  - { name: flat, op: flatten }
  - { name: encode, op: dense, units: 8 | 16 }
  - { name: code, op: dense, units: 4 }
  - { name: decode, op: dense, units: 8 | 16 }
  - { name: output, op: dense, units: 16 } # a vector of all values of the map
`,
};
/** Sines of few phases: 16 numbers that two make. */
const wave = (n: number, strange: boolean): number[] =>
  Array.from({ length: 16 }, (_, i) => Math.sin(n * 1.7 + (strange ? i * i : i) * (0.3 + (n % 3) * 0.1)));

describe('tasks beside classification, all through', () => {
  let folder: string;
  before(async () => {
    await openTestBackend();
    folder = await mkdtemp(join(tmpdir(), 'udc-tasks-'));
    for (const task of Object.keys(TEXTS)) await mkdir(join(folder, task));
    for (const [part, count] of [
      ['train', 160],
      ['test', 40],
    ] as const) {
      const anomalous = (n: number): boolean => part === 'test' && n % 2 === 1;
      const x = (strange: (n: number) => boolean): Float32Array =>
        Float32Array.from(Array.from({ length: count }, (_, n) => wave(n, strange(n))).flat());
      const normal = x(() => false);
      // Units of their own: a large mean, a small deviation.
      const y = Float32Array.from({ length: 2 * count }, (_, i) =>
        i % 2 === 0 ? 5000 + 20 * normal[16 * (i >> 1)]! : 0.01 * normal[16 * (i >> 1) + 5]!,
      );
      await writeFile(join(folder, 'regression', `x_${part}.npy`), npy('<f4', [count, 4, 4], normal));
      await writeFile(join(folder, 'regression', `y_${part}.npy`), npy('<f4', [count, 2], y));
      await writeFile(join(folder, 'reconstruction', `x_${part}.npy`), npy('<f4', [count, 1, 4, 4], x(anomalous)));
    }
    const labels = Int32Array.from({ length: 40 }, (_, n) => n % 2);
    await writeFile(join(folder, 'reconstruction', 'y_test.npy'), npy('<i4', [40], labels));
  });
  after(() => rm(folder, { recursive: true }));

  const search = async (task: keyof typeof TEXTS, strategy: string): Promise<RunResult> => {
    const { definition } = parseDefinition(TEXTS[task]);
    const network = buildNetwork(definition!);
    const dataset = await loadDataset(definition!, folder);
    const { events, result } = await run(
      {
        network,
        dataset,
        target: findTarget('ethos-u55-128'),
        limits: limitsOf(4000),
        seed: 1,
        backend: { name: 'wasm', reason: 'test' },
      },
      [],
      strategy,
    );
    const started = events.find((event) => event.type === 'started');
    assert.equal(started?.type === 'started' && started.data?.outputScaling !== undefined, task === 'regression');
    return runResult(JSON.parse(JSON.stringify(result)));
  };

  for (const strategy of ['udc', 'once-for-all', 'reinforcement', 'evolution', 'random', 'uniform']) {
    it(`${strategy}: regression is judged in the units of its targets, beside their mean`, async function () {
      this.timeout(120_000);
      const result = await search('regression', strategy);
      const [{ integerMetric, measures }] = result.networks;
      // The mean's absolute error is near 0.64 of an amplitude of 20, halved by the other output's 0.01.
      assert.ok(Math.abs(result.naive!.metric - 6.4) < 0.5, `${result.naive!.metric}`);
      assert.equal(result.metric, 'mae');
      assert.ok(integerMetric < result.naive!.metric, `${integerMetric}`);
      assert.ok(measures!['r2']! > 0.2 && measures!['r2']! <= 1);
      assert.match(naiveVerdict(result)!, /MAE: .* better than the mean of the training targets/);
    });

    if (strategy === 'udc' || strategy === 'once-for-all')
      it(`${strategy}: an autoencoder is judged by how it tells anomalies`, async function () {
        this.timeout(120_000);
        const result = await search('reconstruction', strategy);
        const [{ integerMetric, measures }] = result.networks;
        assert.equal(result.metric, 'auc');
        assert.ok(integerMetric >= 0 && integerMetric <= 1);
        assert.deepEqual(Object.keys(measures!), ['pauc', 'error-normal', 'error-anomalous']);
        if (result.offers) assert.equal(result.offers.metric, 'mse');
      });
  }

  it('regression: the range of the output holds all training targets', async () => {
    const { definition } = parseDefinition(TEXTS.regression);
    const dataset = await loadDataset(definition!, folder);
    const { targets } = await dataset.train.slice(0, dataset.train.count);
    const grid = quantiseGrid(dataset.targetRange!);
    const back = dequantise(quantiseValues(targets!, grid), grid);
    targets!.forEach((value, i) => {
      assert.ok(Math.abs(back[i]! - value) <= grid.scale / 2 + 1e-6);
    });
  });
});
