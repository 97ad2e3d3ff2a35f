/** A search on data that do not fit into the memory they may take is the search on the same data in memory. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadDataset } from '../../../src/data/load-dataset.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';
import { inFolder } from '../../scratch.ts';
import { npy } from '../data/fixtures.ts';
import { comparable, networkOf, openTestBackend, randomImages, run, type Outcome } from './support.ts';

const TRAINING = `search: { bits: 2 | 8, sparsity: 0 | 0.5 }
training: { warmup: 1, search: 1, race: 2, sparsify: 1, settle: 1, batch: 16, learningRate: 0.01 }
`;
const HEAD = (task: string): string => `udc: 1
name: large
task: ${task}
input: 12x12x1
dataset: { format: npy, path: ., augment: { crop: 1, flip: true } }
target: { npu: ethos-u55-128 }
`;
const CLASSIFIER = `layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;
const ENLARGER = `layers:
  - { name: body, op: conv, kernel: 3x3, filters: 4 | 8 }
  - { name: tail, op: conv, kernel: 3x3, filters: 4 }
  - { name: up, op: upsample, factor: 2 }
`;

describe('a search on data that are larger than their memory', () => {
  before(openTestBackend);

  for (const [task, layers] of [
    ['classification', CLASSIFIER],
    ['super-resolution', ENLARGER],
  ] as const) {
    it(`${task}: every number and every weight is the same, interrupted or not`, function same() {
      this.timeout(120_000);
      return inFolder(async (folder) => {
        for (const [part, count] of [
          ['train', 64],
          ['test', 140],
        ] as const) {
          const { images, labels } = randomImages(count, count);
          await writeFile(join(folder, `x_${part}.npy`), npy('<f4', [count, 12, 12], images));
          const large = Float32Array.from({ length: count * 576 }, (_, i) => Math.sin(i / 9));
          const y = task === 'classification' ? npy('<i4', [count], labels) : npy('<f4', [count, 24, 24], large);
          await writeFile(join(folder, `y_${part}.npy`), y);
        }
        const network = networkOf(`${TRAINING}${layers}`, HEAD(task));
        const search = async (memory: number, interruptions: readonly number[] = []): Promise<Outcome> => {
          const dataset = await loadDataset(network.definition, folder, memory);
          assert.equal(dataset.train.held, memory > 0);
          const target = findTarget('ethos-u55-128');
          const backend = { name: 'wasm', reason: 'test' };
          const context = { network, dataset, target, limits: limitsOf(900), seed: 3, backend };
          return run(context, interruptions).finally(() => dataset.close());
        };
        const held = await search(Infinity);
        for (const other of [await search(0), await search(0, [3, 8])]) {
          assert.deepEqual(comparable(other.events), comparable(held.events));
          assert.deepEqual(other.files, held.files);
          assert.deepEqual(other.result.networks, held.result.networks);
        }
      });
    });
  }
});
