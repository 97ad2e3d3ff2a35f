/** What is made of a compiler's answer: confirmed, more than promised, or why it cannot be told. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { confirm } from '../../../../src/formats/vela/confirm.ts';
import { PYTHON_VARIABLE } from '../../../../src/formats/vela/vela-program.ts';
import { readSchedule, readSummary } from '../../../../src/formats/vela/vela-schedule.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import type { Confirmation } from '../../../../src/wire/compiler-answer.ts';
import type { CostReport } from '../../../../src/wire/limits.ts';
import { inFolder } from '../../../scratch.ts';
import { fakeVela, type Behaviour } from './fake-vela.ts';

const PROMISED = 1_000;
const PEAK: readonly CostReport[] = [{ cost: 'activations', value: 2_048 }];

async function answer(
  behaviour: Behaviour,
  target = 'ethos-u55-128',
  limitMs?: number,
  costs: readonly CostReport[] = PEAK,
): Promise<{ readonly found: Confirmation; readonly args: readonly string[] }> {
  let result: { found: Confirmation; args: string[] } | undefined;
  await inFolder(async (folder) => {
    const { program, calls } = fakeVela(folder, behaviour);
    const promised = {
      file: new Uint8Array([1, 2, 3]),
      target: findTarget(target),
      bytes: PROMISED,
      weighted: 2,
      costs,
    };
    const environment = { ...process.env, [PYTHON_VARIABLE]: program };
    const found = await confirm(promised, { environment, ...(limitMs !== undefined && { limitMs }) });
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
      arguments: ['--accelerator-config', 'ethos-u55-128', '--arena-cache-size', '2048'],
      storedBytes: 1_000,
      promisedBytes: PROMISED,
      sramBytes: 256,
      cycles: 100,
      contradictions: [],
    });
    assert.deepEqual(args.slice(1, 5), ['--accelerator-config', 'ethos-u55-128', '--arena-cache-size', '2048']);
    assert.equal(args.at(-1), '--verbose-schedule');
    assert.ok(!existsSync(dirname(args[0]!)), 'its folder is gone');
    const over = (await answer({ stored: [600, 401] })).found;
    assert.deepEqual([over.confirmed, 'storedBytes' in over && over.storedBytes], [false, 1_001]);
  });

  it('is refused where SRAM or time are over what is promised and limited, and nowhere else', async () => {
    const over = async (behaviour: Behaviour, target: string, ...costs: CostReport[]): Promise<readonly string[]> => {
      const { found } = await answer({ stored: [1, 2], ...behaviour }, target, undefined, costs);
      assert.ok('contradictions' in found, JSON.stringify(found));
      assert.equal(found.confirmed, found.contradictions.length === 0);
      return found.contradictions;
    };
    const [peak] = PEAK as [CostReport];
    const within: CostReport = { ...peak, limit: 4_096 };
    assert.deepEqual(await over({ sram: 2_048 }, 'ethos-u55-128', peak), []);
    assert.match((await over({ sram: 2_049 }, 'ethos-u55-128', peak))[0]!, /more SRAM than is promised: 2,049 B/);
    assert.deepEqual(await over({ sram: 4_096 }, 'ethos-u65-256', within), []);
    assert.equal((await over({ sram: 4_097 }, 'ethos-u65-256', within)).length, 1);
    const cycles: CostReport = { cost: 'cycles', value: 90, limit: 100 };
    assert.deepEqual(await over({ cycles: 100 }, 'ethos-u55-128', within, cycles), []);
    assert.match((await over({ cycles: 101 }, 'ethos-u55-128', within, cycles))[0]!, /more cycles than the limit/);
    // Without a limit on activations Vela takes what it wants, and nothing was promised of it.
    assert.deepEqual(await over({ sram: 1e6, cycles: 100 }, 'ethos-u55-128', peak, cycles), []);
    const latency: CostReport = { cost: 'latency', value: 1e-7, limit: 2e-7 };
    assert.deepEqual(await over({ cycles: 100 }, 'ethos-u55-128', within, latency), []);
    assert.match((await over({ cycles: 101 }, 'ethos-u55-128', within, latency))[0]!, /takes longer than the limit/);
    // Vela knows nothing of the memories around that chip.
    assert.deepEqual(await over({ cycles: 1e9 }, 'himax-we2', within, latency), []);
  });

  it('asks for the core whose streams the target has', async () => {
    const legacy = '--debug-force-legacy-core';
    assert.ok((await answer({ stored: [1, 2] }, 'nxp-imx93')).args.includes(legacy));
    assert.ok(!(await answer({ stored: [1, 2], version: '3.12.0' }, 'nxp-imx93')).args.includes(legacy));
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
    assert.match(await reason({ version: '5.2.0\u001b[31m' }), /it does not tell a version/);
    // What ended without a word is told by how it ended, not by a command line with folders of this machine.
    assert.match(await reason({ dies: 'SIGKILL' }), /network for ethos-u55-128: it was ended by SIGKILL$/);
    assert.match(await reason({ dies: 3 }), /network for ethos-u55-128: it ended with 3 and without a word$/);
    assert.ok((await reason({ failure: 'long '.repeat(100_000) })).length < 1_000);
    assert.match(
      await reason({ stored: [600], onProcessor: 3 }),
      /leaves 3 of the network's operators to the processor/,
    );
    assert.match(await reason({ stored: [600] }), /schedule that Vela 5\.2\.0 prints cannot be read/);
    assert.match(await reason({ stored: [1, 2], summary: 4 }), /do not fit together/);
    assert.match(await reason({ stored: [1, 2], summary: 'none' }), /do not fit together/);
    // Not even as many as a result could keep.
    for (const cycles of ['9'.repeat(20), '9'.repeat(400)])
      assert.match(await reason({ stored: [1, 2], cycles }), /do not fit together/);
  });

  it('waits no longer than its limit', async () => {
    assert.match(await reason({ hangs: true }, 'ethos-u55-128', 2_000), /it was stopped after 2 s/);
  }).timeout(30_000);

  it('without any Vela says how to get one', async () => {
    const found = await confirm(
      { file: new Uint8Array(), target: findTarget('ethos-u55-128'), bytes: 1, weighted: 0, costs: [] },
      { environment: { PATH: '' } },
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

  it('is read of the summary by its titles', () => {
    const titles = 'a,total_npu_encoded_weights,cycles_total,sram_memory_used';
    const found = { streams: 24_032, cycles: 23_600, sramBytes: 11_920 };
    assert.deepEqual(readSummary(`${titles}\nx,24032,23600,11.640625\n`), found);
    assert.deepEqual(readSummary(`${titles}\r\nx,24032.0,23600.0,11.640625\r\n`), found);
    for (const csv of ['', 'a,b\n1,2', `${titles}\nx`, `${titles}\nx,many,1,1`, `${titles}\nx,1,1`])
      assert.equal(readSummary(csv), undefined);
  });
});
