/** Working a sweep off: order and limits, failures that stay alone, stopping, going on, and two who drive at once. */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { RunFolder, listRuns, runsFolderOf } from '../../../../src/runs/folder/run-folder.ts';
import type { RunEnd } from '../../../../src/runs/launchers/launcher.ts';
import { coresEach, missingCells, usualParallel } from '../../../../src/runs/sweep/sweep-driver.ts';
import { SweepFolder, requestOf, sameSweep } from '../../../../src/runs/sweep/sweep-folder.ts';
import { readFacts } from '../../../../src/runs/sweep/sweep-facts.ts';
import { sideBySide } from '../../../../src/runs/sweep/time-estimate.ts';
import type { RunHandle } from '../../../../src/runs/supervisor.ts';
import { cellsOf } from '../../../../src/wire/sweep-plan.ts';
import { inFolder } from '../../../scratch.ts';
import { comparable, workHere } from '../support.ts';
import { PLAN, drive, sweepIn, sweepRequest } from './support.ts';
import { timeless } from '../../../timeless.ts';

const PLANNED = { epochs: 2, stepMs: 0 };
const DONE: RunEnd = { state: 'done', code: '' };

/** A run that exists in name only, and ends when it is told to. */
function madeUp(ended: Promise<RunEnd>, cancelled: () => void = () => undefined): RunHandle {
  return {
    folder: new RunFolder('/none'),
    job: { launcher: 'none', folder: '/none', id: '1' },
    ended,
    cancel: () => {
      cancelled();
      return ended;
    },
    kill: () => undefined,
  };
}

describe('a sweep that is worked off', () => {
  it('comes to the same results as single searches', () =>
    inFolder(async (folder) => {
      const sweep = await sweepIn(folder, sweepRequest(PLANNED));
      const { cells, stopped } = await (await drive(sweep, 2)).ended;
      assert.equal(stopped, false);
      assert.deepEqual(
        cells.map(({ state }) => state),
        ['done', 'done', 'done', 'done'],
      );
      const file = await sweep.read();
      for (const { cell, run } of cells) {
        const alone = await RunFolder.create(join(folder, 'alone'), requestOf(file, cell));
        await workHere(alone);
        assert.deepEqual(timeless(await run!.folder.readResult()), timeless(await alone.readResult()));
        assert.deepEqual(
          comparable((await run!.folder.readEvents()).events),
          comparable((await alone.readEvents()).events),
        );
        assert.deepEqual(
          await readFile(join(run!.folder.path, 'weights.safetensors')),
          await readFile(join(alone.path, 'weights.safetensors')),
        );
      }
      assert.equal((await listRuns(runsFolderOf(folder))).length, 4, 'they are among the runs of the workspace');
    })).timeout(60_000);

  it('has no more at work than it may, begins in the order of the plan, and each cell once', () =>
    inFolder(async (folder) => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 6 }),
          fc.array(fc.nat(4), { minLength: 4, maxLength: 4 }),
          async (parallel, delays) => {
            const sweep = await sweepIn(folder, sweepRequest(PLANNED));
            const begun: number[] = [];
            let now = 0;
            let most = 0;
            const driven = await drive(sweep, parallel, {
              begin: async (_, { index }) => {
                begun.push(index);
                most = Math.max(most, ++now);
                const ended = new Promise<RunEnd>((resolve) => {
                  setTimeout(() => {
                    now -= 1;
                    resolve(DONE);
                  }, delays[index]);
                });
                return madeUp(ended);
              },
            });
            await driven.ended;
            assert.deepEqual(
              begun,
              cellsOf(PLAN).map(({ index }) => index),
            );
            assert.ok(most <= parallel);
          },
        ),
        { numRuns: 20 },
      );
    })).timeout(60_000);

  it('goes on with the others where one fails or cannot begin', () =>
    inFolder(async (folder) => {
      const sweep = await sweepIn(folder, sweepRequest(PLANNED));
      const told: string[] = [];
      let count = 0;
      const driven = await drive(sweep, 1, {
        begin: (work, _, place) => {
          count += 1;
          if (count === 1) return Promise.reject(new Error('the disk is full'));
          assert.equal(place.lane, 'sweep');
          assert.ok('request' in work);
          return Promise.resolve(madeUp(Promise.resolve<RunEnd>({ state: 'failed', code: 'x' })));
        },
        changed: (cell, state, _, end) =>
          told.push(`${cell.index} ${state}${typeof end === 'string' ? ` ${end}` : ''}`),
      });
      await driven.ended;
      assert.deepEqual(told.slice(0, 3), ['0 failed the disk is full', '1 running', '1 failed']);
      assert.equal(count, 4);
    }));

  it('leaves what is stopped to be gone on with, and ends as if it had not been', () =>
    inFolder(async (folder) => {
      const sweep = await sweepIn(folder, sweepRequest({ epochs: 4, stepMs: 5 }));
      let ended = 0;
      const driven = await drive(sweep, 2, {
        changed: (_, state) => {
          if (state !== 'running' && ++ended === 1) driven.cancel();
        },
      });
      const first = await driven.ended;
      assert.equal(first.stopped, true);
      const states = first.cells.map(({ state }) => state);
      assert.ok(states.includes('done') && states.includes('missing'), states.join());
      const second = await (await drive(sweep, 3)).ended;
      assert.deepEqual(
        second.cells.map(({ state }) => state),
        ['done', 'done', 'done', 'done'],
      );
      // What had been begun was gone on with, not begun anew.
      for (const { cell, run } of first.cells) if (run) assert.equal(second.cells[cell.index]!.run!.id, run.id);
      assert.equal(missingCells(second.cells).length, 0);
    })).timeout(60_000);

  it('stops one run alone when that is asked', () =>
    inFolder(async (folder) => {
      const sweep = await sweepIn(folder, sweepRequest(PLANNED));
      const stopped: number[] = [];
      const driven = await drive(sweep, 4, {
        begin: async (_, { index }) => {
          let stop: (end: RunEnd) => void = () => undefined;
          const ended = new Promise<RunEnd>((resolve) => (stop = resolve));
          if (index !== 1) setTimeout(() => stop(DONE), 20);
          return madeUp(ended, () => {
            stopped.push(index);
            stop({ state: 'cancelled', code: 'cancelled' });
          });
        },
      });
      setTimeout(() => driven.cancelCell(1), 5);
      assert.equal((await driven.ended).stopped, false);
      assert.deepEqual(stopped, [1]);
    }));

  it('is driven by one program at a time', () =>
    inFolder(async (folder) => {
      const sweep = await sweepIn(folder, sweepRequest({ epochs: 2, stepMs: 20 }));
      const driven = await drive(sweep, 4);
      await assert.rejects(drive(sweep, 4), /another program works on this sweep/);
      driven.cancel();
      await driven.ended;
      assert.equal(await sweep.isLocked(), false);
    })).timeout(60_000);

  it('runs nothing that is left out, and says why', () =>
    inFolder(async (folder) => {
      const leftOut = [1, 3].map((index) => ({ index, reason: 'too small' }));
      const sweep = await sweepIn(folder, sweepRequest(PLANNED, { leftOut }));
      await (
        await drive(sweep, 2)
      ).ended;
      const { rows } = await readFacts(sweep);
      assert.deepEqual(
        rows.map(({ state }) => state),
        ['done', 'left out', 'done', 'left out'],
      );
      assert.equal(rows[1]!.reason, 'too small');
    })).timeout(60_000);
});

describe('a sweep folder', () => {
  it('is found again by what it asks for, whatever its name', () =>
    inFolder(async (folder) => {
      const sweeps = join(folder, '.udc', 'sweeps');
      const request = sweepRequest(PLANNED);
      assert.equal(await sameSweep(sweeps, request), undefined);
      const made = await sweepIn(folder, request);
      assert.equal((await sameSweep(sweeps, { ...request, name: 'other' }))?.path, made.path);
      for (const change of [
        { definitionText: 'x' },
        { plan: { ...PLAN, seeds: [1] } },
        { backend: 'cpu' as const },
        { baselines: ['uniform'] },
      ])
        assert.equal(await sameSweep(sweeps, { ...request, ...change }), undefined);
    }));

  it('takes any name, and stays in its place', () =>
    inFolder(async (folder) => {
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary' }), async (name) => {
          const sweep = await sweepIn(folder, sweepRequest(PLANNED, { name }));
          assert.match(sweep.id, /^[\w-]+$/);
          assert.equal((await sweep.read()).name, name);
        }),
        { numRuns: 30, examples: [['../../etc'], ['a\u0000b'], ['\u001b[2J'], ['']] },
      );
    }));

  it('says which file is damaged, and refuses what is none', () =>
    inFolder(async (folder) => {
      const sweep = await sweepIn(folder, sweepRequest(PLANNED));
      const file = join(sweep.path, 'sweep.json');
      await writeFile(file, (await readFile(file, 'utf8')).replace('"fake"', '"fakf"'));
      await assert.rejects(sweep.read(), /sweep\.json: the file is damaged/);
      await rm(file);
      await assert.rejects(sweep.read(), /no folder of a sweep/);
      await assert.rejects(new SweepFolder('/none').read(), /no folder of a sweep/);
    }));
});

describe('the share of a machine', () => {
  it('is at least a core, and together no more than there are where runs do not outnumber them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 128 }), fc.integer({ min: 1, max: 128 }), (cores, parallel) => {
        const each = coresEach(cores, parallel);
        assert.ok(each >= 1 && (parallel > cores || each * parallel <= cores));
        const usual = usualParallel(cores, 2 ** 33, parallel);
        assert.ok(usual >= 1 && usual <= cores && usual <= parallel && usual <= 8);
      }),
    );
  });

  it('takes the time of the longest lane', () => {
    assert.equal(sideBySide([3, 3, 3], 2), 6);
    assert.equal(sideBySide([1, 1, 1, 1], 4), 1);
    assert.equal(sideBySide([], 2), 0);
  });
});
