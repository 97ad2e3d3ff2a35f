/** The queue on the disk: holders that live, end or are killed, damaged files, and folders that are not to be had. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CoreQueue, type Held } from '../../../../src/runs/queue/core-queue.ts';
import type { Lane } from '../../../../src/runs/queue/tickets.ts';
import { inFolder } from '../../../scratch.ts';
import { program } from '../support.ts';

const PACE = { lookMs: 5, patienceMs: 5000 };
const queueIn = (folder: string, cores: number): CoreQueue => new CoreQueue(join(folder, 'queue'), cores, PACE);
const never = (): AbortSignal => new AbortController().signal;
const enter = (queue: CoreQueue, cores: number, lane: Lane = 'hand', title = 'run'): Promise<Held> =>
  queue.enter({ lane, cores, title }, never());

async function other(folder: string, cores: number, wished: number): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [program('queue/queue-worker'), join(folder, 'queue'), String(cores), String(wished)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(child.stdout!, 'data');
  return child;
}

describe('the queue for the cores of a machine', () => {
  it('lets as many work as there are cores, in the order of coming, hand-started before swept', () =>
    inFolder(async (folder) => {
      const queue = queueIn(folder, 2);
      const first = await enter(queue, 2);
      assert.equal(first.cores, 2);
      const order: string[] = [];
      const waiting: Promise<void>[] = [];
      for (const [name, lane] of [
        ['swept', 'sweep'],
        ['one', 'hand'],
        ['two', 'hand'],
      ] as const) {
        waiting.push(
          enter(queue, 2, lane, name).then(async (held) => {
            order.push(name);
            await held.release();
          }),
        );
        while ((await queue.tickets()).length < waiting.length + 1) await sleep(2);
      }
      assert.deepEqual(order, []);
      await first.release();
      await Promise.all(waiting);
      assert.deepEqual(order, ['one', 'two', 'swept']);
      assert.deepEqual(await queue.tickets(), []);
    }));

  it('never gives out more than all cores, whoever comes at the same moment', () =>
    inFolder(async (folder) => {
      const queue = queueIn(folder, 3);
      let now = 0;
      let most = 0;
      await Promise.all(
        Array.from({ length: 12 }, async (_, at) => {
          const held = await enter(queueIn(folder, 3), 1 + (at % 3), at % 2 === 0 ? 'hand' : 'sweep');
          now += held.cores;
          most = Math.max(most, now);
          await sleep(3);
          now -= held.cores;
          await held.release();
        }),
      );
      assert.ok(most <= 3, `${most} cores at once`);
      assert.deepEqual(await queue.tickets(), []);
    })).timeout(60_000);

  it('begins on what is free instead of leaving cores idle', () =>
    inFolder(async (folder) => {
      const queue = queueIn(folder, 4);
      await enter(queue, 3);
      assert.equal((await enter(queue, 4)).cores, 1);
    }));

  it('frees the place of a process that was killed', () =>
    inFolder(async (folder) => {
      const child = await other(folder, 2, 2);
      const texts: string[] = [];
      const queue = queueIn(folder, 2);
      const entered = queue.enter({ lane: 'hand', cores: 2, title: 'run' }, never(), {
        waiting: (text) => texts.push(text),
      });
      while (texts.length === 0) await sleep(5);
      assert.match(texts[0]!, new RegExp(`process ${child.pid}`));
      child.kill('SIGKILL');
      assert.equal((await entered).cores, 2);
    })).timeout(60_000);

  it('is left by who stops waiting, and the next moves up', () =>
    inFolder(async (folder) => {
      const queue = queueIn(folder, 1);
      const first = await enter(queue, 1);
      const stop = new AbortController();
      const gone = queue.enter({ lane: 'hand', cores: 1, title: 'gone' }, stop.signal);
      while ((await queue.tickets()).length < 2) await sleep(2);
      const next = enter(queue, 1);
      stop.abort('cancelled');
      await assert.rejects(gone, (reason) => reason === 'cancelled');
      await first.release();
      assert.equal((await next).cores, 1);
    }));

  it('is not stopped by damaged files', () =>
    inFolder(async (folder) => {
      const queue = queueIn(folder, 1);
      await (await enter(queue, 1)).release();
      const damaged = join(folder, 'queue', 'x.ticket.json');
      writeFileSync(damaged, '{"format":1');
      const old = new Date(Date.now() - 60_000);
      utimesSync(damaged, old, old);
      await (await enter(queue, 1)).release();
      assert.deepEqual(readdirSync(join(folder, 'queue')), []);
    }));

  it('does not keep a search from beginning where it cannot be used', () =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, 'file'), '');
      const why: string[] = [];
      const queue = new CoreQueue(join(folder, 'file', 'queue'), 2, PACE);
      const held = await queue.enter({ lane: 'hand', cores: 2, title: 'run' }, never(), {
        unusable: (text) => why.push(text),
      });
      assert.equal(held.cores, 2);
      assert.equal(why.length, 1);
      await held.release();
    }));

  it('waits for nobody where it is off', async () => {
    const queue = new CoreQueue(undefined, 1, PACE);
    const all = await Promise.all([enter(queue, 1), enter(queue, 1)]);
    assert.deepEqual(
      all.map(({ cores }) => cores),
      [1, 1],
    );
  });
});
