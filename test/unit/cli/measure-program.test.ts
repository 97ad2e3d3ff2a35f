/** `udc measure` as the editor runs it: told of each number, stopped by a message. */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tsxLoader } from '../../../src/runs/launchers/tsx-loader.ts';
import { listedRuntimes, measureReport } from '../../../src/wire/measurements.ts';
import { inFolder } from '../../scratch.ts';
import { definitionText } from '../measure/fakes.ts';

const PROGRAM = fileURLToPath(new URL('../../../src/cli/beside-editor.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly told: readonly unknown[];
}

/** Runs it in a folder until it ends. @param begun is given the process when it has begun */
function measured(cwd: string, args: readonly string[], begun?: (child: ChildProcess) => void): Promise<Ended> {
  const child = fork(PROGRAM, [...args, '--json'], { cwd, silent: true, execArgv: ['--import', tsxLoader()] });
  const told: unknown[] = [];
  let out = '';
  child.on('message', (message) => told.push(message));
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  begun?.(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, out, told });
    });
  });
}

describe('the measuring program of the editor', function () {
  this.timeout(120_000);

  it('answers with a report, tells of each number, and keeps it in the folder', () =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, 'a.udc.yaml'), definitionText(4));
      const { code, out, told } = await measured(folder, [
        'a.udc.yaml',
        '--devices',
        'estimate/ethos-u55-32,estimate/ethos-u65-256',
      ]);
      assert.equal(code, 0);
      const { columns, networks } = measureReport(JSON.parse(out));
      assert.deepEqual(
        columns.map(({ device }) => device),
        ['ethos-u55-32', 'ethos-u65-256'],
      );
      assert.deepEqual(
        networks[0]!.cells.map(({ mark }) => mark),
        ['estimated', 'estimated'],
      );
      const lines = told.map((one) => (one as { progress: string }).progress);
      assert.equal(lines.length, 2);
      assert.match(lines[1]!, /^2 of 2: net-4 on estimate ethos-u65-256: .* ms$/);
      assert.ok(existsSync(join(folder, '.udc', 'measurements.ndjson')));
    }));

  it('is stopped by a message, also before anything is measured, and stores nothing then', () =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, 'a.udc.yaml'), definitionText(4));
      const { code } = await measured(folder, ['a.udc.yaml', '--devices', 'estimate/ethos-u55-32'], (child) => {
        child.send('stop');
      });
      assert.equal(code, 130);
      assert.ok(!existsSync(join(folder, '.udc')));
    }));

  it('lists runtimes, and says what is wrong in its answer', () =>
    inFolder(async (folder) => {
      const listed = listedRuntimes(JSON.parse((await measured(folder, ['--list'])).out));
      assert.ok(listed.some(({ runtime, version }) => runtime === 'estimate' && version !== undefined));
      assert.deepEqual(
        listed.filter(({ ofSome }) => ofSome).map(({ runtime }) => runtime),
        ['published'],
      );
      const { code, out } = await measured(folder, ['gone.tflite']);
      assert.equal(code, 1);
      const { error } = JSON.parse(out) as { error: { message: string } };
      assert.match(error.message, /^gone\.tflite: there is no such file/);
    }));
});
