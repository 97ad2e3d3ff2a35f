/** How much work a search has to do, as it says before it begins. */
import assert from 'node:assert/strict';
import { plannedWork, SearchSession } from '../../../src/strategies/session/search-session.ts';
import { strategyOf } from '../../../src/strategies/strategy-table.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import type { SearchContext } from '../../../src/training/problem.ts';
import { STRATEGIES } from '../../../src/wire/strategies.ts';
import { Helpers } from './helpers.ts';
import { networkOf, openTestBackend, quadrants } from './support.ts';

const network = networkOf(`
training: { warmup: 2, search: 2, race: 3, sparsify: 2, settle: 1, batch: 16 }
search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 | 0.75 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 2 | 4 | 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`);
const dataset = quadrants({ train: 96, validation: 64, test: 16 });
const context: SearchContext = {
  network,
  dataset,
  target: findTarget('ethos-u55-128'),
  limits: [{ cost: 'weights', limit: 260, from: 'given' }],
  seed: 2,
  backend: { name: 'wasm', reason: 'test' },
};
const total = (work: object): number => Object.values(work).reduce((a: number, b: number) => a + b, 0);

describe('the work of a search', () => {
  before(openTestBackend);

  for (const { id } of STRATEGIES) {
    const strategy = strategyOf(id);

    it(`${id}: every stage says how long it takes, and what is planned is what a session counts`, async () => {
      const judging = strategy.judging?.(context) ?? {};
      for (const stage of strategy.stages(network))
        if (stage.epochs === 0 && stage.id !== 'race')
          assert.ok((judging[stage.id] ?? 0) > 0, `${stage.id} takes no time`);
      for (const here of [context, { ...context, side: new Helpers(2, dataset) }]) {
        const planned = plannedWork(here, strategy);
        assert.deepEqual((await SearchSession.create(here, strategy)).work, planned);
        assert.ok(total(planned) > 0);
      }
    });
  }

  it('is of networks that are trained at once, where several are compared and somebody does it', () => {
    const side = new Helpers(2, dataset);
    for (const id of ['udc', 'evolution', 'random'] as const) {
      const alone = plannedWork(context, strategyOf(id));
      const together = plannedWork({ ...context, side }, strategyOf(id));
      assert.equal(alone.beside, 0);
      assert.ok(together.beside! > 0, id);
      assert.equal(total(together), total(alone));
    }
  });
});
