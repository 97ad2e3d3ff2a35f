/** Samples are known by their files: whatever becomes of them on the way, the name leads to what the network saw. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Split } from '../../../../src/data/dataset.ts';
import { loadDataset } from '../../../../src/data/load-dataset.ts';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import { withFiles } from '../../../../src/strategies/session/named-samples.ts';
import type { NetworkResult } from '../../../../src/wire/run.ts';
import { MOST_FILE } from '../../../../src/wire/tasks/test-report.ts';
import { detailsView } from '../../../../src/charts/details/details-view.ts';
import { mainNetwork } from '../../../fixtures/run-parts.ts';
import { fixtureRun } from '../../../fixtures/runs.ts';
import { classDetails, withTestPart } from '../../../fixtures/test-parts.ts';
import { without } from '../../../fixtures/without.ts';
import { inFolder } from '../../../scratch.ts';
import { bmpOf } from '../bitmaps.ts';
import { wav } from './made-wav.ts';

interface Case {
  readonly task?: string;
  readonly input: string;
  readonly dataset: string;
  readonly last: string;
  readonly files: Readonly<Record<string, Uint8Array | string>>;
  /** Of a part in memory: what tells the sample in its file, and what the file that is named holds. */
  seen(values: Float32Array): number;
  there(folder: string, file: string): number;
}

const grey = (value: number, size = 4): Uint8Array => bmpOf(size, size, () => [value, value, value]);
const numbered = <T>(names: readonly string[], content: (n: number) => T): Record<string, T> =>
  Object.fromEntries(names.map((name, n) => [name, content(n)]));
const clips = ['train', 'test'].flatMap((part) =>
  ['no', 'yes'].flatMap((word) => [0, 1, 2, 3].map((i) => `${part}/${word}/${i}`)),
);
const LENGTH = 160;
const lines = (file: number): string =>
  ['a,b', ...Array.from({ length: 9 }, (_, row) => `${100 * file + row},0`)].join('\n');

/** Numbers that a network sees are those of the file on one scale and from one zero: differences tell them. */
const CASES: Readonly<Record<string, Case>> = {
  folder: {
    input: '4x4x3',
    dataset: 'format: folder',
    last: 'dense, units: 2',
    files: numbered(
      clips.map((name) => `${name}.bmp`),
      (n) => grey(10 * n),
    ),
    seen: (values) => values[0]!,
    there: (folder, file) => readFileSync(join(folder, file))[54]!,
  },
  audio: {
    input: `${LENGTH}x1x1`,
    dataset: 'format: audio, length: 10 ms, noise: { share: 0 }',
    last: 'dense, units: 2',
    files: numbered(
      clips.map((name) => `${name}.wav`),
      (n) => wav(new Float64Array(LENGTH).fill((n + 1) / 128), {}),
    ),
    seen: (values) => values[0]!,
    there: (folder, file) => readFileSync(join(folder, file)).readInt16LE(44),
  },
  sensors: {
    input: '3x1x2',
    dataset: 'format: sensors, window: 3, hop: 2',
    last: 'dense, units: 2',
    files: numbered(
      clips.map((name) => `${name}.csv`),
      lines,
    ),
    seen: (values) => values[0]!,
    there(folder, file) {
      const [name, line] = file.split(':');
      return Number(readFileSync(join(folder, name!), 'utf8').split('\n')[Number(line) - 1]!.split(',')[0]);
    },
  },
  pairs: {
    task: 'super-resolution',
    input: '4x4x3',
    dataset: 'format: pairs',
    last: '',
    files: numbered(
      ['a_train_HR/1', 'a_train_HR/2', 'b_valid_HR/3', 'b_valid_HR/4'].map((name) => `${name}.bmp`),
      (n) => grey(40 * n, 12),
    ),
    seen: (values) => values[0]!,
    there: (folder, file) => readFileSync(join(folder, file))[54]!,
  },
};

const textOf = ({ task = 'classification', input, dataset, last }: Case): string => `udc: 1
name: named
task: ${task}
input: ${input}
dataset: { ${dataset}, path: data }
target: { npu: ethos-u55-128 }
layers:
${
  last === ''
    ? '  - { name: body, op: conv, kernel: 3x3, filters: 12 }\n  - { name: up, op: upsample, factor: 2 }'
    : `  - { name: pool, op: global-average-pool }\n  - { name: logits, op: ${last} }`
}
`;

/** Whether two rows of numbers are the same but for scale and zero. */
function assertAlike(seen: readonly number[], there: readonly number[]): void {
  const [low, high] = [there.indexOf(Math.min(...there)), there.indexOf(Math.max(...there))];
  // Patches of one image.
  if (there[low] === there[high]) return assert.equal(new Set(seen).size, 1);
  const scale = (seen[high]! - seen[low]!) / (there[high]! - there[low]!);
  assert.ok(scale > 0);
  seen.forEach((value, i) => {
    assert.ok(Math.abs(value - seen[low]! - scale * (there[i]! - there[low]!)) < 1e-3, `sample ${i}`);
  });
}

describe('the file of a sample', () => {
  for (const [name, one] of Object.entries(CASES))
    for (const memory of [0, 1e8])
      it(`is the one that it was read from: ${name}, ${memory === 0 ? 'read when asked for' : 'in memory'}`, () =>
        inFolder(async (folder) => {
          for (const [file, content] of Object.entries(one.files)) {
            await mkdir(dirname(join(folder, 'data', file)), { recursive: true });
            await writeFile(join(folder, 'data', file), content);
          }
          const { definition, diagnostics } = parseDefinition(textOf(one));
          assert.ok(definition, JSON.stringify(diagnostics));
          // Values of sensors stay in memory.
          const set = await loadDataset(definition, folder, name === 'sensors' ? 1e8 : memory);
          for (const part of [set.train, set.validation, set.test]) {
            const places = Array.from({ length: part.count }, (_, i) => i);
            const files = places.map((place) => part.fileOf!(place)!);
            assert.ok(files.every((file) => file.includes('/') && !file.startsWith('/') && !file.includes('..')));
            if (part.count < 2) continue;
            const { images } = await part.slice(0, part.count);
            const size = images.length / part.count;
            assertAlike(
              places.map((place) => one.seen(images.subarray(place * size, (place + 1) * size))),
              files.map((file) => one.there(join(folder, 'data'), file)),
            );
          }
          await set.close();
        }));
});

/** Of a network whose samples have no names yet. */
function finalNetwork(): NetworkResult {
  const details = classDetails();
  const worst = details.worst.map((sample) => without(sample, 'file'));
  return mainNetwork(withTestPart(fixtureRun(), { ...details, worst }).result!);
}

describe('the worst samples of a network', () => {
  const part = (fileOf?: Split['fileOf']): Split => ({ ...(fileOf && { fileOf }) }) as Split;

  it('are named, where their data are files, and keep what else is said of them', () => {
    const network = finalNetwork();
    const named = withFiles(
      network,
      part((place) => (place % 2 === 0 ? `=red/${place}.png` : undefined)),
    );
    const worst = named.test!.details.worst;
    assert.ok(worst.length > 0);
    for (const [i, { index, file, ...rest }] of worst.entries()) {
      assert.equal(file, index % 2 === 0 ? `=red/${index}.png` : undefined);
      assert.deepEqual({ index, ...rest }, network.test!.details.worst[i]);
    }
    const view = detailsView('accuracy', named)!;
    assert.equal(view.worstColumns.at(-1), 'file');
    assert.deepEqual(
      view.worst.map(({ cells }) => cells.at(-1)),
      worst.map(({ file }) => file ?? ''),
    );
  });

  it('have no name where there is none, or where it is longer than a result may be', () => {
    const network = finalNetwork();
    assert.equal(withFiles(network, part()), network);
    assert.deepEqual(
      withFiles(
        network,
        part(() => 'x'.repeat(MOST_FILE + 1)),
      ),
      network,
    );
  });
});
