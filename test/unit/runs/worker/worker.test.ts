import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIdentity } from '../../../../src/runs/worker/process-identity.ts';
import { RunFolder } from '../../../../src/runs/folder/run-folder.ts';
import type { RunListener } from '../../../../src/runs/launchers/launcher.ts';
import { resumeRun, startRun } from '../../../../src/runs/supervisor.ts';
import { SeededRandom } from '../../../../src/base/random.ts';
import type { RunEvent } from '../../../../src/wire/run.ts';
import { request } from '../request.ts';
import { inFolder } from '../../../scratch.ts';
import { comparable, fakeLauncher, pidOf, program, startFake, uninterrupted } from '../support.ts';

/** Keeps what a host would know of a run. */
class Witness implements RunListener {
  readonly events: RunEvent[] = [];
  readonly notes: string[] = [];
  progresses = 0;
  private waiting: { epoch: number; resolve: () => void } | undefined;

  rewound(seq: number): void {
    this.events.length = Math.min(this.events.length, seq);
  }
  note(text: string): void {
    this.notes.push(text);
  }
  progress(): void {
    this.progresses += 1;
  }
  event(event: RunEvent): void {
    this.events.push(event);
    if (event.type === 'epoch' && this.waiting !== undefined && event.epoch >= this.waiting.epoch)
      this.waiting.resolve();
  }

  untilEpoch(epoch: number): Promise<void> {
    return new Promise((resolve) => {
      this.waiting = { epoch, resolve };
    });
  }
}

const plan = { epochs: 6, stepMs: 4 };

describe('worker', () => {
  it('runs to the end; what the host hears is what the log holds', () =>
    inFolder(async (runs) => {
      const witness = new Witness();
      const handle = await startFake(runs, plan, witness);
      assert.deepEqual(await handle.ended, { state: 'done', code: '' });
      const { events, torn, damage } = await handle.folder.readEvents();
      assert.deepEqual([torn, damage], [false, undefined]);
      assert.deepEqual(witness.events, events);
      assert.deepEqual(comparable(events), await uninterrupted(runs, plan));
      assert.ok(witness.progresses >= 1);
      assert.equal((await handle.folder.readResult())?.networks[0].totals.totalBytes, 900);
      assert.deepEqual((await readdir(handle.folder.path)).sort(), [
        'events.ndjson',
        'result.json',
        'run.json',
        'weights.safetensors',
      ]);
    }));

  it('leaves no folder behind where the search cannot begin, and touches none that was there', () =>
    inFolder(async (runs) => {
      const impossible = { ...plan, then: 'refuse-to-open' } as const;
      const handle = await startFake(runs, impossible, new Witness());
      const end = await handle.ended;
      assert.deepEqual(
        [end.state, end.code, end.refused, end.failure?.why],
        ['failed', 'budget', true, 'there is no data'],
      );
      assert.deepEqual(
        (await readdir(runs)).filter((name) => name !== '.gitignore'),
        [],
      );
      const there = await RunFolder.create(runs, request(impossible));
      const again = await (await resumeRun(there.path, new Witness(), fakeLauncher())).ended;
      assert.deepEqual([again.state, again.refused], ['failed', undefined]);
      assert.equal(await there.readState(), 'failed');
    }));

  it('killed at random moments, it resumes to the events of an uninterrupted run', () =>
    inFolder(async (runs) => {
      const random = new SeededRandom(20220105);
      const long = { epochs: 24, stepMs: 4 };
      const witness = new Witness();
      let handle = await startFake(runs, long, witness);
      let kills = 0;
      for (; kills < 5; kills++) {
        // Somewhere within the epoch after the next one is done: in a step, in a write, in between.
        await Promise.race([witness.untilEpoch((witness.events.length || 1) + 1), handle.ended]);
        await sleep(random.next() * 25);
        process.kill(pidOf(handle), 'SIGKILL');
        const end = await handle.ended;
        assert.equal(end.state, 'interrupted');
        assert.match(end.failure!.what, /killed \(SIGKILL\)/);
        const { events, damage } = await handle.folder.readEvents();
        assert.equal(damage, undefined, 'the log is readable');
        assert.ok(events.length >= witness.events.length, 'nothing that the host was told is lost');
        assert.equal(await handle.folder.readState(), 'interrupted');
        handle = await resumeRun(handle.folder.path, witness, fakeLauncher());
      }
      assert.equal((await handle.ended).state, 'done');
      const { events } = await handle.folder.readEvents();
      const expected = await uninterrupted(runs, long);
      assert.deepEqual(comparable(events), expected);
      assert.deepEqual(comparable(witness.events), expected, 'a host that follows the rewinds knows the same');
    }));

  it('stops on request with a checkpoint, and goes on', () =>
    inFolder(async (runs) => {
      const witness = new Witness();
      const handle = await startFake(runs, { epochs: 8, stepMs: 5 }, witness);
      await witness.untilEpoch(2);
      const end = await handle.cancel();
      assert.deepEqual([end.state, end.code], ['cancelled', 'cancelled']);
      assert.equal(await handle.folder.readState(), 'cancelled');
      const again = await resumeRun(handle.folder.path, witness, fakeLauncher());
      assert.equal((await again.ended).state, 'done');
      assert.deepEqual(comparable(witness.events), await uninterrupted(runs, { epochs: 8, stepMs: 0 }));
    }));

  it('is ended when it does not stop by itself', () =>
    inFolder(async (runs) => {
      const witness = new Witness();
      const handle = await startFake(runs, { epochs: 3, stepMs: 1, at: 2, then: 'hang' }, witness);
      await witness.untilEpoch(2);
      const end = await handle.cancel({ messageMs: 50, terminateMs: 50 });
      assert.equal(end.state, 'cancelled');
      assert.match(end.failure!.why, /was ended/);
      assert.equal(await processIdentity(pidOf(handle)), undefined);
      assert.equal(await handle.folder.readState(), 'cancelled');
    }));

  it('makes a checkpoint and ends when its host is killed', () =>
    inFolder(async (runs) => {
      const host = spawn(process.execPath, [program('fake-host'), runs, program('fake-worker')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = await Promise.race([
        (async (): Promise<string[]> => {
          for await (const text of createInterface(host.stdout)) return [text];
          return [];
        })(),
        new Promise<string[]>((resolve) =>
          host.once('exit', () => {
            resolve([]);
          }),
        ),
      ]);
      const { folder: path, pid } = JSON.parse(line!) as { folder: string; pid: number };
      const folder = new RunFolder(path);
      while ((await folder.readEvents()).events.length < 3) await sleep(20);
      host.kill('SIGKILL');
      while ((await processIdentity(pid)) !== undefined) await sleep(20);
      assert.equal(await folder.readState(), 'interrupted');
      assert.equal((await folder.readEnding())?.code, 'host-gone');
      const checkpoint = await folder.checkpoints.read();
      const { events } = await folder.readEvents();
      assert.ok(checkpoint!.seq >= events.length - 1);
    }));

  const deaths = [
    { then: 'throw', state: 'failed', code: 'internal', why: /a tensor has the wrong shape/ },
    { then: 'nan', state: 'failed', code: 'internal', why: /metric: a finite number was expected, found NaN/ },
    { then: 'exit', state: 'interrupted', code: 'died', why: /Error: the driver is gone/ },
    { then: 'out-of-memory', state: 'interrupted', code: 'out-of-memory', why: /too large for this machine/ },
  ] as const;
  for (const { then, state, code, why } of deaths) {
    it(`says why it died: ${then}`, () =>
      inFolder(async (runs) => {
        const handle = await startFake(runs, { epochs: 3, stepMs: 0, at: 2, then });
        const end = await handle.ended;
        assert.deepEqual([end.state, end.code], [state, code]);
        assert.match(end.failure!.why, why);
        assert.equal(await handle.folder.readState(), state);
        assert.deepEqual((await handle.folder.readEnding())?.failure, end.failure);
        assert.equal((await handle.folder.readEvents()).damage, undefined);
      }));
  }

  it('says so when it cannot be started', () =>
    inFolder(async (runs) => {
      const handle = await startRun(runs, request(plan), {}, fakeLauncher({ execPath: join(runs, 'no-such-node') }));
      const end = await handle.ended;
      assert.deepEqual([end.state, end.code], ['interrupted', 'no-worker']);
      assert.match(end.failure!.why, /ENOENT/);
    }));

  it('tells a failed search in the words of the engine', () =>
    inFolder(async (runs) => {
      const handle = await startFake(runs, { epochs: 3, stepMs: 0, at: 0, then: 'refuse' });
      assert.deepEqual(await handle.ended, {
        state: 'failed',
        code: 'budget',
        failure: { what: 'The budget cannot be met.', why: 'the budget is too small', next: 'Raise it.', log: [] },
      });
      assert.deepEqual(
        (await handle.folder.readEvents()).events.map(({ type }) => type),
        ['failed'],
      );
    }));

  it('two on one run: the second is refused and the first goes on undisturbed', () =>
    inFolder(async (runs) => {
      const witness = new Witness();
      const first = await startFake(runs, { epochs: 12, stepMs: 15 }, witness);
      await witness.untilEpoch(1);
      const second = await resumeRun(first.folder.path, {}, fakeLauncher());
      const end = await second.ended;
      assert.deepEqual([end.state, end.code], ['failed', 'locked']);
      assert.match(end.failure!.why, new RegExp(`in the hands of process ${pidOf(first)}`));
      assert.equal(await first.folder.readState(), 'running');
      assert.equal((await first.ended).state, 'done');
      assert.deepEqual(
        comparable((await first.folder.readEvents()).events),
        await uninterrupted(runs, { epochs: 12, stepMs: 0 }),
      );
    }));

  it('two runs at once do not touch each other', () =>
    inFolder(async (runs) => {
      const [first, second] = await Promise.all([startFake(runs, plan, {}, 1), startFake(runs, plan, {}, 2)]);
      assert.notEqual(first.folder.id, second.folder.id);
      assert.deepEqual(
        (await Promise.all([first.ended, second.ended])).map(({ state }) => state),
        ['done', 'done'],
      );
      for (const [handle, seed] of [
        [first, 1],
        [second, 2],
      ] as const)
        assert.deepEqual(comparable((await handle.folder.readEvents()).events), await uninterrupted(runs, plan, seed));
    }));

  it('a full disk leaves nothing half-written, and the run goes on when there is room', async function () {
    if (process.platform === 'win32') this.skip();
    await inFolder(async (runs) => {
      // A limit on file size stops writes in the middle, as a full disk does.
      const limited = join(runs, 'limited-node');
      await writeFile(limited, `#!/bin/sh\ntrap '' XFSZ\nulimit -f 8\nexec ${JSON.stringify(process.execPath)} "$@"\n`);
      await chmod(limited, 0o755);
      const big = { epochs: 30, stepMs: 0 };
      const handle = await startRun(runs, request(big), {}, fakeLauncher({ execPath: limited }));
      const end = await handle.ended;
      assert.deepEqual([end.state, end.code], ['failed', 'disk-full']);
      assert.match(end.failure!.why, /events\.ndjson: the file would exceed the size limit/);
      const { events, torn, damage } = await handle.folder.readEvents();
      assert.deepEqual([torn, damage], [false, undefined]);
      assert.ok(events.length > 3 && (await handle.folder.checkpoints.read())!.seq <= events.length);
      assert.ok((await readFile(handle.folder.log)).at(-1) === 10);
      const again = await resumeRun(handle.folder.path, {}, fakeLauncher());
      assert.equal((await again.ended).state, 'done');
      assert.deepEqual(comparable((await handle.folder.readEvents()).events), await uninterrupted(runs, big));
    });
  });

  it('does nothing when started by hand', async () => {
    const child = spawn(process.execPath, [program('fake-worker')], { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(code, 2);
    assert.match(text, /run `udc search` instead/);
  });
});
