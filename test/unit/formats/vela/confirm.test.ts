/** What is made of a compiler's answer: confirmed, more than promised, or why it cannot be told. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { confirm, type Confirmation } from '../../../../src/formats/vela/confirm.ts';
import { PYTHON_VARIABLE } from '../../../../src/formats/vela/vela-program.ts';
import { readSchedule, readSummary } from '../../../../src/formats/vela/vela-schedule.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import { inFolder } from '../../../scratch.ts';
import { fakeVela, type Behaviour } from './fake-vela.ts';

const PROMISED = 1_000;

async function answer(
  behaviour: Behaviour,
  target = 'ethos-u55-128',
  limitMs?: number,
): Promise<{ readonly found: Confirmation; readonly args: readonly string[] }> {
  let result: { found: Confirmation; args: string[] } | undefined;
  await inFolder(async (folder) => {
    const { program, calls } = fakeVela(folder, behaviour);
    const promised = { file: new Uint8Array([1, 2, 3]), target: findTarget(target), bytes: PROMISED, weighted: 2 };
    const found = await confirm(promised, { ...process.env, [PYTHON_VARIABLE]: program }, limitMs);
    result = { found, args: existsSync(join(folder, 'arguments.json')) ? calls() : [] };
  });
  return result!;
}

async function reason(behaviour: Behaviour, target?: string, limitMs?: number): Promise<string> {
  const { found } = await answer(behaviour, target, limitMs);
  assert.ok('reason' in found, JSON.stringify(found));
  assert.equal(found.confirmed, false);
  return found.reason;
}

describe('confirmation by Vela', function () {
  before(function () {
    if (process.platform === 'win32') this.skip();
  });

  it('holds up to the promised byte, and not one beyond', async () => {
    const { found, args } = await answer({ stored: [600, 400] });
    assert.deepEqual(found, {
      confirmed: true,
      version: '5.2.0',
      accelerator: 'ethos-u55-128',
      storedBytes: 1_000,
      promisedBytes: PROMISED,
    });
    assert.deepEqual([args[1], args[2], args.at(-1)], ['--accelerator-config', 'ethos-u55-128', '--verbose-schedule']);
    assert.ok(!existsSync(dirname(args[0]!)), 'its folder is gone');
    const over = (await answer({ stored: [600, 401] })).found;
    assert.deepEqual([over.confirmed, 'storedBytes' in over && over.storedBytes], [false, 1_001]);
  });

  it('asks for the core whose streams the target has', async () => {
    assert.equal((await answer({ stored: [1, 2] }, 'nxp-imx93')).args.at(-1), '--debug-force-legacy-core');
    assert.equal((await answer({ stored: [1, 2], version: '3.12.0' }, 'nxp-imx93')).args.at(-1), '--verbose-schedule');
    assert.match(await reason({ stored: [1, 2], version: '4.4.1' }), /Vela 4\.4\.1 is too old/);
    assert.equal((await answer({ stored: [1, 2] }, 'ethos-u85-512')).args[2], 'ethos-u85-512');
  });

  it('says why there is no answer', async () => {
    assert.match(await reason({}, 'generic-npu'), /generic-npu is none/);
    assert.match(
      await reason({ missing: true }),
      /UDC_VELA_PYTHON names .*fake python, which has no Vela: No module named 'ethosu'/,
    );
    assert.match(await reason({ version: 'what?' }), /it does not tell a version/);
    assert.match(
      await reason({ failure: 'ValueError: no such tensor' }),
      /Vela 5\.2\.0 did not compile the network for ethos-u55-128: ValueError: no such tensor/,
    );
    assert.match(
      await reason({ stored: [600], onProcessor: 3 }),
      /leaves 3 of the network's operators to the processor/,
    );
    assert.match(await reason({ stored: [600] }), /schedule that Vela 5\.2\.0 prints cannot be read/);
    assert.match(await reason({ stored: [1, 2], summary: 4 }), /do not fit together/);
    assert.match(await reason({ stored: [1, 2], summary: 'none' }), /do not fit together/);
  });

  it('waits no longer than its limit', async () => {
    assert.match(await reason({ hangs: true }, 'ethos-u55-128', 2_000), /it was stopped after 2 s/);
  }).timeout(30_000);

  it('without any Vela says how to get one', async () => {
    const found = await confirm(
      { file: new Uint8Array(), target: findTarget('ethos-u55-128'), bytes: 1, weighted: 0 },
      { PATH: '' },
    );
    assert.ok('reason' in found);
    assert.match(found.reason, /Vela was not found: install it .*UDC_VELA_PYTHON/);
  });
});

describe('what Vela prints', () => {
  it('is read of the last schedule of each part, in the words of both cores', () => {
    const part = (name: string, ...bytes: number[]): string =>
      `Schedule: '${name}'\n${bytes.map((n, i) => `\t${i}: Operation x - \n\t\tEncoded Weights = ${n} bytes\n`).join('')}\t9: Operation relu\n`;
    const text = `noise\n${part('main_split_1_MAX_BUFFERED', 7, 7)}${part('main_split_1_MIN_BUFFERED', 5, 6)}${part('main_split_3_MAX_BUFFERED', 3)}CPU operators = 2 (1.0%)\n`;
    assert.deepEqual(readSchedule(text), { weighted: [5, 6, 3], onProcessor: 2 });
    assert.deepEqual(readSchedule(text.replaceAll('\n', '\r\n')), { weighted: [5, 6, 3], onProcessor: 2 });
    assert.deepEqual(readSchedule('other words'), { weighted: [] });
  });

  it('is read of the summary by its title', () => {
    assert.equal(readSummary('a,total_npu_encoded_weights\nx,24032\n'), 24_032);
    assert.equal(readSummary('a,total_npu_encoded_weights\r\nx,24032.0\r\n'), 24_032);
    for (const csv of ['', 'a,b\n1,2', 'a,total_npu_encoded_weights\nx', 'a,total_npu_encoded_weights\nx,many'])
      assert.equal(readSummary(csv), undefined);
  });
});
