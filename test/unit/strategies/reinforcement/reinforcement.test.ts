/** Compression of a network whose weights are given: what is declared, what is told of episodes, and what comes out. */
import assert from 'node:assert/strict';
import { loadDatasets } from '../../../../src/data/load-sizes.ts';
import { readInitialWeights } from '../../../../src/integer/initial-weights.ts';
import { episodesPerEpoch, stageEpochs } from '../../../../src/strategies/reinforcement/reinforcement-declaration.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import type { SearchContext } from '../../../../src/training/problem.ts';
import { limitsOf } from '../../../fixtures/run-parts.ts';
import { comparable, networkOf, openTestBackend, quadrants, run } from '../support.ts';

const WHOLE = `training: { warmup: 1, search: 1, sparsify: 0, settle: 12, batch: 16, learningRate: 0.01 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 16 }
  - { name: block, op: dsconv, kernel: 3x3, filters: 24 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;
const OPEN = WHOLE.replace('filters: 16', 'filters: 4 | 8 | 16')
  .replace('filters: 24', 'filters: 8 | 16 | 24')
  .replace(
    'training: {',
    'search: { bits: 2 | 4 | 8, sparsity: 0 | 0.25 | 0.5 }\ntraining: { initialWeights: whole.safetensors,',
  )
  .replace('warmup: 1, search: 1, sparsify: 0, settle: 12', 'warmup: 1, search: 3, race: 1, sparsify: 1, settle: 2');

const dataset = quadrants({ train: 96, validation: 32, test: 32 });
const contextOf = (text: string, budget: number): SearchContext => ({
  network: networkOf(text),
  dataset,
  target: findTarget('mcu-packed'),
  limits: limitsOf(budget),
  seed: 3,
  backend: { name: 'wasm', reason: 'test' },
});

describe('compression by reinforcement learning', () => {
  before(openTestBackend);

  it('prunes and quantises the network that is given, and tells of its episodes', async function () {
    this.timeout(240_000);
    const whole = await run(contextOf(WHOLE, 4000), [], 'uniform');
    const weights = readInitialWeights(whole.files.get('weights.safetensors')!);
    const budget = Math.round(0.5 * whole.result.networks[0].certificate.exactBytes);
    const context: SearchContext = {
      ...contextOf(OPEN, budget),
      initial: { file: 'whole.safetensors', sha256: '0'.repeat(64), weights },
    };
    const { events, result } = await run(context, [], 'reinforcement');
    const started = events.find((event) => event.type === 'started')!;
    assert.equal(started.initialWeights?.taken, started.initialWeights?.operations);
    assert.deepEqual(
      started.stages.map(({ id, epochs }) => [id, epochs]),
      [
        ['prune', 2],
        ['bits', 2],
        ['sparsify', 1],
        ['settle', 2],
      ],
      'no network has to be trained first',
    );
    const epochs = events.filter((event) => event.type === 'epoch');
    const [prune, bits] = ['prune', 'bits'].map((stage) => epochs.filter((epoch) => epoch.stage === stage));
    for (const { numbers, probabilities, learningRate } of [...prune!, ...bits!]) {
      assert.ok(learningRate > 0 && learningRate <= 0.01, 'that of a step, not of none');
      assert.ok(numbers['episodes']! >= 1);
      for (const row of probabilities) assert.ok(Math.abs(row.reduce((a, b) => a + b, 0) - 1) < 1e-9);
    }
    for (const { numbers } of prune!) assert.ok(numbers['pruneReward']! >= 0 && numbers['pruneReward']! <= 1);
    for (const { exactBytes, numbers } of bits!) {
      assert.ok(exactBytes <= budget);
      assert.ok(Math.abs(numbers['bitsReward']!) <= 10);
    }
    const judged = events.find((event) => event.type === 'predicted')!;
    assert.ok(judged.count >= 1 && judged.best <= judged.worst);
    assert.ok(result.networks[0].certificate.exactBytes <= budget);
  });

  it('reads its samples at the size that fits, interrupted or not', async function () {
    this.timeout(240_000);
    const network = networkOf(
      OPEN.replace('initialWeights: whole.safetensors,', '').replace('warmup: 1, search: 3', 'warmup: 1, search: 2'),
      `udc: 1
name: sized
input: 16x16x1 | 8x8x1
dataset: { format: generated, generator: shapes, samples: 200, seed: 1 }
prepare: [{ resize: input }]
target: { npu: mcu-packed }
`,
    );
    const context: SearchContext = {
      ...contextOf(OPEN, 1500),
      network,
      dataset: await loadDatasets(network.definition, process.cwd()),
      limits: limitsOf(1500, 400),
    };
    const whole = await run(context, [], 'reinforcement');
    const { decisions, totals } = whole.result.networks[0];
    assert.equal(decisions.find(({ kind }) => kind === 'resolution')?.label, '8x8x1');
    assert.ok(totals.peakActivationBytes <= 400);
    const interrupted = await run(context, [3, 11, 24], 'reinforcement');
    assert.deepEqual(comparable(interrupted.events), comparable(whole.events));
  });

  it('shares out the steps of a search, an epoch for each stage at least', () => {
    const spec = networkOf(OPEN).definition.training;
    const fresh = networkOf(OPEN.replace('initialWeights: whole.safetensors,', '')).definition.training;
    for (const search of [0, 1, 2, 5, 40, 200]) {
      const given = stageEpochs({ ...spec, warmup: 0, search, race: 1 });
      assert.equal(given.network, 0);
      assert.equal(given.prune + given.bits, Math.max(2, search));
      const { network, prune, bits } = stageEpochs({ ...fresh, warmup: 0, search, race: 1 });
      assert.equal(network + prune + bits, Math.max(3, search));
    }
  });

  it('has about a hundred episodes a stage where steps suffice, and one an epoch at least', () => {
    assert.equal(episodesPerEpoch(1, 3), 1);
    assert.equal(episodesPerEpoch(200, 500), 1);
    assert.equal(episodesPerEpoch(20, 100), 5);
    assert.equal(episodesPerEpoch(10, 24), 3);
  });
});
