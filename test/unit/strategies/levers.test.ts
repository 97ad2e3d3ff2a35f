/** Every lever of training on at once: searches and baselines end, within the limits, the same from any checkpoint. */
import assert from 'node:assert/strict';
import type { SearchContext } from '../../../src/training/problem.ts';
import { comparable, networkOf, openTestBackend, quadrants, run } from './support.ts';
import { findTarget } from '../../../src/targets/find-target.ts';

const BUDGET = 1100;
const HEAD = `udc: 1
name: levers
task: classification
input: 12x12x1
dataset:
  format: generated
  generator: shapes
  samples: 200
  augment: { crop: 1, flip: true, brightness: 0.2, contrast: 0.2, timeShift: 1, timeMask: 2, frequencyMask: 2 }
target: { npu: ethos-u55-128 }
`;
const BODY = `search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 }
training: { warmup: 1, search: 2, race: 2, sparsify: 2, settle: 1, batch: 16, labelSmoothing: 0.1, mixup: 0.4, cutmix: 1, entropy: 0.05 }
layers:
  - { name: stem,   op: conv, kernel: 3x3, stride: 2, filters: 4 | 8 | 12 }
  - { name: block,  op: dsconv | skip, kernel: 3x3, filters: 8 | 16 }
  - { name: pool,   op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;

const contextOf = (body: string): SearchContext => ({
  network: networkOf(body, HEAD),
  dataset: quadrants({ train: 64, validation: 24, test: 24 }),
  target: findTarget('ethos-u55-128'),
  limits: [{ cost: 'weights', limit: BUDGET, from: 'given' }],
  seed: 3,
  backend: { name: 'test', reason: 'test' },
});

describe('the levers of training', () => {
  before(openTestBackend);

  for (const strategy of ['udc', 'once-for-all', 'uniform'])
    it(`all on, ${strategy}: the same, interrupted or not`, async function () {
      this.timeout(240_000);
      const whole = await run(contextOf(BODY), [], strategy);
      const interrupted = await run(contextOf(BODY), [3, 10, 14, 30], strategy);
      assert.deepEqual(comparable(interrupted.events), comparable(whole.events));
      assert.deepEqual(interrupted.result, whole.result);
      assert.deepEqual([...interrupted.files], [...whole.files]);
      for (const { certificate } of whole.result.networks) assert.ok(certificate.exactBytes <= BUDGET);
    });

  it('each changes what is learned', async function () {
    this.timeout(240_000);
    const levers = ['labelSmoothing: 0.1', 'mixup: 0.4', 'cutmix: 1', 'entropy: 0.05'];
    const plain = BODY.replace(/, labelSmoothing.*\}/, ' }');
    const hashes = new Set<string>();
    for (const lever of ['', ...levers]) {
      const body = lever === '' ? plain : plain.replace('batch: 16', `batch: 16, ${lever}`);
      const { result } = await run(contextOf(body), [], 'uniform');
      hashes.add(result.networks[0]!.certificate.encodedSha256);
    }
    assert.equal(hashes.size, levers.length + 1);
  });
});
