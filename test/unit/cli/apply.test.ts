import assert from 'node:assert/strict';
import { chmod, cp, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inFolder } from '../../scratch.ts';
import { MODEL, finishedRun, udc } from './support.ts';
import { RunFolder } from '../../../src/runs/folder/run-folder.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';

const CHOSEN = MODEL.replace('8 | 16', '16').replace('4 | 8', '8');

describe('udc apply', () => {
  it('writes the chosen values and nothing else', () =>
    inFolder(async (folder) => {
      const run = await finishedRun(folder);
      const model = join(folder, 'small.udc.yaml');
      await writeFile(model, MODEL);
      const { code, out, err } = await udc('apply', run.path, model);
      assert.deepEqual([code, err], [0, '']);
      assert.match(out, /small\.udc\.yaml: 2 values written: stem\.filters, logits\.bits\n/);
      assert.equal(await readFile(model, 'utf8'), CHOSEN);
      assert.match(
        out,
        /\nIt was searched within 1000 B of weights \(--budget\); the definition says 4 KiB of weights, as before\n/,
      );
      assert.match(
        (await udc('apply', run.path)).out,
        new RegExp(`\\(the definition that run ${run.id} was searched for\\): every value was decided already`),
      );
      assert.deepEqual((await readdir(folder)).sort(), ['.udc', 'small.udc.yaml']);
    }));

  it('raises a limit of the definition that the network is over, to what the search was given', () =>
    inFolder(async (folder) => {
      const run = await finishedRun(folder);
      const model = join(folder, 'small.udc.yaml');
      await writeFile(model, MODEL.replace('weights: 4 KiB', 'weights: 512 B'));
      const { code, out } = await udc('apply', run.path, model);
      assert.equal(code, 0);
      assert.match(out, /3 values written: .*target\.weights/);
      assert.doesNotMatch(out, /as before/);
      assert.equal(await readFile(model, 'utf8'), CHOSEN.replace('weights: 4 KiB', 'weights: 1000 B'));
    }));

  it('writes to another file and leaves the definition; byte order mark and line ends stay', () =>
    inFolder(async (folder) => {
      const run = await finishedRun(folder);
      const model = join(folder, 'small.udc.yaml');
      const windows = `\ufeff${MODEL.replaceAll('\n', '\r\n')}`;
      await writeFile(model, windows);
      const { code, out } = await udc('apply', run.path, model, '--out', join(folder, 'chosen.yaml'), '--json');
      assert.equal(code, 0);
      assert.deepEqual((JSON.parse(out) as { changed: string[] }).changed, ['layers.0.filters', 'layers.2.bits']);
      assert.equal(await readFile(model, 'utf8'), windows);
      assert.equal(await readFile(join(folder, 'chosen.yaml'), 'utf8'), `\ufeff${CHOSEN.replaceAll('\n', '\r\n')}`);
    }));

  it('writes through a link and keeps permissions', async function () {
    if (process.platform === 'win32') this.skip();
    await inFolder(async (folder) => {
      const run = await finishedRun(folder);
      await writeFile(join(folder, 'real.yaml'), MODEL);
      await chmod(join(folder, 'real.yaml'), 0o640);
      await symlink('real.yaml', join(folder, 'link.yaml'));
      assert.equal((await udc('apply', run.path, join(folder, 'link.yaml'))).code, 0);
      assert.equal(await readFile(join(folder, 'real.yaml'), 'utf8'), CHOSEN);
      assert.equal((await stat(join(folder, 'real.yaml'))).mode & 0o777, 0o640);
    });
  });

  it('refuses a definition that has changed, with its place, and leaves it alone', () =>
    inFolder(async (folder) => {
      const run = await finishedRun(folder);
      const model = join(folder, 'small.udc.yaml');
      const changed = MODEL.replace('8 | 16', '8 | 24');
      await writeFile(model, changed);
      const { code, err } = await udc('apply', run.path, model);
      assert.equal(code, 1);
      assert.match(
        err,
        /small\.udc\.yaml:9:\d+: `stem` has changed since it was searched: `filters` was 8 \| 16 and became 16/,
      );
      assert.equal(await readFile(model, 'utf8'), changed);
    }));

  it('writes the network that is named, and says which there are', () =>
    inFolder(async (folder) => {
      const run = await finishedRun(folder);
      const result = (await run.readResult())!;
      const [best] = result.networks;
      const other = {
        ...best,
        name: 'other',
        decisions: best.decisions.map((one) => (one.id === 'stem.filters' ? { ...one, option: 0, label: '8' } : one)),
      };
      assert.notDeepEqual(other.decisions, best.decisions);
      await run.writeResult({ ...result, networks: [best, other] });
      const model = join(folder, 'small.udc.yaml');
      for (const [named, filters] of [
        ['other', 8],
        ['2', 8],
        ['1', 16],
      ] as const) {
        await writeFile(model, MODEL);
        assert.equal((await udc('apply', run.path, model, '--network', named)).code, 0);
        assert.match(await readFile(model, 'utf8'), new RegExp(`stem.*filters: ${filters}\\b`));
      }
      const { code, err } = await udc('apply', run.path, model, '--network', '3');
      assert.equal(code, 1);
      assert.match(err, /no network '3'; it has 1: .*, 2: other/);
    }));

  it('refuses what is no finished run, or no text', () =>
    inFolder(async (folder) => {
      const model = join(folder, 'small.udc.yaml');
      await writeFile(model, Uint8Array.of(0xff, 0xfe, 0x00));
      const run = await finishedRun(folder);
      assert.match((await udc('apply', run.path)).err, /small\.udc\.yaml: this is no UTF-8 text/);
      const open = await RunFolder.create(join(folder, '.udc', 'runs'), {
        name: 'x',
        definitionText: MODEL,
        definitionPath: model,
        strategy: 'udc',
        limits: limitsOf(1),
        seed: 1,
        backend: 'auto',
        baselines: [],
        version: '0',
      });
      const unfinished = await udc('apply', open.path);
      assert.equal(unfinished.code, 1);
      assert.match(
        unfinished.err,
        new RegExp(
          `the run is interrupted and has no result yet: let it finish by udc resume \\S*${open.id}, then apply it`,
        ),
      );
      for (const [command, then] of [
        [['export', open.path, '--out', join(folder, 'x.json')], 'export it'],
        [['specialise', open.path], 'specialise it'],
      ] as const)
        assert.match((await udc(...command)).err, new RegExp(`resume \\S*${open.id}, then ${then}`));
      assert.match((await udc('apply', join(folder, 'nothing'))).err, /is no run: not a run folder, and not in /);
    }));
});

describe('udc runs', () => {
  it('lists, finds by the beginning of an id, and deletes', () =>
    inFolder(async (folder) => {
      const empty = await udc('runs', folder);
      assert.deepEqual([empty.code, /there are no runs; `udc search MODEL` makes one/.test(empty.out)], [0, true]);
      const run = await finishedRun(folder);
      const { out } = await udc('runs', folder);
      const row = new RegExp(
        `^${run.id}\\s+small\\s+\\S+ \\S+\\s+UDC\\s+1\\s+done\\s+91\\.3 %\\s+900 B of 1000 B$`,
        'm',
      );
      assert.match(out, row);
      const told = JSON.parse((await udc('runs', folder, '--json')).out) as {
        id: string;
        state: string;
        path: string;
      }[];
      assert.deepEqual(
        told.map(({ id, state, path }) => [id, state, path]),
        [[run.id, 'done', run.path]],
      );
      assert.equal((await udc('runs', folder, '--delete', run.id.slice(0, 15))).code, 0);
      assert.match((await udc('runs', folder, '--delete', 'latest')).err, /'latest' is no run: .*which holds no runs/);
    }));

  it('takes a workspace, a definition in it, or a folder of runs, and no other folder for one', () =>
    inFolder(async (folder) => {
      const run = await finishedRun(folder);
      const model = join(folder, 'models', 'small.udc.yaml');
      await mkdir(join(folder, 'models', 'empty'), { recursive: true });
      await writeFile(model, MODEL);
      await cp(run.path, join(folder, 'kept', run.id), { recursive: true });
      for (const place of ['', 'models/small.udc.yaml', '.udc/runs', 'kept'])
        assert.match((await udc('runs', join(folder, place))).out, new RegExp(`^${run.id}\\s.*\\sdone\\s`, 'm'), place);
      const none = await udc('runs', join(folder, 'models'));
      assert.match(none.out, /there are no runs/);
      const missing = await udc('runs', join(folder, 'nowhere'));
      assert.equal(missing.code, 1);
      assert.match(missing.err, /nowhere: there is no such file or folder/);
    }));

  it('asks which one, where a beginning is not enough', () =>
    inFolder(async (folder) => {
      await finishedRun(folder);
      await finishedRun(folder);
      const { code, err } = await udc('runs', folder, '--delete', '2');
      assert.equal(code, 1);
      assert.match(err, /'2' begins the names of 2 runs: /);
      assert.equal((await udc('runs', folder, '--delete', 'latest')).code, 0);
    }));
});
