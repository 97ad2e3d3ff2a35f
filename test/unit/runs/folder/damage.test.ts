/** Run folders that were damaged, replaced or laid as a trap: said by name, never believed, never followed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { loadInitial, initialPath } from '../../../../src/runs/load-initial.ts';
import { RunError } from '../../../../src/runs/folder/run-error.ts';
import { RunFolder, deleteRun } from '../../../../src/runs/folder/run-folder.ts';
import { RunLock, isLocked } from '../../../../src/runs/folder/run-lock.ts';
import { EventLog } from '../../../../src/runs/folder/event-log.ts';
import { makeFolder } from '../../../../src/runs/files/make-folder.ts';
import { writeOutput } from '../../../../src/runs/files/output-file.ts';
import { searchEngine } from '../../../../src/runs/search-engine.ts';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import { inFolder } from '../../../scratch.ts';
import { request } from '../request.ts';
import { workHere } from '../support.ts';
import { limitsOf } from '../../../fixtures/run-parts.ts';

const refuses = (promise: Promise<unknown>, code: string, message: RegExp): Promise<void> =>
  assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof RunError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });

async function finished(runs: string): Promise<RunFolder> {
  const folder = await RunFolder.create(runs, request({ epochs: 2, stepMs: 0 }));
  assert.equal((await workHere(folder)).state, 'done');
  return folder;
}

const here = (...parts: string[]): string => join(...parts);

describe('a finished run', () => {
  it('tells its content, and nothing lost', () =>
    inFolder(async (runs) => {
      const folder = await finished(runs);
      const content = (await folder.readContent())!;
      assert.deepEqual(
        [content.notes, content.result, content.events.length],
        [[], await folder.readResult(), (await folder.readEvents()).events.length],
      );
      assert.ok(!('files' in content.result) && !('sha256' in content.result) && !('sha256' in content.header));
    }));

  for (const name of ['run.json', 'result.json', 'weights.safetensors']) {
    it(`${name}: a flipped bit is said, or changes nothing`, () =>
      inFolder(async (runs) => {
        const folder = await finished(runs);
        const before = await folder.readContent();
        const file = here(folder.path, name);
        const whole = await readFile(file);
        await fc.assert(
          fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (at, bit) => {
            const flipped = Buffer.from(whole);
            flipped[at]! ^= 1 << bit;
            await writeFile(file, flipped);
            try {
              assert.deepEqual(await folder.readContent(), before);
            } catch (error) {
              assert.ok(error instanceof RunError, String(error));
              assert.ok(error.code === 'damaged' || error.code === 'foreign-format');
              assert.equal(error.path, file);
            }
          }),
          { seed: 20261127, numRuns: 150 },
        );
        await writeFile(file, whole.subarray(0, whole.length / 2));
        await refuses(folder.readContent(), 'damaged', new RegExp(name));
      }));
  }

  it('says that its log is lost, cut, or another', () =>
    inFolder(async (runs) => {
      const folder = await finished(runs);
      const log = await readFile(folder.log, 'utf8');
      const noted = async (text: string): Promise<string> => {
        await writeFile(folder.log, text);
        return (await folder.readContent())!.notes.join();
      };
      assert.match(await noted(`${log.slice(0, -30)}`), /the last event is cut off/);
      assert.match(await noted(log.replace('"epoch":1', '"epoch":7')), /not the one that the run ended with/);
      assert.match(
        await noted(log.replace('"type":"epoch"', '"type":"epocj"')),
        /events\.ndjson:2: .*what follows in the log is lost/,
      );
      await rm(folder.log);
      assert.match(
        (await folder.readContent())!.notes.join(),
        /log is missing or empty; exports lack .*names of the classes/,
      );
    }));

  it('of a version without checksums is read as before', () =>
    inFolder(async (runs) => {
      const folder = await finished(runs);
      const before = await folder.readContent();
      for (const name of ['run.json', 'result.json']) {
        const {
          sha256: _,
          files: __,
          ...old
        } = JSON.parse(await readFile(here(folder.path, name), 'utf8')) as Record<string, unknown>;
        void [_, __];
        await writeFile(here(folder.path, name), JSON.stringify(old));
      }
      assert.deepEqual(await folder.readContent(), { ...before, checked: false });
    }));
});

describe('deletion', () => {
  it('takes runs by their valid header only, and nothing beside them', () =>
    inFolder(async (place) => {
      const folder = await finished(place);
      const lookalike = here(place, 'project');
      await mkdir(lookalike);
      for (const text of [
        '{}',
        '{ "format": 1 }',
        'null',
        '[]',
        '{ "name": "my app" }',
        await readFile(here(folder.path, 'run.json'), 'utf8').then((header) =>
          header.replace('"seed": 1', '"seed": 2'),
        ),
      ]) {
        await writeFile(here(lookalike, 'run.json'), text);
        await refuses(
          deleteRun(new RunFolder(lookalike)),
          'missing',
          /no run folder that can be read.*Nothing was deleted/,
        );
      }
      await writeFile(here(lookalike, 'run.json'), await readFile(here(folder.path, 'run.json')));
      await writeFile(here(lookalike, 'thesis.tex'), '');
      await refuses(deleteRun(new RunFolder(lookalike)), 'missing', /beside a run this folder holds thesis\.tex/);
      assert.deepEqual((await readdir(lookalike)).sort(), ['run.json', 'thesis.tex']);
      await deleteRun(folder);
      assert.deepEqual(await readdir(place), ['project']);
    }));
});

describe('a lock that says nothing', () => {
  const keepsOut = async (file: string, content: string): Promise<void> => {
    await writeFile(file, content);
    assert.equal(await isLocked(file), true, `${JSON.stringify(content)}: somebody may be writing it`);
    await (await RunLock.acquire(file)).release();
    for (const mtime of [new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000)]) {
      await writeFile(file, content);
      await utimes(file, mtime, mtime);
      assert.equal(await isLocked(file), false, JSON.stringify(content));
      await (await RunLock.acquire(file)).release();
    }
  };

  // All at once: each is waited for some seconds.
  it('keeps nobody out for long, whatever it holds', () =>
    inFolder(async (place) => {
      const contents = ['', '{', '\0\0\0\0', '{"pid":"x"}', 'null'];
      await Promise.all(contents.map((content, i) => keepsOut(here(place, `lock-${i}.json`), content)));
    }));
});

describe('places that are traps', () => {
  it('are no log: links and FIFOs', function traps() {
    if (process.platform === 'win32') this.skip();
    return inFolder(async (place) => {
      await writeFile(here(place, 'mine.txt'), 'mine');
      await symlink(here(place, 'mine.txt'), here(place, 'link.ndjson'));
      await refuses(EventLog.open(here(place, 'link.ndjson'), 0), 'damaged', /this is a link, and no log/);
      assert.equal(spawnSync('mkfifo', [here(place, 'fifo')]).status, 0);
      await refuses(EventLog.open(here(place, 'fifo'), 0), 'damaged', /this is a FIFO/);
      const folder = new RunFolder(here(place, 'run'));
      await mkdir(folder.path);
      assert.equal(spawnSync('mkfifo', [here(folder.path, 'run.json'), here(folder.path, 'result.json')]).status, 0);
      await refuses(folder.readHeader(), 'damaged', /this is a FIFO/);
      assert.match((await folder.readListing()).problem!, /this is a FIFO/);
    });
  });

  it('are no folder of runs: /proc says of every new name that it does not exist', function proc() {
    if (process.platform !== 'linux') this.skip();
    return refuses(makeFolder('/proc/udc/runs'), 'missing', /\/proc\/udc/).then(() =>
      refuses(RunFolder.create('/proc/udc', request({ epochs: 1, stepMs: 0 })), 'missing', /\/proc\/udc/),
    );
  });

  it('makes folders as deep as asked', () =>
    inFolder(async (place) => {
      await Promise.all(Array.from({ length: 8 }, () => makeFolder(here(place, 'a/b/c'))));
      await makeFolder(here(place, 'a/b/c'));
      await writeFile(here(place, 'file'), '');
      await refuses(makeFolder(here(place, 'file')), 'not-writable', /is a file/);
    }));

  it('are no outputs: devices, FIFOs, folders, circles', function outputs() {
    if (process.platform === 'win32') this.skip();
    return inFolder(async (place) => {
      const fifo = here(place, 'fifo');
      assert.equal(spawnSync('mkfifo', [fifo]).status, 0);
      await refuses(writeOutput(fifo, 'x'), 'not-writable', /this is a FIFO, which is not written to/);
      await refuses(writeOutput('/dev/null', 'x'), 'not-writable', /this is a device/);
      await refuses(writeOutput(place, 'x'), 'not-writable', /this is a folder/);
      await symlink('/dev/full', here(place, 'to-device'));
      await refuses(writeOutput(here(place, 'to-device'), 'x'), 'not-writable', /this is a device/);
      await symlink(here(place, 'b'), here(place, 'a'));
      await symlink(here(place, 'a'), here(place, 'b'));
      await refuses(writeOutput(here(place, 'a'), 'x'), 'not-writable', /go in a circle/);
      await refuses(writeOutput(here(place, 'none', 'file'), 'x'), 'missing', /make it first/);
      assert.deepEqual((await readdir(place)).sort(), ['a', 'b', 'fifo', 'to-device']);
    });
  });

  it('outputs are written through links, whether or not there is a file yet, and keep their permissions', function links() {
    if (process.platform === 'win32') this.skip();
    return inFolder(async (place) => {
      await mkdir(here(place, 'elsewhere'));
      await writeFile(here(place, 'elsewhere', 'model'), 'old', { mode: 0o640 });
      await symlink('elsewhere/model', here(place, 'link'));
      await symlink('link', here(place, 'link-to-link'));
      await symlink('elsewhere/new', here(place, 'dangling'));
      await writeOutput(here(place, 'link-to-link'), 'new');
      await writeOutput(here(place, 'dangling'), 'fresh');
      assert.equal(await readFile(here(place, 'elsewhere', 'model'), 'utf8'), 'new');
      assert.equal(await readFile(here(place, 'elsewhere', 'new'), 'utf8'), 'fresh');
      const { lstat } = await import('node:fs/promises');
      assert.ok(
        (await lstat(here(place, 'link'))).isSymbolicLink() && (await lstat(here(place, 'dangling'))).isSymbolicLink(),
      );
      assert.equal((await lstat(here(place, 'elsewhere', 'model'))).mode & 0o777, 0o640);
    });
  });
});

const WEIGHTED = (file: string): string =>
  `udc: 1\nname: w\ninput: 8x8x1\ntarget: { npu: ethos-u55-128 }\ntraining: { initialWeights: '${file}' }\nlayers:\n  - { name: c, op: conv, kernel: 3x3, filters: 4 }\n  - { name: p, op: global-average-pool }\n  - { name: l, op: dense, units: 2 }\n`;

describe('initial weights', () => {
  it('are a regular file, and nothing in a network', function special() {
    if (process.platform === 'win32') this.skip();
    return inFolder(async (place) => {
      assert.equal(spawnSync('mkfifo', [here(place, 'fifo')]).status, 0);
      for (const [file, why] of [
        ['/dev/zero', /this is a device/],
        ['fifo', /this is a FIFO/],
        ['\\\\host\\share\\w', /a path in a network/],
        ['//host/share/w', /a path in a network/],
        ['.', /this is a folder/],
        ['none', /no such file/],
      ] as const) {
        await assert.rejects(
          loadInitial(parseDefinition(WEIGHTED(file)).network!, place),
          (error: unknown) => error instanceof Error && error.name === 'InitialWeightsError' && why.test(error.message),
          file,
        );
      }
    });
  });

  it('of a folder that is not trusted lie in it, links resolved', function trust() {
    if (process.platform === 'win32') this.skip();
    return inFolder(async (place) => {
      const workspace = here(place, 'workspace');
      await mkdir(workspace);
      await writeFile(here(place, 'secret'), '');
      await writeFile(here(workspace, 'w'), '');
      await symlink(here(place, 'secret'), here(workspace, 'link'));
      await symlink(here(workspace, 'w'), here(workspace, 'inner'));
      await symlink(workspace, here(place, 'other-name'));
      for (const file of ['w', './w', 'inner', here(workspace, 'w')])
        assert.ok(await initialPath(workspace, file, [workspace]));
      assert.ok(await initialPath(here(place, 'other-name'), 'w', [here(place, 'other-name')]));
      for (const file of ['../secret', here(place, 'secret'), 'link', '/dev/zero', '..', '../workspace-2/w'])
        await assert.rejects(
          initialPath(workspace, file, [workspace]),
          /outside the workspace, which is not trusted/,
          file,
        );
      assert.equal(await initialPath(workspace, '../secret'), here(place, 'secret'));
    });
  });
});

describe('a data set that is another than before', () => {
  it('is not gone on with', async () => {
    const definitionText = `udc: 1\nname: g\ninput: 32x16x1\ndataset: { format: generated, generator: tones, samples: 20 }\ntarget: { npu: ethos-u55-128, weights: 4 KiB }\nlayers:\n  - { name: c, op: conv, kernel: 3x3, filters: 4 }\n  - { name: p, op: global-average-pool }\n  - { name: l, op: dense, units: 6 }\n`;
    const header = {
      format: 2,
      id: 'x',
      created: '',
      version: '0',
      definitionText,
      definitionPath: '/models/g.udc.yaml',
      strategy: 'udc',
      limits: limitsOf(4096),
      seed: 1,
      backend: 'cpu',
      baselines: [],
    } as const;
    const began = {
      type: 'started',
      seq: 0,
      name: 'g',
      metric: 'accuracy',
      strategy: { id: 'udc', title: 'UDC' },
      stages: [],
      curves: [],
      limits: limitsOf(1),
      target: '',
      backend: 'cpu',
      backendReason: '',
      seed: 1,
      decisions: [],
      stepsPerEpoch: 1,
      samples: { train: 1, validation: 1, test: 1 },
      data: { normalisation: { mean: [0], std: [1] }, sha256: 'ab'.repeat(32) },
    } as const;
    await assert.rejects(searchEngine.open(header, 'cpu', undefined, began), (error: unknown) => {
      const told = searchEngine.explain(error)!;
      assert.equal(told.code, 'data');
      assert.match(
        told.why,
        /another than the one that this run began with \(SHA-256 of its samples [0-9a-f]{12}…, then abababababab…\): restore it/,
      );
      return true;
    });
  });
});
