/** Folders of images: time and memory of an index, and how long a training step waits for its data. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import encodeJpeg, { init } from '@jsquash/jpeg/encode.js';
import { SeededRandom } from '../src/base/random.ts';
import { Batches } from '../src/data/batches.ts';
import { openSamples } from '../src/data/load-dataset.ts';
import { findParts } from '../src/data/sources/folder/folder-parts.ts';
import { IndexedSplit } from '../src/data/split.ts';
import { channelNormalisation } from '../src/data/preparation/channel-normalisation.ts';
import { parseDefinition } from '../src/language/yaml/parse-definition.ts';
import { openFor } from './lib/backend.ts';
import { rounded } from './lib/measure.ts';
import { median } from './lib/statistics.ts';
import { NETWORKS, plainStep } from './lib/networks.ts';
import type { Benchmark, Row } from './run.ts';

/** As many as ImageNet has; a training step needs no more than some. */
const INDEX_CLASSES = 1000;
const CLASSES = 20;
const BATCH = 32;
const STEPS = 40;
/** Different pictures of each size; files repeat them. */
const PICTURES = 64;
const NETWORK = 'mobilenet';
const SIDE = 96;
const IMAGES = 100_000;

/** A tree `train/CLASS/NAME`, with a tenth as many in `val`; `content` of the n-th file. */
function makeTree(files: number, classes: number, content: (n: number) => Uint8Array): string {
  const root = mkdtempSync(join(tmpdir(), 'udc-bench-'));
  for (const [part, count] of [
    ['train', files],
    ['val', files / 10],
  ] as const)
    for (let label = 0; label < classes; label++) {
      const folder = join(root, part, `n${String(10_000_000 + label)}`);
      mkdirSync(folder, { recursive: true });
      for (let n = label; n < count; n += classes)
        writeFileSync(join(folder, `${part}_${String(n).padStart(8, '0')}.JPEG`), content(n));
    }
  return root;
}

/** Pictures with edges and noise, as photographs have them. */
async function pictures(height: number, width: number): Promise<Uint8Array[]> {
  const wasm = createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm');
  // Compiled at once: while it is compiled in the background, nothing would keep the process alive.
  await init(new WebAssembly.Module(readFileSync(wasm)));
  const random = new SeededRandom(1);
  const made: Uint8Array[] = [];
  for (let n = 0; n < PICTURES; n++) {
    const [a, b, c] = [random.next() / 9, random.next() / 9, random.integer(200)];
    const data = new Uint8ClampedArray(height * width * 4);
    for (let i = 0; i < data.length; i++) {
      const [x, y, k] = [(i >> 2) % width, Math.floor((i >> 2) / width), i % 4];
      data[i] = 128 + 60 * Math.sin(a * x + k) + 60 * Math.sign(Math.sin(b * y + c)) + 8 * random.normal();
    }
    made.push(new Uint8Array(await encodeJpeg({ data, width, height } as ImageData, { quality: 85 })));
  }
  return made;
}

/** @param tree a folder that there is; absent: one of empty files is made for it */
async function indexRow(files: number, tree: string | undefined): Promise<Row> {
  const root = tree ?? makeTree(files, INDEX_CLASSES, () => new Uint8Array(0));
  const start = performance.now();
  const busy = process.cpuUsage();
  const parts = await findParts(root);
  const peak = process.resourceUsage().maxRSS * 1024;
  const { user, system } = process.cpuUsage(busy);
  const seconds = (performance.now() - start) / 1000;
  if (tree === undefined) rmSync(root, { recursive: true });
  return {
    what: `index of ${parts.train.files.count + (parts.test?.files.count ?? 0)} files`,
    seconds: rounded(seconds),
    'cpu s': rounded((user + system) / 1e6),
    'resident MiB': rounded(peak / 2 ** 20),
  };
}

const definition = (prepare: string): string => `udc: 1
name: bench
input: ${SIDE}x${SIDE}x3
dataset: { format: folder, path: . }
prepare: ${prepare}
target: { npu: ethos-u55-128 }
layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: ${CLASSES} }
`;

/** Steps on batches that are read as they are asked for. */
async function waitRow(files: number, height: number, width: number, step: () => Promise<unknown>): Promise<Row> {
  const made = await pictures(height, width);
  const root = makeTree(files, CLASSES, (n) => made[n % PICTURES]!);
  const { definition: read } = parseDefinition(definition(`[{ resize: ${SIDE}x${SIDE} }]`));
  const samples = await openSamples(read!, root, 0);
  const preparation = channelNormalisation({ mean: [0, 0, 0], std: [255, 255, 255] });
  const split = new IndexedSplit(samples.raw.train, samples.chosen, preparation);
  const batches = new Batches(split, { batch: BATCH, seed: 1, augment: { crop: 0, flip: false } });
  for (let i = 0; i < 4; i++) {
    await batches.next();
    await step();
  }
  const [waits, steps]: [number[], number[]] = [[], []];
  const busy = process.cpuUsage();
  for (let i = 0; i < STEPS; i++) {
    const start = performance.now();
    await batches.next();
    const got = performance.now();
    await step();
    waits.push(got - start);
    steps.push(performance.now() - got);
  }
  const { user, system } = process.cpuUsage(busy);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  await samples.close();
  rmSync(root, { recursive: true });
  return {
    what: `${files} JPEG of ${height}x${width}, batch ${BATCH} at ${SIDE}x${SIDE}`,
    'step ms': rounded(median(steps)),
    'wait ms': rounded(median(waits)),
    'wait / all': rounded(sum(waits) / (sum(waits) + sum(steps))),
    'cpu ms a step': rounded((user + system) / 1000 / STEPS),
  };
}

export const benchmark: Benchmark = {
  name: 'data',
  describe:
    'Folders of images: seconds and memory of an index, and the share of time for which a training step of MobileNetV1 0.25 at 96x96 waits for its batch.',
  parameters: ['files', 'images', 'tree'],
  async run(options) {
    const files = Number(options.parameters?.['files'] ?? IMAGES);
    const images = Number(options.parameters?.['images'] ?? IMAGES);
    const rows: Row[] = [await indexRow(files, options.parameters?.['tree'])];
    await openFor(options);
    const { step } = plainStep(NETWORKS[NETWORK]!, BATCH);
    for (const [height, width] of [
      [SIDE, SIDE],
      [375, 500],
    ] as const)
      rows.push(await waitRow(height > 200 ? images / 10 : images, height, width, async () => step()));
    return rows;
  },
};
