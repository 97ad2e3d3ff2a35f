/** Runs combined in the editor's thread: a report as plain data, or why there is none. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import type { CombineAnswer, CombineTask } from '../../../../src/runs/ensembles/combine-folders.ts';
import { jointLimits } from '../../../../src/runs/ensembles/ensemble-members.ts';
import { ensembleReport } from '../../../../src/wire/ensemble.ts';
import { inFolder, scratchFolder } from '../../../scratch.ts';
import { ENSEMBLE_MODEL, finishedRun } from './finished-runs.ts';

const program = join(scratchFolder('combine-thread'), 'combine.cjs');

/** As the editor does it: in a thread, by a bundle. */
function asked(task: CombineTask): Promise<CombineAnswer> {
  return new Promise((done, failed) => {
    const thread = new Worker(program, { workerData: task, execArgv: [] });
    thread.once('message', done);
    thread.once('error', failed);
  });
}

describe('the limits of an ensemble that a run has found', () => {
  it('are those of its certificate, but for the memory that each member has to itself', () => {
    const costs = [
      { cost: 'weights', value: 4048, limit: 4096 },
      { cost: 'activations', value: 4096, limit: 16_384 },
      { cost: 'cycles', value: 16_000, limit: 20_000 },
      { cost: 'latency', value: 0.001 },
    ] as const;
    assert.deepEqual(jointLimits({ certificate: { encodedSha256: '', costs } }), { weights: 4096, cycles: 20_000 });
  });
});

describe('the thread that combines runs', () => {
  before(() => {
    buildSync({
      entryPoints: ['src/runs/ensembles/combine-thread.ts'],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      logLevel: 'error',
      banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
      define: { 'import.meta.url': 'bundleUrl' },
    });
  });

  it('answers with a report, or with what stands between the runs', () =>
    inFolder(async (folder) => {
      const [first, second] = [
        await finishedRun(folder, { seed: 1 }),
        await finishedRun(folder, { seed: 2, option: 1 }),
      ];
      const answer = await asked({ combine: [second.path, first.path], rule: 'per-class' });
      assert.ok('report' in answer, JSON.stringify(answer));
      assert.deepEqual(
        ensembleReport(answer.report).members.map(({ run }) => run),
        [first.id, second.id],
      );
      const text = ENSEMBLE_MODEL.replace('samples: 120', 'samples: 130');
      const other = await finishedRun(folder, { seed: 3, text });
      const refused = await asked({ combine: [first.path, other.path], rule: 'margin' });
      assert.ok('problem' in refused);
      assert.match(refused.problem, /cannot be combined: they were made of other samples/);
    }));
});
