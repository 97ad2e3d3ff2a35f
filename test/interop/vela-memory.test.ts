/**
 * The activation memory that UDC says is what Vela takes, over random networks: exactly without buffers and cascades,
 * never more with the arena size that UDC names.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { writeTflite } from '../../src/formats/tflite/write-tflite.ts';
import { quantise } from '../../src/integer/quantise-network.ts';
import { instantiate } from '../../src/network/architecture.ts';
import { foldedOf } from '../unit/formats/run.ts';
import { randomGraph } from '../unit/network/support/random-graphs.ts';
import { randomFiles, velaAnswers, type VelaJob } from '../../scripts/vela/jobs.ts';
import { activationMemory } from '../../src/costs/activations/activation-memory.ts';
import { findTarget } from '../../src/targets/find-target.ts';
import { scratchFolder } from '../scratch.ts';
import { writeBytes } from './tools.ts';

const NETWORKS = Number(process.env['UDC_RANDOM_NETWORKS'] ?? 60);
const ACCELERATORS = [
  'ethos-u55-32',
  'ethos-u55-64',
  'ethos-u55-128',
  'ethos-u55-256',
  'ethos-u65-256',
  'ethos-u65-512',
  'ethos-u85-128',
  'ethos-u85-256',
  'ethos-u85-2048',
];

describe('Vela and activation memory', () => {
  const files = randomFiles(scratchFolder('vela-memory'), 0, NETWORKS);

  for (const accelerator of ACCELERATORS) {
    const target = findTarget(accelerator);
    const ours = files.map(({ architecture }) => activationMemory(architecture, target).peakBytes);
    const peaks = async (options: (bytes: number) => Omit<VelaJob, 'file' | 'accelerator'>): Promise<number[]> =>
      (await velaAnswers(files.map(({ file }, i) => ({ file, accelerator, ...options(ours[i]!) })))).map(
        ({ peak }) => peak['Sram']!,
      );

    it(`${accelerator}: the live bytes of its schedule`, async () => {
      assert.deepEqual(await peaks(() => ({ mode: 'Shared_Sram', disable: ['WeightBuffering', 'Cascading'] })), ours);
    });

    it(`${accelerator}: no more with --arena-cache-size of that number, weight buffers included`, async function () {
      const shared = await peaks((arena) => ({ mode: 'Shared_Sram', arena }));
      const standard = await peaks((arena) => ({ arena }));
      ours.forEach((bytes, i) => {
        assert.ok(
          shared[i]! <= bytes && standard[i]! <= bytes,
          `${files[i]!.file}: ${bytes} said, Vela takes ${shared[i]} and ${standard[i]}`,
        );
      });
      this.test!.title += `: equal for ${shared.filter((bytes, i) => bytes === ours[i]).length} of ${NETWORKS}`;
    });
  }

  describe('of networks with branches', () => {
    const folder = scratchFolder('vela-graphs');
    const graphs = Array.from({ length: NETWORKS }, (_, seed) => {
      const architecture = instantiate(randomGraph(seed).network, []);
      const network = quantise(foldedOf(architecture, seed + 1));
      const file = writeBytes(join(folder, `graph-${seed}.tflite`), writeTflite(network, { description: 'graph' }));
      return { file, architecture };
    });

    for (const accelerator of ACCELERATORS) {
      it(`${accelerator}: the live bytes of its schedule`, async function () {
        const target = findTarget(accelerator);
        const ours = graphs.map(({ architecture }) => activationMemory(architecture, target).peakBytes);
        const disable = ['WeightBuffering', 'Cascading'] as const;
        const peaks = (
          await velaAnswers(graphs.map(({ file }) => ({ file, accelerator, mode: 'Shared_Sram', disable })))
        ).map(({ peak }) => peak['Sram']!);
        if (!target.engine?.fusesAdditions) return assert.deepEqual(peaks, ours);
        // What runs in the pass of its addition is said to be in memory where the two lie in different ways.
        ours.forEach((bytes, i) => assert.ok(peaks[i]! <= bytes, `${graphs[i]!.file}: ${bytes} said, ${peaks[i]}`));
        this.test!.title += `: equal for ${peaks.filter((bytes, i) => bytes === ours[i]).length} of ${NETWORKS}`;
      });
    }
  });
});
