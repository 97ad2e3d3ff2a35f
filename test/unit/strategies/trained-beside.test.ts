/** Networks that are trained whole, several at once. */
import assert from 'node:assert/strict';
import { TrainedBeside } from '../../../src/strategies/session/trained-beside.ts';
import type { WholeAnswer, WholeNews, WholeOrder } from '../../../src/strategies/session/whole-order.ts';
import type { SearchContext } from '../../../src/training/problem.ts';
import type { Side } from '../../../src/training/side.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import type { UnnumberedEvent } from '../../../src/wire/run.ts';
import { Helpers } from './helpers.ts';
import { comparable, networkOf, openTestBackend, quadrants, run } from './support.ts';

const network = networkOf(`
training: { warmup: 2, search: 2, race: 1, sparsify: 1, settle: 1, batch: 16, labelSmoothing: 0.1, entropy: 0.01 }
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

describe('networks that are trained whole', () => {
  before(openTestBackend);

  it('side by side give the events, the result and the files of one after another', async () => {
    const alone = await run(context, [], 'random');
    assert.ok(alone.result.networks.length > 2);
    for (const most of [2, 4]) {
      const side = new Helpers(most, dataset);
      const together = await run({ ...context, side }, [], 'random');
      assert.equal(side.begun.length, alone.result.networks.length - 1, 'the first says whether others pay');
      assert.deepEqual(comparable(together.events), comparable(alone.events), `${most} at once`);
      assert.deepEqual(together.result, alone.result);
      assert.deepEqual(together.files, alone.files);
    }
  });

  it('are the same, stopped and taken up', async () => {
    const alone = await run(context, [], 'random');
    const stopped = await run({ ...context, side: new Helpers(2, dataset) }, [5, 18], 'random');
    assert.deepEqual(comparable(stopped.events), comparable(alone.events));
    assert.deepEqual(stopped.result, alone.result);
  });

  it('are told of once, should a training be begun again', async () => {
    const event = (epoch: number): UnnumberedEvent => ({ type: 'epoch', epoch }) as unknown as UnnumberedEvent;
    const answer = { validationLoss: 1 } as WholeAnswer;
    let finish: (() => void) | undefined;
    const side = {
      submit: (_: unknown, order: () => WholeOrder, hear: (news: WholeNews) => void): Promise<WholeAnswer> => {
        order();
        hear({ loss: 1 });
        hear({ event: event(1) });
        return new Promise((resolve) => {
          finish = () => {
            // It was lost, and is begun again.
            order();
            for (const epoch of [1, 2]) hear({ event: event(epoch) });
            hear({ loss: 1 });
            resolve(answer);
          };
        });
      },
    } as unknown as Side;
    const beside = new TrainedBeside(side, () => undefined);
    beside.begin(0, () => ({}) as WholeOrder);
    assert.equal(beside.done, 1);
    const told: unknown[] = [];
    const emit = (one: UnnumberedEvent): Promise<void> => {
      told.push(one);
      finish?.();
      finish = undefined;
      return Promise.resolve();
    };
    assert.equal(await beside.turn(0, { breathe: () => Promise.resolve(), emit }), answer);
    assert.deepEqual(told, [event(1), event(2)]);
    assert.ok(!beside.has(0));
  });
});
