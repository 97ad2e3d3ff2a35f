/**
 * `udc check FILE --vela` and `udc export RUN --vela`, beside a program that answers as Vela does: what is printed,
 * what JSON holds, the exit codes.
 */
import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PYTHON_VARIABLE } from '../../../src/formats/vela/vela-program.ts';
import { writeTflite } from '../../../src/formats/tflite/write-tflite.ts';
import { quantise } from '../../../src/integer/quantise-network.ts';
import { sizeNetwork } from '../../../src/integer/sizing.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { RunFolder } from '../../../src/runs/folder/run-folder.ts';
import type { Compiled } from '../../../src/wire/compiler-answer.ts';
import { exampleRun } from '../formats/run.ts';
import { fakeVela, type Behaviour } from '../formats/vela/fake-vela.ts';
import { NETWORKS } from '../integer/networks.ts';
import { inFolder } from '../../scratch.ts';
import { MODEL, finishedRun, udc } from './support.ts';
import { mainNetwork } from '../../fixtures/run-parts.ts';

const network = quantise(NETWORKS['separable']!());
const weighted = network.operations.filter(({ weights }) => weights).length;
const promised = sizeNetwork(network, findTarget('ethos-u55-128')).totalBytes;
const bytes = promised.toLocaleString('en-US');

/** Bytes of each operator, in sum `total`. */
const spread = (total: number, operators = weighted): number[] =>
  Array.from({ length: operators }, (_, i) => (i === 0 ? total - operators + 1 : 1));

async function withVela(behaviour: Behaviour, body: (file: string, folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const file = join(folder, 'small.tflite');
    await writeFile(file, writeTflite(network, { description: 'a test' }));
    process.env[PYTHON_VARIABLE] = fakeVela(folder, behaviour).program;
    try {
      await body(file, folder);
    } finally {
      Reflect.deleteProperty(process.env, PYTHON_VARIABLE);
    }
  });
}

describe('udc check --vela', function () {
  before(function () {
    if (process.platform === 'win32') this.skip();
  });

  it('says what Vela stores beside what is promised', () =>
    withVela({ stored: spread(promised - 16) }, async (file) => {
      const { code, out, err } = await udc('check', file, '--vela');
      assert.deepEqual([code, err], [0, '']);
      const stored = (promised - 16).toLocaleString('en-US');
      assert.ok(
        out.includes(`\nConfirmed by Vela 5.2.0 for ethos-u55-128: stored ${stored} B, promised ${bytes} B; `),
        out,
      );
      assert.match(out, /256.B of SRAM, 100 cycles\n$/);
      const { vela } = JSON.parse((await udc('check', file, '--vela', '--json')).out) as { vela: Compiled };
      const { arguments: told, ...numbers } = vela;
      assert.deepEqual(numbers, {
        confirmed: true,
        version: '5.2.0',
        accelerator: 'ethos-u55-128',
        storedBytes: promised - 16,
        promisedBytes: promised,
        sramBytes: 256,
        cycles: 100,
        contradictions: [],
      });
      assert.match(told.join(' '), /^--accelerator-config ethos-u55-128 --arena-cache-size \d+$/);
      assert.equal((JSON.parse((await udc('check', file, '--json')).out) as { vela?: unknown }).vela, undefined);
      assert.equal((await udc('check', file, '--vela', '--budget', '100')).code, 3, 'a budget is a matter of its own');
    }));

  it('finds the Vela of the environment that is set up for runtimes, as its refusal says', () =>
    withVela({ stored: spread(promised) }, async (file, folder) => {
      const program = process.env[PYTHON_VARIABLE]!;
      await mkdir(join(folder, 'bin'));
      await symlink(program, join(folder, 'bin/python'));
      const before = process.env['UDC_RUNTIMES'];
      process.env[PYTHON_VARIABLE] = '';
      process.env['UDC_RUNTIMES'] = folder;
      try {
        assert.match((await udc('check', file, '--vela')).out, /\nConfirmed by Vela 5\.2\.0/);
      } finally {
        if (before === undefined) Reflect.deleteProperty(process.env, 'UDC_RUNTIMES');
        else process.env['UDC_RUNTIMES'] = before;
      }
    }));

  it('ends in 1 and names both where Vela stores more', () =>
    withVela({ stored: spread(promised + 1) }, async (file) => {
      const { code, out, err } = await udc('check', file, '--vela');
      assert.equal(code, 1);
      assert.doesNotMatch(out, /Confirmed/);
      assert.ok(
        err.includes(
          `small.tflite: Vela 5.2.0 for ethos-u55-128 stores more than is promised: stored ${(promised + 1).toLocaleString('en-US')} B, promised ${bytes} B\n`,
        ),
        err,
      );
      assert.equal((await udc('check', file, '--vela', '--budget', '100')).code, 1);
    }));

  it('says why there is no confirmation, and is no error', () =>
    withVela({ missing: true }, async (file) => {
      const { code, out, err } = await udc('check', file, '--vela');
      assert.deepEqual([code, err], [0, '']);
      assert.match(
        out,
        /\nNot confirmed by Vela: UDC_VELA_PYTHON names .*, which has no Vela: No module named 'ethosu'\.\n$/,
      );
      const { vela } = JSON.parse((await udc('check', file, '--vela', '--json', '--target', 'stm32h743')).out) as {
        vela: unknown;
      };
      assert.deepEqual(vela, { confirmed: false, reason: 'Vela compiles for Ethos-U, and stm32h743 is none' });
    }));

  it('is refused for a definition, which has no weights', () =>
    withVela({}, async (_, folder) => {
      const file = join(folder, 'small.udc.yaml');
      await writeFile(file, MODEL);
      const { code, err } = await udc('check', file, '--vela');
      assert.equal(code, 2);
      assert.match(err, /--vela confirms a network with weights, .* udc export --format tflite --vela/);
    }));
});

describe('udc export --vela', () => {
  it('compares the certificate of the run', async function () {
    if (process.platform === 'win32') this.skip();
    const { header, result, weights, folded } = exampleRun();
    const promised = mainNetwork(result).certificate.exactBytes;
    const operators = folded.operations.filter(({ codes }) => codes).length;
    await withVela({ stored: spread(promised, operators) }, async (_, folder) => {
      const run = await RunFolder.create(join(folder, '.udc', 'runs'), { ...header, name: 'test-net' });
      await run.writeNetwork('weights.safetensors', weights);
      await run.writeResult(result);
      const out = join(folder, 'exported.tflite');
      const said = await udc('export', run.path, '--out', out, '--vela');
      assert.equal(said.code, 0, said.err);
      const bytes = promised.toLocaleString('en-US');
      assert.ok(
        said.out.includes(`\nConfirmed by Vela 5.2.0 for ethos-u55-128: stored ${bytes} B, promised ${bytes} B; `),
        said.out,
      );
      const told = JSON.parse((await udc('export', run.path, '--out', out, '--vela', '--json')).out) as {
        format: string;
        vela: { confirmed: boolean };
      };
      assert.deepEqual([told.format, told.vela.confirmed], ['tflite', true]);
      process.env[PYTHON_VARIABLE] = fakeVela(folder, { stored: spread(promised + 1, operators) }).program;
      const over = await udc('export', run.path, '--out', out, '--vela');
      assert.equal(over.code, 1);
      assert.match(over.err, /exported\.tflite: Vela 5\.2\.0 for ethos-u55-128 stores more than is promised/);
    });
  });

  it('is refused for what Vela does not compile, before anything is written', () =>
    inFolder(async (folder) => {
      const run = await finishedRun(folder);
      const { code, err } = await udc('export', run.path, '--out', join(folder, 'a.csv'), '--vela');
      assert.equal(code, 2);
      assert.match(err, /--vela is for --format tflite, the one that Vela compiles, not csv/);
    }));
});
