/**
 * The activation memory that UDC says is what Vela takes, over random networks: exactly without buffers and cascades,
 * never more with the arena size that UDC names.
 */
import assert from 'node:assert/strict';
import { randomFiles, velaAnswers, type VelaJob } from '../../scripts/vela/jobs.ts';
import { activationMemory } from '../../src/costs/activations/activation-memory.ts';
import { findTarget } from '../../src/targets/find-target.ts';
import { scratchFolder } from '../scratch.ts';

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
});
