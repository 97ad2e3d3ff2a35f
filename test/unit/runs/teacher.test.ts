/** A teacher that a definition names: what it says of which sample, what is refused, and runs that it teaches. */
import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '../../../src/base/safetensors-file.ts';
import { loadDataset } from '../../../src/data/load-dataset.ts';
import { taught } from '../../../src/data/mixing/soft-targets.ts';
import { readFoldedNetwork } from '../../../src/integer/folded-file.ts';
import { packFolded } from '../../../src/integer/pack-folded.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import type { Network } from '../../../src/network/types.ts';
import { checkTeacher, TeacherError } from '../../../src/runs/check-teacher.ts';
import { loadTeacher } from '../../../src/runs/load-teacher.ts';
import { RunFolder } from '../../../src/runs/folder/run-folder.ts';
import { searchEngine } from '../../../src/runs/search-engine.ts';
import { runSession } from '../../../src/runs/session.ts';
import { likelihoods } from '../../../src/training/teacher.ts';
import { inFolder } from '../../scratch.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';
import { npy } from '../data/fixtures.ts';
import { NETWORKS } from '../integer/networks.ts';
import { comparable, SILENT } from './support.ts';

const COUNT = 20;
const CLASSES = 3;

const textOf = (training: string): string => `udc: 1
name: taught
task: classification
input: 2x2x1
dataset: { format: npy, path: ., classes: ${CLASSES}, limit: 15, validation: 0.2 }
target: { npu: ethos-u55-128 }
training: { ${training} }
layers:
  - { name: a, op: conv, kernel: 1x1, filters: 4 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: ${CLASSES} }
`;

const networkOf = (text: string): Network => {
  const { network, diagnostics } = parseDefinition(text);
  assert.ok(network, diagnostics.map(({ message }) => message).join('\n'));
  return network;
};

/** Samples whose four pixels are all their number in the file. */
async function writeData(folder: string): Promise<void> {
  const x = Float32Array.from({ length: COUNT * 4 }, (_, i) => Math.floor(i / 4));
  const y = Int32Array.from({ length: COUNT }, (_, i) => i % CLASSES);
  for (const part of ['train', 'test']) {
    await writeFile(join(folder, `x_${part}.npy`), npy('<f4', [COUNT, 2, 2, 1], x));
    await writeFile(join(folder, `y_${part}.npy`), npy('<i4', [COUNT], y));
  }
}

async function teacherOf(folder: string, training: string): ReturnType<typeof loadTeacher> {
  const network = networkOf(textOf(training));
  const dataset = await loadDataset(network.definition, folder);
  return loadTeacher(network, dataset, folder).finally(() => dataset.close());
}

describe('a teacher', () => {
  it('of outputs: each sample that is trained on has the row of its place in the file', () =>
    inFolder(async (folder) => {
      await writeData(folder);
      const logits = Float32Array.from({ length: COUNT * CLASSES }, (_, i) => (i % CLASSES === 0 ? i / CLASSES : 0));
      await writeFile(join(folder, 'teacher.npy'), npy('<f4', [COUNT, CLASSES], logits));
      const network = networkOf(textOf('teacher: teacher.npy, teaching: 0.25, temperature: 4'));
      const dataset = await loadDataset(network.definition, folder);
      const { lessons, file } = (await loadTeacher(network, dataset, folder))!;
      assert.deepEqual([file, lessons.share, dataset.train.count], ['teacher.npy', 0.25, 12]);
      const { mean, std } = dataset.preparation.normalisation;
      const { images } = await dataset.train.slice(0, 12);
      for (let n = 0; n < 12; n++) {
        const [first, second, third] = lessons.rows.subarray(n * CLASSES);
        const number = 4 * Math.log(first! / second!);
        assert.ok(Math.abs(number - (images[n * 4]! * std[0]! + mean[0]!)) < 1e-3, `${number}`);
        assert.ok(Math.abs(first! + second! + third! - 1) < 1e-6);
      }
      await dataset.close();
    }));

  it('of values: its rows are of the units of the targets that stand beside the samples', () =>
    inFolder(async (folder) => {
      await writeData(folder);
      const y = Float32Array.from({ length: COUNT * 2 }, (_, i) => (i % 2 === 0 ? 100 + i : 3 * i));
      for (const part of ['train', 'test']) await writeFile(join(folder, `y_${part}.npy`), npy('<f4', [COUNT, 2], y));
      await writeFile(join(folder, 'teacher.npy'), npy('<f4', [COUNT, 2], y));
      const text = textOf('teacher: teacher.npy')
        .replace('task: classification', 'task: regression')
        .replace(`, classes: ${CLASSES}`, '')
        .replace(`units: ${CLASSES}`, 'units: 2');
      const network = networkOf(text);
      const dataset = await loadDataset(network.definition, folder);
      const { lessons } = (await loadTeacher(network, dataset, folder))!;
      const { targets } = await dataset.train.slice(0, dataset.train.count);
      // A teacher that says what is right says what the network is trained towards.
      assert.equal(lessons.rows.length, targets!.length);
      lessons.rows.forEach((value, i) => assert.ok(Math.abs(value - targets![i]!) < 1e-5));
      await dataset.close();
    }));

  it('has the share that it is given', () => {
    const lessons = (share: number) => ({ share, rows: Float32Array.of(0.1, 0.9, 0.6, 0.4) });
    const own = Float32Array.of(1, 0);
    assert.deepEqual(taught(own, Int32Array.of(1), undefined), own);
    assert.deepEqual(taught(own, Int32Array.of(1), lessons(0)), own);
    assert.deepEqual(taught(own, Int32Array.of(1), lessons(1)), Float32Array.of(0.6, 0.4));
    assert.deepEqual(taught(own, Int32Array.of(0), lessons(0.5)), Float32Array.of(0.55, 0.45));
  });

  it('is likelier of what it finds likely, less so at a high temperature, and takes large logits', () => {
    const [cold, warm] = [1, 10].map((temperature) => likelihoods(Float32Array.of(1000, 990, 0), 3, temperature));
    assert.ok(cold![0]! > warm![0]! && warm![0]! > warm![1]! && warm![1]! > warm![2]!);
    for (const rows of [cold!, warm!]) assert.ok(Math.abs(rows.reduce((a, b) => a + b) - 1) < 1e-6);
  });

  it('is refused, by its name, where it says nothing about these samples', () =>
    inFolder(async (folder) => {
      await writeData(folder);
      /** @param early is it found before the data are read? */
      const refused = async (file: string, expected: RegExp, early = true): Promise<void> => {
        const right = (error: unknown): boolean => {
          assert.ok(error instanceof TeacherError);
          assert.match(error.message, expected);
          assert.ok(error.message.includes(file));
          return true;
        };
        await assert.rejects(teacherOf(folder, `teacher: ${file}`), right);
        const looked = checkTeacher(networkOf(textOf(`teacher: ${file}`)), folder);
        await (early ? assert.rejects(looked, right) : looked);
      };
      await refused('missing.npy', /there is no such file/);
      const zeros = new Float32Array(COUNT * CLASSES);
      await writeFile(join(folder, 'short.npy'), npy('<f4', [15, CLASSES], zeros.subarray(0, 15 * CLASSES)));
      await refused('short.npy', /shape \(15, 3\); outputs of a teacher are \(20, 3\)/, false);
      await writeFile(
        join(folder, 'nan.npy'),
        npy(
          '<f4',
          [COUNT, CLASSES],
          zeros.map(() => NaN),
        ),
      );
      await refused('nan.npy', /has an output that is no number/, false);
      await writeFile(join(folder, 'other.safetensors'), packFolded(NETWORKS['residual']!()));
      await refused('other.safetensors', /this network reads .*, and the samples are 2x2x1/);
      await writeFile(join(folder, 'empty.safetensors'), writeSafetensors([]));
      await refused('empty.safetensors', /not a file of weights/);
      await writeFile(join(folder, 'text.safetensors'), 'no weights');
      await refused('text.safetensors', /text\.safetensors/);
    }));

  it('may be any network that is kept: its architecture is read with it, and damage is named', () => {
    for (const [name, make] of Object.entries(NETWORKS)) {
      const folded = make();
      assert.deepEqual(readFoldedNetwork(packFolded(folded)).architecture, folded.architecture, name);
    }
    const { tensors, metadata } = readSafetensors(packFolded(NETWORKS['residual']!()));
    const broken = (change: (text: string) => string): Uint8Array =>
      writeSafetensors(tensors, { ...metadata, architecture: change(metadata['architecture']!) });
    for (const change of [
      (text: string) => text.replace('"inputs":[0]', '"inputs":[9]'),
      (text: string) => text.replace('"inputs":[-1]', '"inputs":[]'),
      (text: string) => text.replace(/"inChannels":\d+/, '"inChannels":77'),
      (text: string) => text.replace(/"kind":"\w+"/, '"kind":"constructor"'),
      () => '{}',
      () => '{',
    ])
      assert.throws(() => readFoldedNetwork(broken(change)), { name: 'DamagedFileError' });
  });
});

const MODEL = `udc: 1
name: tiny
task: classification
input: 16x16x1
dataset: { format: generated, generator: shapes, samples: 60, augment: { crop: 1, flip: true } }
target: { npu: ethos-u55-128, weights: 600 B }
search: { bits: 2 | 8 }
training: { warmup: 1, search: 1, sparsify: 1, settle: 1, batch: 18, race: 2 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8, bits: 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6 }
`;
const TAUGHT = MODEL.replace('batch: 18', 'batch: 18, teacher: teacher.safetensors, mixup: 0.3');

describe('a run that is taught', () => {
  const create = (place: string, definitionText: string): Promise<RunFolder> =>
    RunFolder.create(place, {
      name: 'tiny',
      definitionText,
      definitionPath: join(place, 'tiny.udc.yaml'),
      strategy: 'udc',
      limits: limitsOf(600),
      seed: 1,
      backend: 'wasm',
      baselines: ['uniform'],
      version: '0.0.0',
    });
  const never = new AbortController().signal;

  it('learns something else, names its teacher, goes on the same, and not with another teacher', function () {
    this.timeout(240_000);
    return inFolder(async (place) => {
      const alone = await create(place, MODEL);
      assert.equal((await runSession(alone, searchEngine, SILENT, never)).state, 'done');
      const weights = join(alone.path, 'weights.safetensors');
      await copyFile(weights, join(place, 'teacher.safetensors'));

      const whole = await create(place, TAUGHT);
      assert.equal((await runSession(whole, searchEngine, SILENT, never)).state, 'done');
      const { events } = await whole.readEvents();
      const started = events.find((event) => event.type === 'started')!;
      assert.equal(started.teacher?.file, 'teacher.safetensors');
      assert.notDeepEqual(
        await readFile(join(whole.path, 'weights.safetensors')),
        await readFile(weights),
        'a teacher changes what is learned',
      );

      const parts = await create(place, TAUGHT);
      let epochs = 0;
      const stop = new AbortController();
      const stopping = {
        ...SILENT,
        event: ({ type }: { readonly type: string }) => {
          if (type === 'epoch' && ++epochs === 2) stop.abort('cancelled');
        },
      };
      await runSession(parts, searchEngine, stopping, stop.signal);
      const { tensors, metadata } = readSafetensors(await readFile(weights));
      await writeFile(join(place, 'teacher.safetensors'), writeSafetensors(tensors, { ...metadata, note: 'another' }));
      const refused = await runSession(parts, searchEngine, SILENT, never);
      assert.deepEqual([refused.state, refused.code], ['failed', 'teacher']);
      await copyFile(weights, join(place, 'teacher.safetensors'));
      assert.equal((await runSession(parts, searchEngine, SILENT, never)).state, 'done');
      assert.deepEqual(comparable((await parts.readEvents()).events), comparable(events));
    });
  });
});
