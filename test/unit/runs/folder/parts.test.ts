import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFile, readFile, readdir, truncate, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { CheckpointStore } from '../../../../src/runs/folder/checkpoint-store.ts';
import { RunError } from '../../../../src/runs/folder/run-error.ts';
import { processIdentity } from '../../../../src/runs/worker/process-identity.ts';
import { RunLock, isLocked } from '../../../../src/runs/folder/run-lock.ts';
import { EventLog, readLog } from '../../../../src/runs/folder/event-log.ts';
import { hostMessage, workerMessage } from '../../../../src/runs/worker/worker-messages.ts';
import { LastLines, explainDeath } from '../../../../src/runs/worker/death-explanation.ts';
import { ValidationError } from '../../../../src/base/validate.ts';
import { inFolder } from '../../../scratch.ts';
import { progressOf } from '../../../fixtures/run-parts.ts';
import { without } from '../../../fixtures/without.ts';

const event = (bytes: number) => ({ type: 'finished', exactBytes: bytes, metric: 0.5 }) as const;

async function written(file: string, count: number): Promise<void> {
  const log = await EventLog.open(file, 0);
  for (let n = 0; n < count; n++) await log.append(event(n));
  await log.close();
}

describe('event log', () => {
  it('numbers events and reads them back', () =>
    inFolder(async (place) => {
      const file = join(place, 'events.ndjson');
      assert.deepEqual(await readLog(file), { events: [], ends: [], torn: false });
      await written(file, 3);
      const { events, ends } = await readLog(file);
      assert.deepEqual(
        events,
        [0, 1, 2].map((seq) => ({ seq, ...event(seq) })),
      );
      assert.equal(ends[2], (await readFile(file)).length);
    }));

  it('is readable however it was cut off', () =>
    inFolder(async (place) => {
      const file = join(place, 'events.ndjson');
      await written(file, 5);
      const whole = await readFile(file);
      const { ends } = await readLog(file);
      await fc.assert(
        fc.asyncProperty(fc.nat(whole.length), async (length) => {
          await writeFile(file, whole);
          await truncate(file, length);
          const content = await readLog(file);
          const complete = ends.filter((end) => end <= length).length;
          assert.equal(content.events.length, complete);
          assert.equal(content.torn, length !== (ends[complete - 1] ?? 0));
          assert.equal(content.damage, undefined);
        }),
        { seed: 20220105, numRuns: 60 },
      );
    }));

  it('is cut back to a checkpoint and goes on from there', () =>
    inFolder(async (place) => {
      const file = join(place, 'events.ndjson');
      await written(file, 5);
      await appendFile(file, '{"seq":5,');
      const log = await EventLog.open(file, 2);
      assert.deepEqual(await log.append(event(70)), { seq: 2, ...event(70) });
      await log.close();
      assert.deepEqual(
        (await readLog(file)).events.map((found) => 'exactBytes' in found && found.exactBytes),
        [0, 1, 70],
      );
    }));

  it('adds up what its events took, of those that it began with and of those that come', () =>
    inFolder(async (place) => {
      const file = join(place, 'events.ndjson');
      const trial = (candidate: number, steps: number) =>
        ({ type: 'trial', candidate, steps, loss: 1, measured: { seconds: 2 } }) as const;
      const first = await EventLog.open(file, 0);
      for (const steps of [5, 9, 40]) await first.append(trial(0, steps));
      assert.deepEqual(first.effort, { steps: 40, measured: { seconds: 6 } });
      await first.close();
      const second = await EventLog.open(file, 2);
      assert.deepEqual(second.effort, { steps: 9, measured: { seconds: 4 } });
      await second.append(trial(1, 7));
      await second.close();
      assert.deepEqual(second.effort, { steps: 16, measured: { seconds: 6 } });
    }));

  it('names the line that is no event, and keeps those before it', () =>
    inFolder(async (place) => {
      const file = join(place, 'events.ndjson');
      const damaged = async (line: string): Promise<string | undefined> => {
        await written(file, 2);
        await appendFile(file, `${line}\n`);
        const { events, damage } = await readLog(file);
        assert.equal(events.length, 2);
        return damage;
      };
      assert.match((await damaged('{"seq":2,"type":"party"}'))!, /events\.ndjson:3: type: one of started, epoch/);
      assert.match(
        (await damaged(JSON.stringify({ seq: 7, ...event(1) })))!,
        /events\.ndjson:3: seq: 2 was expected, found 7/,
      );
      assert.match((await damaged('\u0000\u0000'))!, /events\.ndjson:3: /);
      await assert.rejects(
        EventLog.open(file, 3),
        (error: unknown) =>
          error instanceof RunError &&
          error.code === 'damaged' &&
          /holds 2 sound events, the checkpoint was made after 3/.test(error.message),
      );
    }));

  it('takes no event that could not be read back', () =>
    inFolder(async (place) => {
      const file = join(place, 'events.ndjson');
      const log = await EventLog.open(file, 0);
      await assert.rejects(log.append({ ...event(1), metric: NaN }), ValidationError);
      assert.equal(log.length, 0);
      await log.append(event(1));
      await log.close();
      assert.equal((await readLog(file)).events.length, 1);
    }));
});

describe('checkpoints', () => {
  it('are replaced as one, also at the same place in the log', () =>
    inFolder(async (place) => {
      const store = new CheckpointStore(join(place, 'checkpoint'));
      assert.equal(await store.read(), undefined);
      for (const [seq, byte] of [
        [1, 10],
        [1, 11],
        [1, 12],
        [4, 13],
      ] as const) {
        await store.write({ seq, state: Uint8Array.of(byte) });
        const read = await store.read();
        assert.deepEqual([read!.seq, [...read!.state]], [seq, [byte]]);
        assert.equal((await readdir(store.folder)).length, 2);
      }
      await store.clear();
      assert.equal(await store.read(), undefined);
    }));

  it('a write that was cut off leaves the old one', () =>
    inFolder(async (place) => {
      const store = new CheckpointStore(join(place, 'checkpoint'));
      await store.write({ seq: 1, state: Uint8Array.of(1) });
      // What a kill leaves between the two renames, and before the first.
      await writeFile(join(store.folder, 'state-2-0.bin'), 'new state');
      await writeFile(join(store.folder, 'checkpoint.json.99.tmp'), '{"seq":');
      assert.deepEqual([...(await store.read())!.state], [1]);
      await store.write({ seq: 3, state: Uint8Array.of(3) });
      assert.deepEqual((await readdir(store.folder)).sort(), ['checkpoint.json', 'state-3-0.bin']);
    }));

  it('notice damage', () =>
    inFolder(async (place) => {
      const store = new CheckpointStore(join(place, 'checkpoint'));
      await store.write({ seq: 1, state: Uint8Array.of(1, 2, 3) });
      await writeFile(join(store.folder, 'state-1-0.bin'), Uint8Array.of(1, 2, 4));
      await assert.rejects(store.read(), /the checkpoint is damaged: its SHA-256/);
      await writeFile(
        join(store.folder, 'checkpoint.json'),
        '{"format":1,"seq":1,"file":"../../etc/passwd","sha256":""}',
      );
      await assert.rejects(store.read(), /file: a file name was expected/);
    }));
});

describe('lock', () => {
  it('keeps a second out until it is released', () =>
    inFolder(async (place) => {
      const file = join(place, 'lock.json');
      const lock = await RunLock.acquire(file);
      assert.equal(await isLocked(file), true);
      await assert.rejects(
        RunLock.acquire(file),
        (error: unknown) =>
          error instanceof RunError && error.code === 'locked' && error.message.includes(`process ${process.pid}`),
      );
      await lock.release();
      assert.equal(await isLocked(file), false);
      await (await RunLock.acquire(file)).release();
      assert.deepEqual(await readdir(place), []);
    }));

  it('of many at once one gets it, also where a dead process left one', () =>
    inFolder(async (place) => {
      const file = join(place, 'lock.json');
      const dead = { pid: process.pid, identity: 'another life', host: hostname() };
      for (const left of [undefined, ...Array.from({ length: 20 }, () => dead)]) {
        if (left !== undefined) await writeFile(file, JSON.stringify(left));
        const tries = await Promise.allSettled(Array.from({ length: 12 }, () => RunLock.acquire(file)));
        const won = tries.filter((attempt) => attempt.status === 'fulfilled');
        assert.equal(won.length, 1);
        await won[0]!.value.release();
        assert.deepEqual(await readdir(place), []);
      }
    }));

  it('of a process that has ended is stale', () =>
    inFolder(async (place) => {
      const file = join(place, 'lock.json');
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      const holder = { pid: child.pid!, identity: await processIdentity(child.pid!), host: hostname() };
      assert.ok(holder.identity);
      await writeFile(file, JSON.stringify(holder));
      assert.equal(await isLocked(file), true);
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
      assert.equal(await isLocked(file), false);
    }));

  it('of another machine counts while it is kept fresh', () =>
    inFolder(async (place) => {
      const file = join(place, 'lock.json');
      await writeFile(file, JSON.stringify({ pid: 1, identity: 'x', host: 'elsewhere' }));
      assert.equal(await isLocked(file), true);
      await assert.rejects(RunLock.acquire(file), /process 1 on elsewhere/);
      const longAgo = new Date(Date.now() - 10 * 60_000);
      await utimes(file, longAgo, longAgo);
      assert.equal(await isLocked(file), false);
      await (await RunLock.acquire(file)).release();
    }));

  it('that another took over is not removed on release', () =>
    inFolder(async (place) => {
      const file = join(place, 'lock.json');
      const lock = await RunLock.acquire(file);
      await writeFile(file, '{"pid":1,"identity":"x","host":"elsewhere"}');
      await lock.release();
      assert.equal((await readdir(place)).length, 1);
    }));
});

describe('messages', () => {
  it('pass when they are what they say', () => {
    for (const message of [{ type: 'start', folder: '/r' }, { type: 'cancel' }])
      assert.deepEqual(hostMessage(message), message);
    for (const message of [
      { type: 'rewound', seq: 3, fresh: false },
      { type: 'event', event: { seq: 0, ...event(1) } },
      { type: 'note', text: 'x' },
      { type: 'ended', state: 'done', code: '' },
      { type: 'ended', state: 'failed', code: 'data', failure: { what: '', why: '', next: '', log: ['x'] } },
      progressOf(),
      progressOf({ stage: 'duel', title: 'Duel of cups', hasEpochs: false }),
    ])
      assert.deepEqual(workerMessage(message), message);
  });

  it('are refused otherwise, saying where', () => {
    assert.throws(() => hostMessage({ type: 'start' }), /folder: a text was expected, found nothing/);
    assert.throws(() => hostMessage('start'), /an object was expected/);
    assert.throws(() => workerMessage(without(progressOf(), 'title')), /title: a text was expected, found nothing/);
    assert.throws(
      () => workerMessage({ type: 'event', event: { seq: 0, type: 'finished', exactBytes: 'x', metric: 1 } }),
      /event\.exactBytes: a finite number was expected/,
    );
    assert.throws(() => workerMessage({ type: 'ended', state: 'tired', code: '' }), /state: one of done, cancelled/);
    assert.throws(
      () => workerMessage({ type: 'ended', state: 'failed', code: '', failure: { what: 1 } }),
      /failure\.what: a text/,
    );
  });
});

describe('what a dead worker leaves', () => {
  it('is explained by signal, by known lines, or by its last error', () => {
    const explain = (code: number | null, signal: NodeJS.Signals | null, ...log: string[]): string => {
      const { code: kind, what, why } = explainDeath({ code, signal, log });
      return `${kind} | ${what} | ${why}`;
    };
    assert.match(explain(null, 'SIGKILL'), /^killed \| .*memory ran short\. \(signal SIGKILL\)$/);
    assert.match(explain(null, 'SIGSEGV'), /^crashed \|/);
    assert.match(
      explain(134, null, '<--- Last few GCs --->', 'FATAL ERROR: JavaScript heap out of memory'),
      /^out-of-memory \|/,
    );
    assert.match(
      explain(1, null, 'TypeError: x is undefined', '    at y.ts:1'),
      /^died \| .*exit code 1.* \| TypeError: x is undefined$/,
    );
    assert.match(explain(3, null), /It left no message\.$/);
  });

  it('is kept by lines: the last few, cut to a readable length, however the text arrives', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 12 }), { maxLength: 20 }),
        fc.array(fc.nat(30), { maxLength: 10 }),
        (lines, cuts) => {
          const text = lines.map((line) => `${line.replaceAll(/\s/g, '_')}\n`).join('');
          const kept = new LastLines(5, 8);
          let at = 0;
          for (const cut of cuts) {
            kept.push(text.slice(at, at + cut));
            at += cut;
          }
          kept.push(text.slice(at));
          const expected = text
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => (line.length > 8 ? `${line.slice(0, 8)}…` : line))
            .slice(-5);
          assert.deepEqual(kept.lines, expected);
        },
      ),
      { seed: 20220105, numRuns: 100 },
    );
    const open = new LastLines();
    open.push('no end');
    assert.deepEqual(open.lines, ['no end']);
  });
});
