/** `udc combine`: what it says of runs together, as text and as JSON, and how it refuses. */
import assert from 'node:assert/strict';
import { ensembleReport } from '../../../src/wire/ensemble.ts';
import { inFolder } from '../../scratch.ts';
import { finishedRun } from '../runs/ensembles/finished-runs.ts';
import { udc } from './support.ts';

const withTwo = (body: (first: string, second: string, folder: string) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    const [a, b] = [await finishedRun(folder, { seed: 1 }), await finishedRun(folder, { seed: 2, option: 1 })];
    await body(a.path, b.path, folder);
  });

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

  it('refuses what does not fit, each with its exit code', () =>
    withTwo(async (first, second) => {
      const over = await udc('combine', first, second, '--budget', '100');
      assert.equal(over.code, 3);
      assert.match(over.err, /together the members take \d+ bytes of weights/);
      assert.equal((await udc('combine', first)).code, 2);
      assert.equal((await udc('combine', first, second, '--rule', 'luck')).code, 2);
      const twice = await udc('combine', first, first, '--json');
      assert.equal(twice.code, 1);
      const { error } = JSON.parse(twice.out) as { error: { message: string } };
      assert.match(error.message, /given twice/);
    }));
});
