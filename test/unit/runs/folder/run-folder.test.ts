import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { appendFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isTemporary, writeAtomic } from '../../../../src/runs/files/atomic-write.ts';
import { RunError } from '../../../../src/runs/folder/run-error.ts';
import { RunFolder, deleteRun, listRuns, runsFolderOf } from '../../../../src/runs/folder/run-folder.ts';
import { RunLock } from '../../../../src/runs/folder/run-lock.ts';
import { runSession } from '../../../../src/runs/session.ts';
import { fakeEngine } from '../fake-engine.ts';
import { request } from '../request.ts';
import { inFolder } from '../../../scratch.ts';
import { SILENT, workHere } from '../support.ts';
import { mainNetwork, withNetwork } from '../../../fixtures/run-parts.ts';

const plan = { epochs: 2, stepMs: 0 };
const refuses = (promise: Promise<unknown>, code: string, message: RegExp): Promise<void> =>
  assert.rejects(
    promise,
    (error: unknown) => error instanceof RunError && error.code === code && message.test(error.message),
  );

describe('run folder', () => {
  it('keeps everything needed to repeat a run', () =>
    inFolder(async (runs) => {
      const folder = await RunFolder.create(runs, request(plan, 5));
      const header = await folder.readHeader();
      assert.deepEqual(
        { ...header, id: '', created: '' },
        {
          format: 2,
          id: '',
          created: '',
          ...Object.fromEntries(Object.entries(request(plan, 5)).filter(([key]) => key !== 'name')),
        },
      );
      assert.match(header.id, /^\d{8}-\d{6}-fake-run-[0-9a-f]{4}$/);
      assert.equal(header.id, folder.id);
      assert.equal(await folder.readState(), 'interrupted', 'made, but nobody is at work in it');
    }));

  it('tells its state', () =>
    inFolder(async (runs) => {
      const folder = await RunFolder.create(runs, request(plan));
      const lock = await RunLock.acquire(folder.lock);
      assert.equal(await folder.readState(), 'running');
      await lock.release();
      await folder.writeEnding({
        state: 'cancelled',
        code: 'cancelled',
        failure: { what: 'a', why: 'b', next: 'c', log: [] },
      });
      assert.equal(await folder.readState(), 'cancelled');
      assert.equal((await workHere(folder)).state, 'done');
      assert.equal(await folder.readState(), 'done');
      assert.equal(await folder.readEnding(), undefined);
      assert.deepEqual(await workHere(folder), { state: 'done', code: '' }, 'a run that is done stays as it is');
    }));

  it('stops a search whose folder was deleted while it was going on, and makes no other in its place', () =>
    inFolder(async (runs) => {
      const folder = await RunFolder.create(runs, request({ ...plan, epochs: 5 }));
      let epochs = 0;
      const end = await workHere(folder, {
        event: ({ type }) => {
          if (type === 'epoch' && ++epochs === 2) rmSync(folder.path, { recursive: true });
        },
      });
      assert.deepEqual([end.state, end.code, epochs], ['failed', 'missing', 2]);
      assert.match(end.failure!.why, /the run folder was deleted or moved while the search was going on\.$/);
      assert.deepEqual(await readdir(runs), []);
    }));

  it('takes no result that it could not give back, and stays resumable', () =>
    inFolder(async (runs) => {
      const folder = await RunFolder.create(runs, request({ ...plan, then: 'bad-result' }));
      const end = await workHere(folder);
      assert.deepEqual([end.state, end.code], ['failed', 'internal']);
      assert.match(end.failure!.why, /^result\.networks\[0\]\.floatMetric: a finite number was expected, found NaN$/);
      assert.equal(await folder.readResult(), undefined);
      assert.equal(await folder.readState(), 'failed');

      assert.equal((await folder.checkpoints.read())?.seq, 1 + plan.epochs, 'the work up to the last epoch is kept');
      const sound = await RunFolder.create(runs, request(plan));
      await workHere(sound);
      await assert.rejects(
        folder.writeResult(withNetwork((await sound.readResult())!, { steps: 0.5 })),
        /result\.networks\[0\]\.steps: a whole number from 0 was expected, found 0\.5/,
      );
      await folder.writeResult((await sound.readResult())!);
      assert.equal(await folder.readState(), 'done');
    }));

  it('lists runs, newest first, the unreadable with their problem', () =>
    inFolder(async (workspace) => {
      const runs = runsFolderOf(workspace);
      assert.deepEqual(await listRuns(runs), []);
      const first = await RunFolder.create(runs, request(plan));
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
      const second = await RunFolder.create(runs, request(plan));
      await workHere(second);
      await mkdir(join(runs, 'a-stray-folder'));
      await mkdir(join(runs, '0-from-tomorrow'));
      await writeFile(
        join(runs, '0-from-tomorrow', 'run.json'),
        JSON.stringify({ format: 3, version: '7.1.0', novelty: true }),
      );
      await mkdir(join(runs, '0-broken'));
      await writeFile(join(runs, '0-broken', 'run.json'), '{ "format": 1, "id": 3 }');
      const listed = await listRuns(runs);
      assert.deepEqual(
        listed.slice(0, 3).map(({ id, state }) => [id, state]),
        [
          ['a-stray-folder', undefined],
          [second.id, 'done'],
          [first.id, 'interrupted'],
        ],
      );
      assert.equal(listed[1]!.result?.networks[0].totals.totalBytes, 900);
      const problems = Object.fromEntries(listed.map(({ id, problem }) => [id, problem]));
      assert.match(problems['a-stray-folder']!, /this is no run folder: it holds no run\.json/);
      assert.match(
        problems['0-from-tomorrow']!,
        /written in format 3 by UDC 7\.1\.0; this UDC reads format 1 and 2\. Use the UDC that wrote it\. The folder is left as it is/,
      );
      assert.match(problems['0-broken']!, /run\.json: the file is damaged: id: a text was expected, found 3/);
    }));

  it('leaves a run of another version alone', () =>
    inFolder(async (runs) => {
      const folder = await RunFolder.create(runs, request(plan));
      const file = join(folder.path, 'run.json');
      await writeFile(file, (await readFile(file, 'utf8')).replace('"format": 2', '"format": 3'));
      const before = await readdir(folder.path);
      const end = await workHere(folder);
      assert.deepEqual([end.state, end.code], ['failed', 'foreign-format']);
      assert.match(end.failure!.why, /format 3 by UDC 0\.0\.0; this UDC reads format 1 and 2/);
      assert.deepEqual(await readdir(folder.path), before);
    }));

  it('keeps itself out of version control, unless its owner decided', () =>
    inFolder(async (workspace) => {
      await RunFolder.create(runsFolderOf(workspace), request(plan));
      const file = join(workspace, '.udc', '.gitignore');
      assert.equal(await readFile(file, 'utf8'), '*\n');
      await writeFile(file, 'runs/\n');
      await RunFolder.create(runsFolderOf(workspace), request(plan));
      assert.equal(await readFile(file, 'utf8'), 'runs/\n');
    }));

  it('is deleted only when nobody is at work in it, and only if it is one', () =>
    inFolder(async (runs) => {
      const folder = await RunFolder.create(runs, request(plan));
      const lock = await RunLock.acquire(folder.lock);
      await refuses(deleteRun(folder), 'locked', /a search is at work in this run. Stop it first/);
      await lock.release();
      await deleteRun(folder);
      assert.deepEqual(await readdir(runs), []);
      await refuses(
        deleteRun(new RunFolder(runs)),
        'missing',
        /this is no run folder that can be read \(.*\)\. Nothing was deleted/,
      );
      assert.deepEqual(await listRuns(runs), []);
    }));

  it('reads the weights of the network that comes first, whichever was trained first, and is deleted with all', () =>
    inFolder(async (runs) => {
      const folder = await RunFolder.create(runs, request(plan));
      await workHere(folder);
      const made = (await folder.readResult())!;
      const second = Uint8Array.of(7, 8, 9);
      await folder.writeNetwork('weights-2.safetensors', second);
      const result = withNetwork(
        { ...made, networks: [made.networks[0], made.networks[0]] },
        { weights: 'weights-2.safetensors' },
      );
      await folder.writeResult(result);
      assert.deepEqual((await folder.readContent())!.weights, Buffer.from(second));
      await writeFile(folder.weightsOf(mainNetwork(result)), Uint8Array.of(7, 8, 8));
      await refuses(folder.readContent(), 'damaged', /weights-2\.safetensors/);
      const other = (await folder.readContent(({ networks }) => networks[1]!))!;
      assert.equal(other.chosen.weights, mainNetwork(made).weights);
      assert.equal(other.checked, true);
      await writeFile(folder.weightsOf(mainNetwork(made)), Uint8Array.of(1));
      await refuses(
        folder.readContent(({ networks }) => networks[1]!),
        'damaged',
        /weights\.safetensors/,
      );
      await deleteRun(folder);
      assert.deepEqual(
        (await readdir(runs)).filter((name) => !name.startsWith('.')),
        [],
      );
    }));

  it('takes no file of weights that lies elsewhere', () =>
    inFolder(async (runs) => {
      const folder = await RunFolder.create(runs, request(plan));
      await workHere(folder);
      const made = (await folder.readResult())!;
      for (const weights of ['../weights.safetensors', '/etc/passwd', 'weights-0.safetensors', 'run.json', '']) {
        await assert.rejects(folder.writeResult(withNetwork(made, { weights })), /weights\.safetensors/, weights);
        await assert.rejects(folder.writeNetwork(weights, Uint8Array.of(1)), /no file of weights/, weights);
      }
    }));

  it('says what is wrong with a place that cannot be written', () =>
    inFolder(async (place) => {
      await writeFile(join(place, 'file'), '');
      await refuses(
        RunFolder.create(join(place, 'file', 'runs'), request(plan)),
        'not-writable',
        /a part of this path is a file, not a folder. Choose another folder/,
      );
    }));
});

describe('writeAtomic', () => {
  it('replaces a file as a whole and leaves no other', () =>
    inFolder(async (place) => {
      const file = join(place, 'a.json');
      await writeAtomic(file, 'one');
      await writeAtomic(file, Uint8Array.of(50));
      assert.equal(await readFile(file, 'utf8'), '2');
      assert.deepEqual(await readdir(place), ['a.json']);
    }));

  it('a failure keeps the old and leaves nothing', () =>
    inFolder(async (place) => {
      await mkdir(join(place, 'busy', 'inside'), { recursive: true });
      await assert.rejects(writeAtomic(join(place, 'busy'), 'text'), RunError);
      assert.deepEqual(await readdir(place), ['busy']);
      assert.ok(isTemporary('state-1-0.bin.123.tmp') && !isTemporary('state-1-0.bin'));
    }));
});

describe('a session on a folder with scars', () => {
  const worn = async (
    place: string,
    scar: (folder: RunFolder) => Promise<void>,
  ): Promise<{ folder: RunFolder; notes: string[]; fresh: boolean | undefined; state: string }> => {
    const folder = await RunFolder.create(place, request({ epochs: 4, stepMs: 0, at: 3, then: 'throw' }));
    await workHere(folder);
    await scar(folder);
    const notes: string[] = [];
    let fresh: boolean | undefined;
    // The plan throws after epoch 3 once more, when it gets there.
    const { state } = await workHere(folder, {
      note: (text) => {
        notes.push(text);
      },
      rewound: (_, anew) => {
        fresh = anew;
      },
    });
    return { folder, notes, fresh, state };
  };

  it('goes on after a torn last line', () =>
    inFolder(async (place) => {
      const { fresh, folder } = await worn(place, (run) => appendFile(run.log, '{"seq":9,"ty'));
      assert.equal(fresh, false);
      assert.equal((await folder.readEvents()).damage, undefined);
    }));

  it('starts anew from a damaged checkpoint, and says so', () =>
    inFolder(async (place) => {
      const { fresh, notes } = await worn(place, async (run) => {
        const name = (await readdir(run.checkpoints.folder)).find((file) => file.endsWith('.bin'))!;
        await appendFile(join(run.checkpoints.folder, name), 'x');
      });
      assert.equal(fresh, true);
      assert.match(
        notes[0]!,
        /the checkpoint is damaged: its SHA-256 is not the one that was written; the search starts again from the beginning/,
      );
    }));

  it('starts anew where the log is shorter than the checkpoint says', () =>
    inFolder(async (place) => {
      const { fresh, notes } = await worn(place, (run) => rm(run.log));
      assert.equal(fresh, true);
      assert.match(notes[0]!, /the log is shorter than the checkpoint says/);
    }));

  it('resumes on the backend on which it began', () =>
    inFolder(async (place) => {
      const folder = await RunFolder.create(place, request(plan));
      const used: string[] = [];
      const stop = new AbortController();
      const engine = {
        ...fakeEngine,
        open: (...given: Parameters<typeof fakeEngine.open>) => {
          used.push(given[1]);
          return fakeEngine.open(...given);
        },
      };
      await runSession(
        folder,
        engine,
        {
          ...SILENT,
          event: ({ type }) => {
            if (type === 'epoch') stop.abort('cancelled');
          },
        },
        stop.signal,
      );
      assert.equal(await folder.readState(), 'cancelled');
      await runSession(folder, engine, SILENT, new AbortController().signal);
      assert.deepEqual(used, ['auto', 'cpu']);
    }));
});
