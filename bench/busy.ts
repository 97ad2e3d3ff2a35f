/** Search step alone and beside processes that keep cores busy, as an editor with its language servers does. */
import { spawn, type ChildProcess } from 'node:child_process';
import process from 'node:process';
import { openFor } from './lib/backend.ts';
import { SEARCHES } from './lib/definitions.ts';
import { columns, rounded, timings } from './lib/measure.ts';
import { median } from './lib/statistics.ts';
import type { Benchmark, Row } from './run.ts';
import { searchStep } from './search-step.ts';

const ROUNDS = 40;

/** A process that computes and never waits. */
function spinner(): ChildProcess {
  return spawn(process.execPath, ['-e', 'for (;;) Math.sqrt(2)'], { stdio: 'ignore' });
}

export const benchmark: Benchmark = {
  name: 'busy',
  describe: 'Search step alone, beside one busy core, and alone again, in milliseconds.',
  async run(options) {
    const { name } = await openFor(options);
    const step = searchStep(SEARCHES[0]!);
    const alone = await timings(step, ROUNDS);
    const neighbour = spinner();
    const beside = await timings(step, ROUNDS).finally(() => {
      neighbour.kill('SIGKILL');
    });
    const again = await timings(step, ROUNDS);
    const rows: Row[] = [
      { what: `search step on ${name}, alone`, ...columns(alone) },
      {
        what: 'beside one busy core',
        ...columns(beside),
        'busy / alone': rounded(median(beside.milliseconds) / median(alone.milliseconds)),
      },
      { what: 'alone again', ...columns(again) },
    ];
    return rows;
  },
};
