/**
 * A result beside a program that answers as Vela does: confirmed, contradicted, or not told; and a run that ends so,
 * and goes on.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PYTHON_VARIABLE } from '../../../src/formats/vela/vela-program.ts';
import { CONFIRM_VARIABLE, confirmedResult, ContradictedError } from '../../../src/runs/confirm-result.ts';
import { RunFolder } from '../../../src/runs/folder/run-folder.ts';
import { withoutVela } from '../../../src/runs/launchers/local-worker.ts';
import { searchEngine } from '../../../src/runs/search-engine.ts';
import { runSession } from '../../../src/runs/session.ts';
import { confirmationText } from '../../../src/wire/compiler-answer.ts';
import type { NetworkResult, RunResult } from '../../../src/wire/run.ts';
import { runResult } from '../../../src/wire/run-schema.ts';
import { mainNetwork } from '../../fixtures/run-parts.ts';
import { inFolder } from '../../scratch.ts';
import { exampleRun } from '../formats/run.ts';
import { fakeVela, type Behaviour } from '../formats/vela/fake-vela.ts';
import { fakeEngine } from './fake-engine.ts';
import { request } from './request.ts';
import { SILENT } from './support.ts';

const { result, weights, folded } = exampleRun();
const { certificate } = mainNetwork(result);
const operators = folded.operations.filter(({ codes }) => codes).length;

/** Bytes of each operator, in sum `total`. */
const spread = (total: number): number[] =>
  Array.from({ length: operators }, (_, i) => (i === 0 ? total - operators + 1 : 1));

interface Asked {
  readonly found?: RunResult;
  readonly error?: unknown;
  readonly notes: readonly string[];
}

/** `behaviour`: of the program; `environment`: beside the variable that names it. */
async function asked(
  behaviour: Behaviour,
  {
    of = result,
    environment = {},
    limitMs,
  }: { of?: RunResult; environment?: NodeJS.ProcessEnv; limitMs?: number } = {},
): Promise<Asked> {
  let answer: Asked | undefined;
  await inFolder(async (folder) => {
    await writeFile(join(folder, 'weights.safetensors'), weights);
    const { program } = fakeVela(folder, behaviour);
    const notes: string[] = [];
    const fileOf = (): string => join(folder, 'weights.safetensors');
    const options = {
      environment: { ...process.env, [PYTHON_VARIABLE]: program, ...environment },
      ...(limitMs !== undefined && { limitMs }),
    };
    answer = await confirmedResult(of, fileOf, (text) => notes.push(text), options).then(
      (found) => ({ found, notes }),
      (error: unknown) => ({ error, notes }),
    );
  });
  return answer!;
}

const confirmationOf = ({ found }: Asked): NetworkResult['confirmation'] => mainNetwork(found!).confirmation;

describe('a result that Vela is asked of', () => {
  before(function () {
    if (process.platform === 'win32') this.skip();
  });

  it('says what Vela stores and takes, and is read again', async () => {
    const one = await asked({ stored: spread(certificate.exactBytes), sram: 2_048, cycles: 41_000 });
    const { confirmation } = mainNetwork(one.found!);
    assert.ok(confirmation?.confirmed);
    assert.equal(
      confirmationText(confirmation).replaceAll('\u00a0', ' '),
      `Vela 5.2.0: ${certificate.exactBytes.toLocaleString('en-US')} bytes, 41 k cycles, 2 KiB SRAM`,
    );
    assert.deepEqual(runResult(JSON.parse(JSON.stringify(one.found))), one.found);
    // Everything else is as it was.
    assert.deepEqual(one.found, { ...result, networks: [{ ...mainNetwork(result), confirmation }] });
  });

  it('is not issued where Vela contradicts it', async () => {
    const { error } = await asked({ stored: spread(certificate.exactBytes + 1) });
    assert.ok(error instanceof ContradictedError);
    assert.match(error.message, /: Vela 5\.2\.0 stores more than is promised: stored [\d,]+ B, promised [\d,]+ B$/);
    const sram = await asked({ stored: spread(certificate.exactBytes), sram: 1 << 30 });
    assert.match((sram.error as Error).message, /takes more SRAM than is promised/);
  });

  it('is issued with the reason where Vela fails, hangs or says what cannot be read', async () => {
    const reason = async (behaviour: Behaviour, limitMs?: number): Promise<string> => {
      const found = confirmationOf(await asked(behaviour, limitMs === undefined ? {} : { limitMs }));
      assert.ok(found && 'reason' in found);
      return found.reason;
    };
    assert.match(await reason({ failure: 'MemoryError' }), /did not compile the network for .*: MemoryError/);
    assert.match(await reason({ hangs: true }, 3_000), /it was stopped after 3 s/);
    assert.match(await reason({ stored: spread(certificate.exactBytes), summary: 'none' }), /do not fit together/);
    assert.match(await reason({ missing: true }), /UDC_VELA_PYTHON names .*, which has no Vela/);
    assert.match(await reason({ version: '4.0.0' }), /too old/);
  });

  it('is as it was where there is no Vela, it is turned off, or the chip is no Ethos-U', async () => {
    const over: Behaviour = { stored: spread(certificate.exactBytes + 1) };
    const { environment } = withoutVela({ path: 'worker.cjs', environment: { OTHER: 'kept' } });
    assert.deepEqual(environment, { OTHER: 'kept', [CONFIRM_VARIABLE]: 'off' });
    const off = await asked(over, { environment: environment! });
    assert.equal(off.found, result);
    const other: RunResult = { ...result, target: 'stm32h743' };
    assert.equal((await asked(over, { of: other })).found, other);
    const nowhere = { [PYTHON_VARIABLE]: '', PATH: '' };
    const runtimes = process.env['UDC_RUNTIMES'];
    process.env['UDC_RUNTIMES'] = 'no such folder';
    try {
      assert.equal((await asked(over, { environment: nowhere })).found, result);
    } finally {
      if (runtimes === undefined) Reflect.deleteProperty(process.env, 'UDC_RUNTIMES');
      else process.env['UDC_RUNTIMES'] = runtimes;
    }
  });

  it('keeps of several networks those that are confirmed, and says which are left out', async () => {
    const first = mainNetwork(result);
    const { exactBytes } = first.certificate;
    const small = { ...first, name: 'second', certificate: { ...first.certificate, exactBytes: exactBytes - 1 } };
    const several: RunResult = { ...result, networks: [first, small] };
    const { found, notes } = await asked({ stored: spread(exactBytes) }, { of: several });
    assert.deepEqual(
      found!.networks.map(({ name }) => name),
      [first.name],
    );
    assert.match(notes.join(), /^second: Vela 5\.2\.0 stores more than is promised: .* left out of the result/);
  });

  it('ends its run as contradicted, with what was trained: resumed without Vela, it has its result', () =>
    inFolder(async (place) => {
      const folder = await RunFolder.create(place, request({ epochs: 2, stepMs: 0 }));
      const refusing = {
        ...fakeEngine,
        explain: (error: unknown) => searchEngine.explain(error),
        confirm: () => Promise.reject(new ContradictedError('net: Vela 5.2.0 stores more than is promised')),
      };
      const { signal } = new AbortController();
      const end = await runSession(folder, refusing, SILENT, signal);
      assert.deepEqual([end.state, end.code, end.refused], ['failed', 'contradicted', undefined]);
      assert.match(`${end.failure?.why} ${end.failure?.next}`, /stores more than is promised .*--no-vela/);
      assert.equal(await folder.readResult(), undefined);
      assert.ok((await folder.readEvents()).events.some(({ type }) => type === 'epoch'));
      assert.deepEqual(await runSession(folder, fakeEngine, SILENT, signal), { state: 'done', code: '' });
      assert.ok(await folder.readResult());
    }));
});
