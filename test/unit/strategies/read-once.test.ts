/** What does not change is read from the device once, and encoded once. */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { FLAT_CODERS } from '../../../src/costs/weights/flat-formats.ts';
import { SearchSession } from '../../../src/strategies/session/search-session.ts';
import { strategyOf } from '../../../src/strategies/strategy-table.ts';
import { SupernetPhase } from '../../../src/strategies/udc/supernet-phase.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { batchTensors } from '../../../src/training/evaluate.ts';
import type { SearchContext } from '../../../src/training/problem.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';
import { countReads } from '../devices/count-reads.ts';
import { networkOf, openTestBackend, quadrants } from './support.ts';

const BODY = `search: { bits: 4 | 8, sparsity: 0 | 0.5 }
training: { warmup: 1, search: 1, race: 2, sparsify: 1, settle: 1, batch: 16, learningRate: 0.01 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8 | 12 }
  - { name: block, op: dsconv | skip, kernel: 3x3, filters: 8 | 16 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;
const network = networkOf(BODY);
const dataset = quadrants({ train: 48, validation: 16, test: 16 });
const BITMASK = findTarget('generic-bitmask');

/** Counts how often the weights of an operation are sized: in the format of `BITMASK` each sizing asks its coder. */
function spySizings(): { readonly count: number; end(): void } {
  const coder = FLAT_CODERS.bitmask as { bytes: (typeof FLAT_CODERS)['bitmask']['bytes'] };
  const own = coder.bytes;
  let count = 0;
  coder.bytes = (of) => {
    count++;
    return own(of);
  };
  return {
    get count() {
      return count;
    },
    end: () => {
      coder.bytes = own;
    },
  };
}

describe('what does not change', () => {
  before(openTestBackend);

  it('is read once: the shared weights, however many candidates are made to fit, ranked and sized', async () => {
    const limits = limitsOf(1000);
    const target = findTarget('ethos-u55-128');
    const task = taskNamed('classification');
    const phase = new SupernetPhase({ network, target, task, limits, seed: 3, warmupSteps: 2, searchSteps: 2 });
    const all = network.decisions.map(({ labels }) => labels.length - 1);
    const weights = await countReads(() => phase.read());
    assert.ok(weights > 0);
    const more = await countReads(async () => {
      await phase.sizeAll();
      const { assignment } = await phase.decode();
      for (const one of [all, assignment, all.map(() => 0)]) {
        await phase.sizeOf(one);
        await phase.fit(one);
        await phase.supernet.refresh(one);
      }
    });
    assert.equal(more, 0);
    const { images, targets } = batchTensors(await dataset.test.slice(0, 16), dataset.test);
    const least = all.map(() => 0);
    const predicting = await countReads(async () => {
      for (const one of [all, least]) await phase.predict(one, images, targets);
    });
    const ranking = await countReads(() => phase.rank([all, least], [dataset.test], 16));
    assert.equal(ranking, predicting, 'of what is put out, and its loss');
    tf.dispose([images, targets]);
    phase.dispose();
  });

  it('is encoded once: the weights of a network that has taken its last step', async function () {
    this.timeout(60_000);
    const fixed = BODY.replace(/search: .*\n/, '')
      .replace('4 | 8 | 12', '8')
      .replace('dsconv | skip', 'dsconv')
      .replace('8 | 16', '8');
    /** Sizings since the last epoch was told, and bytes of the result. */
    const sizingsAtEnd = async (budget: number): Promise<{ sizings: number; before: number; bytes: number }> => {
      const context: SearchContext = {
        network: networkOf(fixed),
        dataset,
        target: BITMASK,
        limits: limitsOf(budget),
        seed: 3,
        backend: { name: 'wasm', reason: 'test' },
      };
      const sizings = spySizings();
      try {
        const session = await SearchSession.create(context, strategyOf('udc'));
        let before = 0;
        const result = await session.run({
          emit: (event) => {
            if (event.type === 'epoch') before = sizings.count;
            return Promise.resolve();
          },
          progress: () => undefined,
          keep: () => Promise.resolve(),
          checkpoint: () => Promise.resolve(),
          signal: new AbortController().signal,
        });
        return { sizings: sizings.count - before, before, bytes: result.networks[0].certificate.exactBytes };
      } finally {
        sizings.end();
      }
    };
    // The budget is what it takes, and what estimates are off by: nothing is left to spend, nothing to prune.
    const { bytes } = await sizingsAtEnd(100_000);
    const found = await sizingsAtEnd(bytes + 2);
    assert.equal(found.bytes, bytes);
    assert.ok(found.before > 0, 'epochs were sized');
    assert.equal(found.sizings, 0, 'the last epoch’s report has encoded them: certificate and reports ask for no more');
  });
});
