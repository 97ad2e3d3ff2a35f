/** The generated sources run as they are, take the safetensors export, and compute the float network. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFormat } from '../../src/formats/format-table.ts';
import { exportInput } from '../../src/reports/export-input.ts';
import { readSafetensors } from '../../src/base/safetensors-file.ts';
import { exampleRun } from '../unit/formats/run.ts';
import { randomImages } from '../unit/integer/networks.ts';
import { randomGraph } from '../unit/network/support/random-graphs.ts';
import { evaluateReal } from '../unit/integer/real.ts';
import { scratchFolder } from '../scratch.ts';
import { python, writeBytes } from './tools.ts';

const IMAGES = 20;

/** Windows, pools and additions that read what has no height and width of its own. */
const OF_VECTORS = `udc: 1
name: vectors
task: classification
input: 7x6x2
dataset: { format: generated, generator: tones, samples: 100 }
target: { npu: ethos-u55-128 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 5 }
  - { name: flat, op: flatten }
  - { name: windows, op: conv, kernel: 3x3, filters: 8 }
  - { name: hidden, op: dense, units: 12 }
  - { name: each, op: dwconv, kernel: 5x5 }
  - { name: again, op: flatten }
  - { name: shortcut, op: conv, kernel: 1x1, filters: 12, shortcut: identity }
  - { name: average, op: average-pool, kernel: 1 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6 }
`;

/** Option of each decision as a multiple of its number, and the definition where it is not the tests' usual one. */
const RUNS: readonly (readonly [string, number, string?])[] = [
  ['architecture 0', 0],
  ['architecture 1', 1],
  ['architecture 11', 11],
  ['maps of vectors', 0, OF_VECTORS],
  ...[20, 25, 60].map((graph) => [`graph ${graph}`, 0, randomGraph(graph).text] as const),
];
const hasTorch = (): boolean => spawnSync(process.env['UDC_INTEROP_PYTHON']!, ['-c', 'import torch']).status === 0;

describe('generated sources', () => {
  const folder = scratchFolder('sources');
  for (const kind of ['keras', 'pytorch'])
    for (const [name, seed, definition] of RUNS) {
      it(`${kind}: ${name} runs with its weights`, async function () {
        if (kind === 'pytorch' && !hasTorch()) this.skip();
        const example = exampleRun((i) => i * seed, definition),
          run = exportInput(example),
          { integer, folded } = run.network!;
        const weights = await findFormat('safetensors').write(run),
          images = randomImages(folded, IMAGES),
          out = join(folder, 'out');
        const { height, width, channels } = integer.architecture.input;
        const found = (await python(
          'python_source.py',
          kind,
          writeBytes(join(folder, 'source.py'), await findFormat(kind).write(run)),
          writeBytes(join(folder, 'weights.safetensors'), weights),
          writeBytes(join(folder, 'images'), images),
          JSON.stringify([height, width, channels]),
          out,
        )) as { tensors: number; sum: number; operations: string[] };
        const { tensors } = readSafetensors(weights);
        const sum = tensors.reduce(
          (total, { values }) => total + Array.from(values).reduce((s, v) => s + Math.abs(v), 0),
          0,
        );
        assert.equal(found.tensors, tensors.length);
        assert.ok(Math.abs(found.sum / sum - 1) < 1e-9, 'safetensors read by its own library');
        assert.deepEqual(
          found.operations,
          integer.operations
            .filter((one) => one.weights)
            .map(({ operation }) => operation.id)
            .sort(),
        );
        const reals = new Float32Array(new Uint8Array(readFileSync(out)).buffer);
        const size = images.length / IMAGES;
        const expected = Array.from({ length: IMAGES }, (_, i) => [
          ...evaluateReal(folded, images.subarray(i * size, (i + 1) * size), false).at(-1)!,
        ]).flat();
        assert.equal(reals.length, expected.length);
        const largest = Math.max(...expected.map(Math.abs));
        expected.forEach((value, i) => {
          assert.ok(Math.abs(reals[i]! - value) < 1e-4 * largest, `output ${i}: ${reals[i]}, ${value} expected`);
        });
      });
    }
});
