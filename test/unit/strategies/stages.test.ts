/** Searches with stages of no epochs: all end, and are taken up from each of their checkpoints with the same events. */
import assert from 'node:assert/strict';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { SearchSession } from '../../../src/strategies/session/search-session.ts';
import { SessionPlan } from '../../../src/strategies/session/session-plan.ts';
import { strategyOf } from '../../../src/strategies/strategy-table.ts';
import type { SearchContext, SearchHooks } from '../../../src/training/problem.ts';
import type { RunEvent, RunResult, UnnumberedEvent } from '../../../src/wire/run.ts';
import { totalEpochs, withStagesInForce } from '../../../src/wire/stages.ts';
import { comparable, networkOf, openTestBackend, quadrants } from './support.ts';
import { limitsOf, mainNetwork } from '../../fixtures/run-parts.ts';

const LAYERS = `layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8, bits: 2 | 8, sparsity: 0.5 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;
const BUDGET = 400;
const dataset = quadrants({ train: 48, validation: 16, test: 48 });

/** [warmup, sparsify, settle] */
type Epochs = readonly [number, number, number];
const EPOCHS = [0, 1].flatMap((warmup) =>
  [0, 1].flatMap((sparsify) => [0, 1].map((settle): Epochs => [warmup, sparsify, settle])),
);

function contextOf(
  [warmup, sparsify, settle]: Epochs,
  { search = 1, layers = LAYERS, data = dataset } = {},
): SearchContext {
  const epochs = `warmup: ${warmup}, search: ${search}, sparsify: ${sparsify}, settle: ${settle}`;
  return {
    network: networkOf(`training: { ${epochs}, race: 2, batch: 16, learningRate: 0.01 }\n${layers}`),
    dataset: data,
    target: findTarget('ethos-u55-128'),
    limits: limitsOf(BUDGET),
    seed: 1,
    backend: { name: 'wasm', reason: 'test' },
  };
}

interface Checkpoint {
  readonly state: Uint8Array;
  readonly events: number;
}
interface Followed {
  readonly events: UnnumberedEvent[];
  readonly checkpoints: Checkpoint[];
  readonly result: RunResult;
}

/** What a search emits, with its checkpoints. */
async function follow(search: SearchSession): Promise<Followed> {
  const events: UnnumberedEvent[] = [];
  const checkpoints: Checkpoint[] = [];
  const hooks: SearchHooks = {
    emit: (event) => Promise.resolve(void events.push(event)),
    progress: () => undefined,
    keep: () => Promise.resolve(),
    signal: new AbortController().signal,
    checkpoint: async () => {
      checkpoints.push({ state: await search.state(), events: events.length });
    },
  };
  return { events, checkpoints, result: await search.run(hooks) };
}

describe('a definition that leaves nothing open', () => {
  before(openTestBackend);

  const fixed = LAYERS.replace('4 | 8', '8').replace('2 | 8', '8');
  for (const id of ['udc', 'evolution', 'random', 'uniform'] as const)
    it(`is only trained, by ${id}, from each checkpoint as without it`, async () => {
      const context = { ...contextOf([2, 1, 1], { layers: fixed }), limits: limitsOf(2000) };
      const { events, checkpoints, result } = await follow(await SearchSession.create(context, strategyOf(id)));
      const [started] = events;
      assert.ok(started?.type === 'started');
      assert.deepEqual(
        started.stages.map(({ epochs }) => epochs),
        [1, 1],
      );
      assert.deepEqual(started.curves, []);
      assert.deepEqual([events.filter(({ type }) => type === 'epoch').length, result.networks.length], [2, 1]);
      for (const { state, events: told } of checkpoints) {
        const again = await follow(await SearchSession.restore(context, strategyOf(id), state));
        assert.deepEqual(comparable(again.events), comparable(events.slice(told)));
      }
    });

  it('still trains shared weights that came with it, or that nothing is trained after', () => {
    const stages = (text: string): number => strategyOf('udc').stages(networkOf(`${text}\n${fixed}`)).length;
    assert.equal(stages('training: { warmup: 1, search: 1, sparsify: 1, settle: 1 }'), 0);
    assert.equal(stages('training: { warmup: 1, search: 1, sparsify: 0, settle: 0 }'), 3);
    assert.equal(
      stages('training: { warmup: 1, search: 1, sparsify: 1, settle: 1, initialWeights: w.safetensors }'),
      3,
    );
  });
});

describe('networks that were planned for and not found', () => {
  before(openTestBackend);

  it('have no epochs, and each checkpoint knows it', async () => {
    const roomy = { ...contextOf([1, 1, 1], { search: 3 }), limits: limitsOf(2000) };
    const strategy = strategyOf('random');
    const { costs, networks } = new SessionPlan(roomy.network, strategy, 3);
    assert.ok(networks > 1);
    const { smallest } = (await strategy.create(roomy, costs)).range;
    const context = { ...roomy, limits: limitsOf(smallest) };
    const { events, checkpoints, result } = await follow(await SearchSession.create(context, strategy));
    const [started] = events;
    assert.ok(started?.type === 'started');
    assert.equal(totalEpochs(started), 2 * networks);
    const told = events.flatMap((event) => (event.type === 'shortened' ? [event.reason] : []));
    assert.match(told.join(), /^the search space: one architecture was found where \d/);
    assert.equal(result.networks.length, 1);
    assert.equal(events.filter(({ type }) => type === 'epoch').length, 2);
    assert.equal(
      totalEpochs(
        withStagesInForce(
          { ...started, seq: 0 },
          events.map((event, seq) => ({ ...event, seq }) as RunEvent),
        ),
      ),
      2,
    );
    for (const { state, events: before } of checkpoints) {
      const again = await follow(await SearchSession.restore(context, strategy, state));
      assert.deepEqual(comparable(again.events), comparable(events.slice(before)));
    }
  });
});

describe('stages of no epochs', () => {
  before(openTestBackend);

  for (const epochs of EPOCHS) {
    const [warmup, sparsify, settle] = epochs;
    it(`warmup ${warmup}, sparsify ${sparsify}, settle ${settle}`, async function () {
      this.timeout(120_000);
      const context = contextOf(epochs);
      const whole = await follow(await SearchSession.create(context, strategyOf('udc')));
      const stages = whole.events.flatMap((event) => (event.type === 'epoch' ? [event.stage] : []));
      const expected = [
        ['warmup', warmup],
        ['search', 1],
        ['sparsify', sparsify],
        ['settle', settle],
      ];
      assert.deepEqual(
        stages,
        expected.flatMap(([stage, count]) => (count === 1 ? [stage] : [])),
      );
      const { certificate, layers, steps } = mainNetwork(whole.result);
      assert.ok(certificate.exactBytes <= BUDGET);
      assert.ok(layers[0]!.achievedSparsity! >= 0.5, `the stem has ${layers[0]!.achievedSparsity} zeros`);
      assert.equal(steps, 3 * (sparsify + settle || warmup + 1));
      for (const { state, events } of whole.checkpoints) {
        const resumed = await follow(await SearchSession.restore(context, strategyOf('udc'), state));
        assert.deepEqual(comparable(resumed.events), comparable(whole.events.slice(events)));
        assert.deepEqual(resumed.result, whole.result);
      }
    });
  }

  it('keep what the search has trained where nothing is trained after it', async function () {
    this.timeout(120_000);
    const layers = LAYERS.replace('pool, op: global-average-pool', 'flat, op: flatten');
    const data = quadrants({ train: 160, validation: 48, test: 128 });
    const context = contextOf([4, 0, 0], { search: 8, layers, data });
    const { result } = await follow(
      await SearchSession.create({ ...context, limits: limitsOf(3000) }, strategyOf('udc')),
    );
    const { integerMetric } = mainNetwork(result);
    assert.ok(integerMetric > 0.9, `accuracy ${integerMetric} of 4 classes`);
  });

  it('are refused for the search itself', () => {
    const head = 'udc: 1\nname: a\ninput: 8x8x1\ntarget: { npu: ethos-u55-128 }\n';
    const { diagnostics } = parseDefinition(`${head}training: { search: 0 }\n${LAYERS}`);
    assert.deepEqual(
      diagnostics.map(({ line }) => line),
      [5],
    );
    assert.match(diagnostics[0]!.message, /search.*1 or more/);
  });
});
