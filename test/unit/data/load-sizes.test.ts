/** A data set at each size of the input: the files are opened and listed once, the samples are those of each size. */
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SeededRandom } from '../../../src/base/random.ts';
import type { Batch, Dataset } from '../../../src/data/dataset.ts';
import { loadDataset, openSamples } from '../../../src/data/load-dataset.ts';
import { datasetAtSizes } from '../../../src/data/load-sizes.ts';
import { sampleSteps } from '../../../src/data/preparation/preparation-table.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { definitionAt } from '../../../src/network/resolution.ts';
import type { Definition } from '../../../src/network/types.ts';
import { inFolder } from '../../scratch.ts';
import { bmpOf } from './bitmaps.ts';
import { npy } from './fixtures.ts';

const COUNT = 20;

interface Case {
  readonly dataset: string;
  readonly channels: number;
  write(folder: string): Promise<void>;
  /** What a second look at the files would notice. */
  disturb(folder: string): Promise<void>;
}

async function put(file: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

const random = new SeededRandom(4);
const noise = (): Uint8Array => bmpOf(12, 12, () => [random.integer(256), random.integer(256), random.integer(256)]);

const CASES: Readonly<Record<string, Case>> = {
  'folders of images, one of them damaged': {
    dataset: 'format: folder, path: data, damaged: 10 %',
    channels: 3,
    write: async (folder) => {
      for (const name of ['a', 'b'])
        for (let i = 0; i < COUNT; i++)
          await put(join(folder, 'data', name, `${i}.bmp`), i === 13 && name === 'a' ? 'no image' : noise());
    },
    disturb: (folder) => put(join(folder, 'data/a/0.5.bmp'), noise()),
  },
  'arrays in files': {
    dataset: 'format: npy, path: data',
    channels: 1,
    write: async (folder) => {
      for (const part of ['train', 'test']) {
        const x = Uint8Array.from({ length: COUNT * 144 }, () => random.integer(256));
        await put(join(folder, `data/x_${part}.npy`), npy('|u1', [COUNT, 12, 12], x));
        const y = Uint8Array.from({ length: COUNT }, (_, i) => i % 2);
        await put(join(folder, `data/y_${part}.npy`), npy('|u1', [COUNT], y));
      }
    },
    disturb: (folder) => rm(join(folder, 'data/y_train.npy')),
  },
  'generated samples': {
    dataset: `format: generated, generator: shapes, samples: ${COUNT}, seed: 2`,
    channels: 1,
    write: () => Promise.resolve(),
    disturb: () => Promise.resolve(),
  },
};

function definition({ dataset, channels }: Case): Definition {
  const sizes = ['8x8', '12x12', '6x10'].map((size) => `${size}x${channels}`);
  const { definition: read, diagnostics } = parseDefinition(`udc: 1
name: sizes
input: ${sizes.join(' | ')}
dataset: { ${dataset} }
prepare: [{ resize: input }]
target: { npu: ethos-u55-128 }
layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 4 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: ${dataset.includes('generated') ? 6 : 2} }
`);
  assert.ok(read?.inputs, JSON.stringify(diagnostics));
  return read;
}

const seen = async ({ train, validation, test, preparation }: Dataset): Promise<readonly unknown[]> => [
  preparation.normalisation,
  ...(await Promise.all([train, validation, test].map((part): Promise<Batch> => part.slice(0, part.count)))),
];

describe('a data set at each size of its input', () => {
  for (const [name, one] of Object.entries(CASES))
    for (const memory of [0, 1e6])
      it(`is listed once, and what it would be alone: ${name}, ${memory === 0 ? 'read when asked for' : 'in memory'}`, () =>
        inFolder(async (folder) => {
          await one.write(folder);
          const whole = definition(one);
          const options = whole.inputs!.options;
          const largest = await loadDataset({ ...whole, inputs: undefined }, folder, memory);
          const normalise = { step: 'normalise', ...largest.preparation.normalisation } as const;
          const alone: unknown[] = [];
          for (const size of options) {
            const own = definitionAt(whole, size);
            const prepare = [...sampleSteps(own), normalise];
            const set = await loadDataset({ ...own, prepare }, folder, memory / options.length);
            alone.push(await seen(set));
            await set.close();
          }
          await largest.close();
          const samples = await openSamples(whole, folder, memory);
          await one.disturb(folder);
          const sets = await datasetAtSizes(whole, samples);
          assert.deepEqual(
            sets.sizes!.map(({ inputShape: { height, width } }) => ({ height, width })),
            options.map(({ height, width }) => ({ height, width })),
          );
          for (const [i, set] of sets.sizes!.entries()) assert.deepEqual(await seen(set), alone[i]);
          await sets.close();
        }));
});
