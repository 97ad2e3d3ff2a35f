/** Runs that are made of another run's weights: within their own limits, and what is refused, with what to do. */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deleteRun, listRuns, RunFolder } from '../../../src/runs/folder/run-folder.ts';
import { searchEngine } from '../../../src/runs/search-engine.ts';
import { runSession } from '../../../src/runs/session.ts';
import { sourceOf, specialiseRequest } from '../../../src/runs/specialise-request.ts';
import { SHARED_FILE } from '../../../src/wire/offers.ts';
import { weightLimit } from '../../../src/wire/limits.ts';
import { scratchFolder } from '../../scratch.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';
import { udc } from '../cli/support.ts';
import { SILENT } from './support.ts';

const MODEL = `udc: 1
name: tiny
task: classification
input: 16x16x1
dataset: { format: generated, generator: shapes, samples: 120 }
target: { npu: ethos-u55-128, weights: 800 B, latency: 1 s } # the chip
search: { strategy: once-for-all, bits: 2 | 3 | 8, sparsity: 0 | 0.5, objective: { latency: 20 us } }
training: { warmup: 2, search: 1, race: 1, sparsify: 1, settle: 1, batch: 18 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8, bits: 8 }
  - { name: block, op: dsconv | skip, kernel: 3x3, filters: 4 | 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6 }
`;
const place = scratchFolder('specialise');
const work = (folder: RunFolder, signal = new AbortController().signal): ReturnType<typeof runSession> =>
  runSession(folder, searchEngine, SILENT, signal);

function create(strategy: string, definitionText = MODEL): Promise<RunFolder> {
  return RunFolder.create(place, {
    name: 'tiny',
    definitionText,
    definitionPath: join(place, 'tiny.udc.yaml'),
    strategy,
    limits: limitsOf(800),
    seed: 1,
    backend: 'auto',
    baselines: [],
    version: '0.0.0',
  });
}

describe('a run made of another run’s weights', () => {
  let source: RunFolder;

  before(async function () {
    this.timeout(120_000);
    await writeFile(join(place, 'tiny.udc.yaml'), MODEL);
    source = await create('once-for-all');
    assert.equal((await work(source)).state, 'done');
  });

  it('is within its own limits, for another target too, and says where it came from', async function () {
    this.timeout(60_000);
    const request = await specialiseRequest(source, limitsOf(500), { target: 'ethos-u65-256', tune: 1 });
    const folder = await RunFolder.create(place, request);
    assert.deepEqual(await work(folder), { state: 'done', code: '' });
    const [header, result] = [await folder.readHeader(), (await folder.readResult())!];
    assert.deepEqual(header.from, { id: source.id, path: source.path, tune: 1 });
    assert.equal(header.definitionText, MODEL.replace('ethos-u55-128', 'ethos-u65-256'));
    assert.equal(result.target, 'ethos-u65-256');
    assert.equal(weightLimit(result.limits), 500);
    assert.ok(result.networks[0].certificate.exactBytes <= 500);
    assert.equal(result.offers, undefined);
    assert.equal((await sourceOf(folder)).path, source.path);
    await deleteRun(folder);
  });

  it('has the exits that are worth their bytes there, of a space in which they may be left out', async function () {
    this.timeout(240_000);
    const text = MODEL.replace(
      '  - { name: pool',
      '  - { name: early, op: skip | exit, units: 6 }\n  - { name: more, op: dsconv, kernel: 3x3, filters: 8 }\n  - { name: pool',
    );
    const path = join(place, 'tiny.udc.yaml');
    await writeFile(path, text);
    const whole = await create('once-for-all', text);
    assert.equal((await work(whole)).state, 'done');
    const { code, err } = await udc('specialise', whole.path, '--budget', '780B', '--target', 'mcu-packed');
    assert.equal(code, 0, err);
    const folder = new RunFolder(join(place, (await listRuns(place))[0]!.id));
    const { events } = await folder.readEvents();
    const started = events.find((event) => event.type === 'started')!;
    const early = started.decisions.findIndex(({ id }) => id === 'early.op');
    assert.deepEqual(started.decisions[early]!.labels, ['skip', 'exit']);
    const decoded = events.find((event) => event.type === 'decoded')!;
    assert.equal(decoded.assignment[early], 1);
    const [network] = (await folder.readResult())!.networks;
    assert.equal(network.exits?.length ?? 0, network.decisions[early]!.option);
    const applied = await udc('apply', folder.path, path);
    assert.equal(applied.code, 0, applied.err);
    assert.match(
      await readFile(path, 'utf8'),
      new RegExp(`name: early, op: ${network.decisions[early]!.label}, units: 6`),
    );
    assert.equal((await udc('export', folder.path, '--format', 'json', '--out', join(place, 'exits.json'))).code, 0);
    await writeFile(path, MODEL);
    await deleteRun(folder);
    await deleteRun(whole);
  });

  it('is made of what its target can run, under the limits that are known there, and says what is left out', async function () {
    this.timeout(120_000);
    const { code, out, err } = await udc('specialise', source.path, '--budget', '600B', '--target', 'mcu-packed');
    assert.equal(code, 0, err);
    const bits = /cannot run all of the space; left out: bits 3 \(block, logits\)\./;
    const latency = /limit of 1\ss of latency does not hold: the latency on mcu-packed is not known/;
    const objective = /objective of 0\.02\sms of latency ranks nothing: the latency on mcu-packed is not known/;
    assert.match(err, bits);
    assert.match(out, new RegExp(`^weights +shared, of run ${source.id}, as they are$`, 'm'));
    assert.match(err, latency);
    assert.match(err, objective);
    const folder = new RunFolder(join(place, (await listRuns(place))[0]!.id));
    const [header, result, events] = [
      await folder.readHeader(),
      (await folder.readResult())!,
      (await folder.readEvents()).events,
    ];
    const [network] = result.networks;
    assert.ok(header.limits.every(({ cost }) => cost !== 'latency'));
    assert.ok(network.certificate.exactBytes <= 600);
    assert.ok(network.layers.every((layer) => layer.parameters === 0 || [2, 8].includes(layer.bits)));
    const started = events.find((event) => event.type === 'started')!;
    assert.match(started.leftOut!.join(' '), bits);
    assert.match(started.leftOut!.join(' '), latency);
    assert.match(started.leftOut!.join(' '), objective);
    assert.deepEqual(started.decisions.find(({ id }) => id === 'block.bits')!.labels, ['2', '8']);
    // What was found is known again, by every part that reads the run.
    assert.equal((await udc('export', folder.path, '--format', 'json', '--out', join(place, 'made.json'))).code, 0);
    const page = join(place, 'made.html');
    assert.equal((await udc('export', folder.path, '--format', 'html', '--out', page)).code, 0);
    assert.doesNotMatch(await readFile(page, 'utf8'), /Ranked by/);
    const applied = await udc('apply', folder.path, join(place, 'tiny.udc.yaml'), '--out', join(place, 'out.udc.yaml'));
    assert.equal(applied.code, 0, applied.err);
    assert.match(applied.out, /target\.npu, target\.weights/);
    const written = await readFile(join(place, 'out.udc.yaml'), 'utf8');
    assert.match(written, /^target: \{ npu: mcu-packed, weights: 600 B \} # the chip$/m);
    const refused = await udc(
      'specialise',
      source.path,
      '--budget',
      '600B',
      '--target',
      'mcu-packed',
      '--latency',
      '2ms',
    );
    assert.equal(refused.code, 2);
    assert.match(refused.err, /--latency: the latency on mcu-packed is not known/);
    const never = await udc('specialise', source.path, '--budget', '600B', '--target', 'max78000');
    assert.equal(never.code, 1);
    assert.match(never.err, /max78000 cannot run this: stem: stride 2x2/);
    await deleteRun(folder);
  });

  it('is refused by a run without such weights, one that is not done, and where they are damaged', async function () {
    this.timeout(60_000);
    const unfinished = await create('once-for-all');
    const refused = async (folder: RunFolder, why: RegExp): Promise<void> => {
      await assert.rejects(specialiseRequest(folder, limitsOf(500), { tune: 0 }), why);
      const { code, err } = await udc('specialise', folder.path, '--budget', '500B');
      assert.equal(code, 1);
      assert.match(err, why);
    };
    await refused(unfinished, /the run is interrupted and has no result yet[.:] let it finish by/i);
    const uniform = await create('uniform');
    assert.equal((await work(uniform)).state, 'done');
    await refused(uniform, /searched by Uniform.*once-for-all/);
    const file = join(source.path, SHARED_FILE);
    const bytes = await readFile(file);
    const damaged = Uint8Array.from(bytes);
    damaged[damaged.length >> 1]! ^= 1;
    try {
      await writeFile(file, damaged);
      await refused(source, /damaged/);
      await rm(file);
      await refused(source, /no such file/);
    } finally {
      await writeFile(file, bytes);
    }
  });

  it('is refused before anything is started: limits that nothing is within, targets and tuning that there are not', async () => {
    const { code, err } = await udc('specialise', source.path, '--budget', '20B');
    assert.equal(code, 3);
    assert.match(err, /smallest/i);
    const json = await udc('specialise', source.path, '--budget', '20B', '--json');
    const said = JSON.parse(json.out) as { error: { exitCode: number; smallestBytes: number } };
    assert.equal(said.error.exitCode, 3);
    assert.ok(said.error.smallestBytes > 20);
    assert.equal((await udc('specialise', source.path, '--target', 'ethos-u66')).code, 2);
    assert.equal((await udc('specialise', source.path, '--tune', '-1')).code, 2);
    assert.equal((await udc('specialise', join(place, 'nothing'))).code, 1);
  });

  it('fails with a reason where the other run has gone since', async () => {
    const request = await specialiseRequest(source, limitsOf(500), { tune: 0 });
    const folder = await RunFolder.create(place, { ...request, from: { ...request.from!, path: join(place, 'gone') } });
    const end = await work(folder);
    assert.equal(end.code, 'shared-weights');
    assert.match(end.failure!.why, new RegExp(source.id));
  });
});
