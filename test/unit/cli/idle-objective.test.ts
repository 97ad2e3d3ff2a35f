/** An objective under a strategy that an option names and that ranks nothing: said before anything starts, and kept. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { idleObjective, STRATEGIES } from '../../../src/wire/strategies.ts';
import { listRuns, RunFolder } from '../../../src/runs/folder/run-folder.ts';
import { inFolder } from '../../scratch.ts';
import { MODEL, udc } from './support.ts';

const AIMED = MODEL.replace(
  'layers:',
  `search: { objective: { latency: 1 ms } }
training: { warmup: 1, search: 1, race: 1, sparsify: 1, settle: 1, batch: 32 }
layers:`,
);
const IDLE = /small\.udc\.yaml:7:\d+: warning: `objective` has no effect on `strategy: memory-driven`/;

describe('an objective that ranks nothing', () => {
  it('is one of strategies that compare no networks, and of no other', () => {
    const idle = STRATEGIES.filter(({ id }) => idleObjective(id, 'latency') !== undefined);
    assert.deepEqual(
      idle.map(({ id }) => id),
      STRATEGIES.filter(({ comparesNothing }) => comparesNothing).map(({ id }) => id),
    );
  });

  it('is warned of by `udc search --strategy`, and the run keeps that', () =>
    inFolder(async (folder) => {
      const model = join(folder, 'small.udc.yaml');
      writeFileSync(model, AIMED);
      const runs = join(folder, 'runs');
      const args = ['--strategy', 'memory-driven', '--run-dir', runs];
      const { code, err } = await udc('search', model, ...args);
      assert.equal(code, 0, err);
      assert.match(err, IDLE);
      const run = new RunFolder(join(runs, (await listRuns(runs))[0]!.id));
      const started = (await run.readEvents()).events.find((event) => event.type === 'started')!;
      assert.match(started.leftOut!.join(' '), /^`objective` has no effect on `strategy: memory-driven`/);
    })).timeout(120_000);

  it('is warned of by sweeps, for the strategies that are named', () =>
    inFolder(async (folder) => {
      const model = join(folder, 'small.udc.yaml');
      writeFileSync(model, AIMED);
      const planned = (strategies: string): ReturnType<typeof udc> =>
        udc(
          'sweep',
          model,
          '--strategies',
          strategies,
          '--budgets',
          '2KiB',
          '--seeds',
          '1',
          '--dry-run',
          '--on',
          'ray',
          '--write',
          join(folder, 'out'),
        );
      assert.match((await planned('udc,memory-driven')).err, IDLE);
      assert.doesNotMatch((await planned('udc,uniform')).err, /no effect/);
    })).timeout(120_000);
});
