/** Memory-driven bits as a strategy: the largest network with the bits of the rule, trained and within its memories. */
import assert from 'node:assert/strict';
import { activationMemory } from '../../../src/costs/activations/activation-memory.ts';
import { readInitialWeights } from '../../../src/integer/initial-weights.ts';
import { fitBits } from '../../../src/costs/allocate/fit-bits.ts';
import { decidedAssignment } from '../../../src/network/decided-assignment.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { StrategySearch } from '../../../src/strategies/strategy-search.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { UndecidedError, UntrainedError, type SearchContext } from '../../../src/training/problem.ts';
import { networkOf, openTestBackend, quadrants, run } from './support.ts';

const HEAD = `udc: 1
name: small
task: classification
input: 12x12x1
dataset: { format: generated, generator: shapes, samples: 200, seed: 1 }
target: { npu: mcu-packed }
`;
const BODY = `
search: { strategy: memory-driven, bits: 2 | 4 | 8, activationBits: 2 | 4 | 8 }
training: { warmup: 1, search: 1, sparsify: 1, settle: 2, batch: 40 }
layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 4 | 8 }
  - { name: block, op: dsconv, kernel: 3x3, filters: 16, stride: 2 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;
const target = findTarget('mcu-packed');

function contextOf(weights: number, activations: number, body = BODY): SearchContext {
  return {
    network: networkOf(body, HEAD),
    dataset: quadrants({ train: 200, validation: 80, test: 80 }),
    target,
    limits: [
      { cost: 'weights', limit: weights, from: 'given' },
      { cost: 'activations', limit: activations, from: 'given' },
    ],
    seed: 5,
    backend: { name: 'wasm', reason: 'test' },
  };
}

describe('memory-driven', () => {
  before(openTestBackend);

  it('trains the largest network with the bits that its memories leave it', async () => {
    // 8-bit maps of 12x12x8 and their copies need 2.3 kB; weights of 8 bits some 600 B.
    const context = contextOf(560, 1100);
    const { result } = await run(context, [], 'memory-driven');
    const [network] = result.networks;
    const decided = decidedAssignment(context.network, network.decisions);
    assert.ok(!('undecided' in decided));
    const architecture = instantiate(context.network, decided.assignment);
    const label = (id: string): string => network.decisions.find((one) => one.id === id)!.label;
    assert.equal(label('stem.filters'), '8');
    assert.equal(label('stem.activationBits'), '4');
    assert.equal(label('logits.activationBits'), '8');
    assert.ok(activationMemory(architecture, target).peakBytes <= 1100);
    assert.ok(network.certificate.exactBytes <= 560);
    assert.equal(network.totals.peakActivationBytes, activationMemory(architecture, target).peakBytes);
    const [stem, block, pool, logits] = network.layers.map(({ activationBits }) => String(activationBits ?? 8));
    assert.deepEqual(
      [stem, block, pool, logits],
      [label('stem.activationBits'), label('block.activationBits'), label('block.activationBits'), '8'],
    );
    // The rule of `udc fit` says the same of these widths.
    const fixed = networkOf(BODY.replace('filters: 4 | 8', 'filters: 8'), HEAD);
    const fit = fitBits({ network: fixed, target, limits: { weights: 560, activations: 1100 } });
    for (const { name, bits, activationBits } of fit.rows) {
      if (bits !== undefined) assert.equal(label(`${name}.bits`), String(bits), name);
      if (activationBits !== undefined) assert.equal(label(`${name}.activationBits`), String(activationBits), name);
    }
  });

  it('takes narrower layers where no bits make the widest fit', async () => {
    const { result } = await run(contextOf(560, 420), [], 'memory-driven');
    const [network] = result.networks;
    assert.equal(network.decisions.find(({ id }) => id === 'stem.filters')!.label, '4');
    assert.ok(network.totals.peakActivationBytes <= 420);
  });

  it('gives the most bits on offer where they fit, also where they are no halving of 8', async () => {
    const offered = BODY.replace('bits: 2 | 4 | 8', 'bits: 2 | 3 | 6');
    const context = { ...contextOf(4000, 8000, offered), target: findTarget('ethos-u55-128') };
    const bits = ({ result }: Awaited<ReturnType<typeof run>>): readonly string[] =>
      result.networks[0].decisions.filter(({ id }) => id.endsWith('.bits')).map(({ label }) => label);
    const fixed = offered.replace(', activationBits: 2 | 4 | 8', '');
    const network = networkOf(fixed, HEAD.replace('mcu-packed', 'ethos-u55-128'));
    assert.deepEqual(bits(await run({ ...context, network }, [], 'memory-driven')), ['6', '6', '6']);
  });

  it('says that nothing would train its result, as all do that train nothing before', async () => {
    const none = BODY.replace('sparsify: 1, settle: 2', 'sparsify: 0, settle: 0');
    const stated = none.replace('activationBits: 2 | 4 | 8', 'activationBits: 8');
    for (const [strategy, body] of [
      ['memory-driven', none],
      ['random', stated],
      ['uniform', stated],
    ] as const)
      await assert.rejects(run(contextOf(560, 1100, body), [], strategy), (error: unknown) => {
        assert.ok(error instanceof UntrainedError);
        assert.match(error.message, /`sparsify` and `settle` are 0, .*: give one of them an epoch\.$/);
        return true;
      });
  });

  describe('on a network that comes with its weights', () => {
    const WHOLE = BODY.replace(/search: .*\n/, '')
      .replace('filters: 4 | 8', 'filters: 8')
      .replace('sparsify: 1, settle: 2', 'sparsify: 2, settle: 6');
    // Three steps that hardly learn: what is right afterwards, the given weights have brought.
    const AFTER = BODY.replace('sparsify: 1, settle: 2, batch: 40', 'sparsify: 0, settle: 1, batch: 80');
    let initial: SearchContext['initial'];
    let trained: number;

    before(async function () {
      this.timeout(240_000);
      const { files, result } = await run(contextOf(4000, 8000, WHOLE), [], 'uniform');
      trained = result.networks[0].integerMetric;
      initial = {
        file: 'whole.safetensors',
        sha256: '0'.repeat(64),
        weights: readInitialWeights(files.get('weights.safetensors')!),
      };
    });

    it('trains from them, tells of them, and knows them after an interruption', async () => {
      const context = contextOf(560, 2400, AFTER);
      const fresh = await run(context, [], 'memory-driven');
      const given = await run({ ...context, initial: initial! }, [], 'memory-driven');
      const accuracy = ({ result }: typeof given): number => result.networks[0].integerMetric;
      assert.ok(accuracy(given) > accuracy(fresh) + 0.2, `${accuracy(given)} after ${accuracy(fresh)}`);
      assert.ok(accuracy(given) > trained - 0.2, `${accuracy(given)} of ${trained}`);
      const started = given.events.find((event) => event.type === 'started')!;
      assert.equal(started.initialWeights?.file, 'whole.safetensors');
      assert.equal(started.initialWeights.taken, started.initialWeights.operations);
      assert.equal(fresh.events.find((event) => event.type === 'started')!.initialWeights, undefined);
      assert.deepEqual(given.result.networks[0].decisions, fresh.result.networks[0].decisions);
      for (const at of [1, 2]) {
        const again = await run({ ...context, initial: initial! }, [at], 'memory-driven');
        assert.deepEqual(again.files, given.files, `interrupted at step ${at}`);
      }
    });

    it('keeps its first channels where no bits make the whole fit', async () => {
      const { result } = await run({ ...contextOf(560, 420, AFTER), initial: initial! }, [], 'memory-driven');
      const [network] = result.networks;
      assert.equal(network.decisions.find(({ id }) => id === 'stem.filters')!.label, '4');
      assert.ok(network.totals.peakActivationBytes <= 420);
    });
  });

  it('alone decides how many bits maps have', async () => {
    const context = contextOf(560, 1100);
    for (const choice of [
      { strategy: 'udc', baselines: [] },
      { strategy: 'memory-driven', baselines: ['uniform'] },
    ])
      await assert.rejects(StrategySearch.create(context, choice), (error: unknown) => {
        assert.ok(error instanceof UndecidedError);
        assert.match(error.message, /`stem\.activationBits` is a choice \(2 \| 4 \| 8\), which .* does not decide/);
        return true;
      });
    const stated = contextOf(560, 1100, BODY.replace('activationBits: 2 | 4 | 8', 'activationBits: 4'));
    const { result } = await run(stated, [], 'random');
    assert.ok(result.networks.every(({ totals }) => totals.peakActivationBytes <= 1100));
  });
});
