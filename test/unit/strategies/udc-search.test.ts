/** Whole searches on small problems: the budget, determinism, resumption, refusal, memory. */
import assert from 'node:assert/strict';
import { findTarget } from '../../../src/targets/find-target.ts';
import { BudgetError, TargetError } from '../../../src/training/problem.ts';
import type { SearchContext } from '../../../src/training/problem.ts';
import { SearchSession } from '../../../src/strategies/session/search-session.ts';
import { strategyOf } from '../../../src/strategies/strategy-table.ts';
import { FLOOR } from '../../../src/strategies/space/budget-use.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import { cases } from '../../cases.ts';
import { comparable, networkOf, openTestBackend, quadrants, run } from './support.ts';
import { weightLimit } from '../../../src/wire/limits.ts';
import { isDeciding } from '../../../src/wire/stages.ts';
import { limitsOf, mainNetwork } from '../../fixtures/run-parts.ts';

const TRAINING = 'training: { warmup: 1, search: 2, sparsify: 1, settle: 2, batch: 16, learningRate: 0.01 }\n';
const SPACE = `search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 | 0.8 }
${TRAINING}layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8 | 16 | 24 }
  - { name: block, op: dsconv | conv | skip, kernel: 3x3 | 5x5, filters: 8 | 16 | 32 }
  - { name: deep, op: ibn | skip, kernel: 3x3, filters: 8 | 16 | 24, expand: 2 | 4 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;

describe('a search', () => {
  const data = quadrants({ train: 160, validation: 48, test: 64 });
  const contextFor = (budgetBytes: number, seed = 1, target = 'ethos-u55-128', space = SPACE): SearchContext => ({
    network: networkOf(space),
    dataset: data,
    target: findTarget(target),
    limits: limitsOf(budgetBytes),
    seed,
    backend: { name: 'wasm', reason: 'test' },
  });

  before(openTestBackend);

  it('gives the same events for the same seed, interrupted or not', async function () {
    this.timeout(120_000);
    const context = contextFor(2400);
    const whole = await run(context);
    const interrupted = await run(context, [3, 17, 31, 44, 75, 110, 150, 190]);
    assert.deepEqual(comparable(interrupted.events), comparable(whole.events));
    assert.deepEqual(interrupted.result, whole.result);
    const PHASES = ['started', 'epoch', 'decoded'];
    assert.deepEqual(
      whole.events.map((event) => event.type).filter((type) => PHASES.includes(type)),
      ['started', 'epoch', 'epoch', 'epoch', 'decoded', 'epoch', 'epoch', 'epoch'],
    );
    const tensors = whole.events.flatMap((event) =>
      event.type === 'epoch' && (event.stage === 'warmup' || event.stage === 'search') ? [event.measured.tensors] : [],
    );
    assert.equal(new Set(tensors).size, 1, `tensors leak: ${tensors.join(' ')}`);
    const started = whole.events.find((event) => event.type === 'started')!;
    assert.deepEqual(
      started.stages.map(({ id, epochs }) => [id, epochs]),
      [
        ['warmup', 1],
        ['search', 2],
        ['race', 0],
        ['sparsify', 1],
        ['settle', 2],
      ],
    );
    for (const event of whole.events) {
      if (event.type !== 'epoch') continue;
      for (const norm of Object.values(event.norms)) assert.ok(Math.abs(norm - 1) < 1e-3);
      const decides = isDeciding(started, event.stage);
      assert.deepEqual(Object.keys(event.numbers).sort(), decides ? ['entropy', 'mu', 'tau'] : []);
      assert.equal(event.expectedBytes !== undefined, decides, 'bytes are expected while decisions are open');
      if (event.stage === 'search') assert.ok(event.expectedBytes! <= weightLimit(context.limits));
    }
  });

  it('races as many networks as its definition says, where it came to as many', async function () {
    this.timeout(240_000);
    const short = SPACE.replace('warmup: 1, search: 2', 'warmup: 1, search: 1');
    for (const [race, seed, budget] of [
      [2, 1, 700],
      [2, 3, 2400],
      [3, 2, 1200],
    ] as const) {
      const space = short.replace('learningRate: 0.01', `learningRate: 0.01, race: ${race}`);
      const { events } = await run(contextFor(budget, seed, 'ethos-u55-128', space));
      const first = events.findIndex(({ type }) => type === 'trial');
      const before = events.slice(0, Math.max(0, first));
      const came = before.filter(({ type }) => type === 'candidate').length;
      const left = came - before.filter(({ type }) => type === 'dropped').length;
      assert.ok(came >= race, `${came} architectures within ${budget} B`);
      assert.equal(left, race, `of ${came} within ${budget} B, seed ${seed}`);
    }
  });

  it('meets random budgets for random seeds, and uses them', async function () {
    this.timeout(240_000);
    const random = new SeededRandom(8);
    for (const target of ['ethos-u55-128', 'generic-npu', 'mcu-packed']) {
      for (let i = 0; i < cases(1, 2); i++) {
        const probe = await refusal(contextFor(1, 1, target));
        const budget = Math.round(probe * (2.5 + 4 * random.next()));
        const { result } = await run(contextFor(budget, random.integer(1000), target));
        const { certificate, totals } = mainNetwork(result);
        const { exactBytes } = certificate;
        assert.ok(exactBytes <= budget, `${target}: ${exactBytes} of ${budget}`);
        assert.equal(exactBytes, totals.totalBytes);
        assert.ok(exactBytes >= FLOOR * budget, `${target}: uses ${exactBytes} of ${budget}`);
        assert.deepEqual(
          certificate.costs.find(({ cost }) => cost === 'weights'),
          { cost: 'weights', value: exactBytes, limit: budget },
        );
      }
    }
  });

  it('refuses a budget below the smallest architecture before any training, and says the smallest', async () => {
    const smallest = await refusal(contextFor(10));
    assert.ok(smallest > 10);
    assert.equal(await refusal(contextFor(smallest - 1)), smallest);
    await SearchSession.create(contextFor(smallest), strategyOf('udc'));
    await assert.rejects(
      () => SearchSession.create({ ...contextFor(1e6), limits: limitsOf(1e6, 100) }, strategyOf('udc')),
      (error) => error instanceof BudgetError && error.what === 'activations',
    );
  });

  it('refuses operators that the target cannot run', async () => {
    await assert.rejects(
      () => SearchSession.create(contextFor(1e5, 1, 'max78000'), strategyOf('udc')),
      (error) => error instanceof TargetError && /depthwise/.test(error.message),
    );
  });
});

/** The smallest reachable size, from the refusal of a budget. */
async function refusal(context: SearchContext): Promise<number> {
  try {
    await SearchSession.create(context, strategyOf('udc'));
  } catch (error) {
    if (error instanceof BudgetError) return error.needed.weights!;
    throw error;
  }
  throw new assert.AssertionError({ message: 'the budget was not refused' });
}
