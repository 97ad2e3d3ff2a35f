/** `udc combine`: what it says of runs together, as text and as JSON, and how it refuses. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadDataset } from '../../../src/data/load-dataset.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { ensembleReport, type EnsembleReport } from '../../../src/wire/ensemble.ts';
import { inFolder } from '../../scratch.ts';
import { hasCompiler, STRICT } from '../formats/c/c-compiler.ts';
import { ENSEMBLE_MODEL, EXITS_MODEL, finishedRun } from '../runs/ensembles/finished-runs.ts';
import { udc } from './support.ts';

/** Reads samples of doubles, and writes answer and members of each at the point that is named. */
const MAIN = `#include <stdio.h>
#include <stdlib.h>
#include "ensemble.h"
int main(int argc, char **argv) {
  double sample[32 * 16];
  udc_ensemble_answer answer;
  const int point = argc > 1 ? atoi(argv[1]) : UDC_ENSEMBLE_POINT;
  while (fread(sample, 1, sizeof sample, stdin) == sizeof sample) {
    if (udc_ensemble_run(udc_ensemble_member, sample, point, &answer) != 0) return 1;
    printf("%d %d\\n", answer.answer, answer.members);
  }
  return 0;
}
`;

const withTwo = (body: (first: string, second: string, folder: string) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    const [a, b] = [await finishedRun(folder, { seed: 1 }), await finishedRun(folder, { seed: 2, option: 1 })];
    await body(a.path, b.path, folder);
  });

/** The compiled dispatcher stops, and is right, on as many samples as the report says, at every point. */
function checkProgram(
  out: string,
  folder: string,
  report: EnsembleReport,
  images: Float32Array,
  labels: Int32Array,
): void {
  writeFileSync(join(out, 'main.c'), MAIN);
  const program = join(folder, 'main.out');
  const sources = ['main.c', 'ensemble.c', 'members.c'].map((name) => join(out, name));
  const built = spawnSync('gcc', [...STRICT, '-O1', '-o', program, ...sources], { encoding: 'utf8' });
  assert.deepEqual([built.stderr, built.status], ['', 0]);
  for (const [point, { test }] of report.points.entries()) {
    const { stdout, status } = spawnSync(program, [String(point)], {
      input: new Uint8Array(Float64Array.from(images).buffer),
      encoding: 'utf8',
    });
    assert.equal(status, 0);
    const found = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number));
    const stops = report.members.map((_, k) => found.filter(([, ran]) => ran === k + 1).length);
    assert.deepEqual(stops, test.stops);
    const right = found.filter(([answer], i) => answer === labels[i]).length;
    assert.equal(right / labels.length, test.accuracy);
  }
}

describe('udc combine', () => {
  it('says what the members cost together, what thresholds do, and who wins', () =>
    withTwo(async (first, second) => {
      const { code, out, err } = await udc('combine', second, first, '--budget', '4KiB');
      assert.equal(code, 0, err);
      assert.match(out, /^Members, in the order in which they run\n/);
      assert.match(out, /\n1 +\S+-member-1-\S+ /);
      assert.match(out, /\n2 +\S+-member-2-\S+ /);
      assert.match(out, /\n\* +\d+ /);
      assert.match(out, /wins/);
      assert.match(out, /Weight memory +[\d,]+ B of 4,096 B, [\d.]+ %, of all members\n/);
    }));

  it('prints the report as JSON, for each rule', () =>
    withTwo(async (first, second) => {
      for (const rule of ['margin', 'entropy', 'per-class']) {
        const { code, out } = await udc('combine', first, second, '--rule', rule, '--json');
        assert.equal(code, 0);
        const report = ensembleReport(JSON.parse(out));
        assert.equal(report.decider.rule, rule);
        assert.equal(report.members.length, 2);
      }
    }));

  it('compares with the run that is named, which is no member', () =>
    withTwo(async (first, second, folder) => {
      const third = (await finishedRun(folder, { seed: 3 })).path;
      const { code, out } = await udc('combine', first, second, '--against', third, '--json');
      assert.equal(code, 0);
      assert.equal(ensembleReport(JSON.parse(out)).rival.member, false);
      const wrong = await udc('combine', first, second, '--against', first);
      assert.equal(wrong.code, 2);
      assert.match(wrong.err, /--against names a member/);
    }));

  it('writes what a chip needs, which decides on every test sample as the report says', function () {
    if (!hasCompiler()) this.skip();
    return withTwo(async (first, second, folder) => {
      const out = join(folder, 'new', 'ensemble');
      const { code, err } = await udc('combine', first, second, '--rule', 'per-class', '--out', out, '--json');
      assert.equal(code, 0, err);
      const report = ensembleReport(JSON.parse(readFileSync(join(out, 'ensemble.json'), 'utf8')));
      for (const name of ['member-1.tflite', 'member-2.tflite', 'ensemble.py']) assert.ok(existsSync(join(out, name)));
      // These runs have no log that says how their inputs are normalised: samples are normalised values.
      const { definition } = parseDefinition(ENSEMBLE_MODEL);
      const data = await loadDataset(definition!, folder);
      const { images, labels } = await data.test.slice(0, data.test.count);
      await data.close();
      checkProgram(out, folder, report, images, labels);
    });
  });

  it('combines the early exits of one run, in one certificate', () =>
    inFolder(async (folder) => {
      const { path } = await finishedRun(folder, { seed: 3, text: EXITS_MODEL });
      const { code, out, err } = await udc('combine', path, '--budget', '4KiB');
      assert.equal(code, 0, err);
      assert.match(out, /^Exits, in the order in which they are asked\n/);
      assert.match(out, /\n1 +early [^\n]+\n2 +late [^\n]+\n3 +logits /);
      assert.match(out, /Weight memory +[\d,]+ B of 4,096 B, [\d.]+ %, of the network with its exits\n/);
      const over = await udc('combine', path, '--budget', '100');
      assert.equal(over.code, 3);
    }));

  it('writes early exits as a program that computes no more than it has to, and decides as the report says', function () {
    if (!hasCompiler()) this.skip();
    return inFolder(async (folder) => {
      const { path } = await finishedRun(folder, { seed: 3, text: EXITS_MODEL });
      const out = join(folder, 'early');
      for (const rule of ['margin', 'entropy', 'per-class']) {
        const { code, err } = await udc('combine', path, '--rule', rule, '--out', out, '--json');
        assert.equal(code, 0, err);
        const report = ensembleReport(JSON.parse(readFileSync(join(out, 'ensemble.json'), 'utf8')));
        for (const name of ['network.tflite', 'part-1.tflite', 'part-3.tflite', 'ensemble.py'])
          assert.ok(existsSync(join(out, name)));
        const data = await loadDataset(parseDefinition(EXITS_MODEL).definition!, folder);
        const { images, labels } = await data.test.slice(0, data.test.count);
        await data.close();
        checkProgram(out, folder, report, images, labels);
      }
      // What an exit does not need stands in a later part.
      const program = readFileSync(join(out, 'network.h'), 'utf8');
      const parts = [...program.matchAll(/case \d:\n((?: {6}[^\n]+\n)+?) {6}break;/g)].map(
        ([, calls]) => calls!.split('\n').length - 1,
      );
      assert.deepEqual(parts, [3, 4, 3]);
    });
  });

  it('writes the C programs of maps that TFLite does not have, and says what is left out', function () {
    if (!hasCompiler()) this.skip();
    return inFolder(async (folder) => {
      const text = EXITS_MODEL.replace('ethos-u55-128', 'mcu-packed').replace(
        'name: stem,',
        'name: stem, activationBits: 4,',
      );
      const { path } = await finishedRun(folder, { seed: 3, text, target: 'mcu-packed', cycles: 0 });
      const out = join(folder, 'narrow');
      const { code, err } = await udc('combine', path, '--out', out, '--json');
      assert.equal(code, 0, err);
      assert.match(
        err,
        /^note: Without TFLite files and ensemble\.py: TFLite has no activations of 4 bits, and stem /m,
      );
      for (const name of ['network.tflite', 'part-1.tflite', 'ensemble.py']) assert.ok(!existsSync(join(out, name)));
      const report = ensembleReport(JSON.parse(readFileSync(join(out, 'ensemble.json'), 'utf8')));
      const data = await loadDataset(parseDefinition(text).definition!, folder);
      const { images, labels } = await data.test.slice(0, data.test.count);
      await data.close();
      checkProgram(out, folder, report, images, labels);
    });
  });

  it('refuses what does not fit, each with its exit code', () =>
    withTwo(async (first, second) => {
      const over = await udc('combine', first, second, '--budget', '100');
      assert.equal(over.code, 3);
      assert.match(over.err, /together the members take \d+ bytes of weights/);
      const alone = await udc('combine', first);
      assert.equal(alone.code, 1);
      assert.match(alone.err, /alone has nothing to combine/);
      assert.equal((await udc('combine')).code, 2);
      assert.equal((await udc('combine', first, second, '--rule', 'luck')).code, 2);
      const twice = await udc('combine', first, first, '--json');
      assert.equal(twice.code, 1);
      const { error } = JSON.parse(twice.out) as { error: { message: string } };
      assert.match(error.message, /given twice/);
    }));
});
