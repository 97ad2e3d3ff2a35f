/** How a sweep stands, as the terminal shows it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { RunFolder } from '../../../src/runs/folder/run-folder.ts';
import { requestOf } from '../../../src/runs/sweep/sweep-folder.ts';
import { udc } from './support.ts';
import { inFolder } from '../../scratch.ts';
import { sweepIn, sweepRequest } from '../runs/sweep/support.ts';

describe('the standing of a sweep', () => {
  it('proposes nothing to be done with results where there are none', () =>
    inFolder(async (folder) => {
      const sweep = await sweepIn(folder, sweepRequest({ epochs: 1, stepMs: 0 }));
      const { code, out } = await udc('sweep', '--status', sweep.path);
      assert.equal(code, 0);
      assert.match(out, /0 of 4 runs done, 4 missing/);
      assert.doesNotMatch(out, /Next:|export|apply/);
    }));

  it('is not exported as a network: a run is to be named', () =>
    inFolder(async (folder) => {
      const sweep = await sweepIn(folder, sweepRequest({ epochs: 1, stepMs: 0 }));
      const { code, err } = await udc('export', sweep.path, '--out', join(folder, 'a.tflite'));
      assert.equal(code, 2);
      assert.match(err, /a sweep is exported as html, csv, json, not as 'tflite': .*folder of its run/);
    }));

  it('says why runs failed below the table, which stays as narrow as without', () =>
    inFolder(async (folder) => {
      const sweep = await sweepIn(folder, sweepRequest({ epochs: 1, stepMs: 0 }));
      const tableOf = async (): Promise<{ readonly rule: string; readonly out: string }> => {
        const { out } = await udc('sweep', '--status', sweep.path);
        return { out, rule: /^─+$/m.exec(out)![0] };
      };
      const before = await tableOf();
      const file = await sweep.read();
      const run = await RunFolder.create(sweep.path, requestOf(file, (await sweep.cells(file))[0]!.cell));
      const why = 'so long a reason that nobody wants to have it in a column of a table, '.repeat(4).trim();
      const failure = { what: 'The search failed.', why, next: 'Try again.', log: [] };
      await run.writeEnding({ state: 'failed', code: 'internal', failure });
      const { out, rule } = await tableOf();
      assert.match(out, new RegExp(`^failed: .*: .*${why}`, 'm'));
      assert.ok(rule.length <= before.rule.length + run.id.length, out);
    }));
});
