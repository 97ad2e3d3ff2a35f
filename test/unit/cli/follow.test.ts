import assert from 'node:assert/strict';
import { join } from 'node:path';
import { self } from '../../../src/cli/outcome.ts';
import { follow } from '../../../src/cli/follow.ts';
import type { LiveIo } from '../../../src/cli/terminal/io.ts';
import { resumeRun, startRun, type RunHandle } from '../../../src/runs/supervisor.ts';
import type { FakePlan } from '../runs/fake-engine.ts';
import { request } from '../runs/request.ts';
import { fakeLauncher } from '../runs/support.ts';
import { inFolder } from '../../scratch.ts';

describe('the commands that are proposed', () => {
  it('work in a checkout, where nothing is called udc', () => {
    assert.equal(self(join(process.cwd(), 'dist/cli.cjs')), `node ${join('dist', 'cli.cjs')}`);
    assert.equal(self('/usr/local/bin/udc'), 'udc');
  });
});

/** Follows a fake run; `columns` makes the io a terminal; `interrupt` presses Ctrl-C at the first line that matches. */
async function watch(
  runs: string,
  plan: FakePlan,
  options: { columns?: number; json?: boolean; interrupt?: RegExp; again?: RunHandle } = {},
): Promise<{ code: number; out: string; err: string; handle: RunHandle }> {
  let out = '';
  let err = '';
  let handle: RunHandle | undefined;
  let press: (() => void) | undefined;
  const io: LiveIo = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
      if (options.interrupt?.test(text)) {
        press?.();
        press = undefined;
      }
    },
    ...(options.columns === undefined
      ? {}
      : {
          columns: options.columns,
          rewriteLine: (text: string): void => {
            err += `\r\u001b[K${text}`;
          },
        }),
    onInterrupt: (callback) => {
      press = callback;
      return () => {
        press = undefined;
      };
    },
  };
  const code = await follow(
    async (listener) =>
      (handle =
        options.again === undefined
          ? await startRun(runs, request(plan), listener, fakeLauncher())
          : await resumeRun(options.again.folder.path, listener, fakeLauncher())),
    io,
    { json: options.json ?? false },
  );
  return { code, out, err, handle: handle! };
}

describe('a followed search', () => {
  it('prints one line an epoch where there is no terminal, then the outcome', () =>
    inFolder(async (runs) => {
      const { code, out, err } = await watch(runs, { epochs: 3, stepMs: 0 });
      assert.equal(code, 0);
      assert.match(
        err,
        /^fake for ethos-u55-128: 1000 B of weights; the search space reaches from ≈ 100 B to ≈ 1\.95 KiB\nbackend cpu \(for tests\), seed 1, /,
      );
      assert.equal(
        [...err.matchAll(/^ +\d\/3 {2}Fake \w+ +\d\.\d{3} +\d\.\d{3} +[\d.]+ % +1000 B +900 B +90 % +50 %$/gm)].length,
        3,
        err,
      );
      assert.ok(!err.includes('\u001b'), 'no control codes in a file');
      assert.match(out, /certificate 900 B <= 1,000 B; SHA-256/);
      assert.match(out, /udc export \S+fake-run\S+ --format tflite/);
      assert.doesNotMatch(out, /udc apply/, 'nothing was chosen');
    }));

  it("keeps a status line of the terminal's width", () =>
    inFolder(async (runs) => {
      const { err } = await watch(runs, { epochs: 6, stepMs: 30 }, { columns: 50 });
      const drawn = [...err.matchAll(/\r\u001b\[K([^\r\n\u001b]+)/g)].map((match) => match[1]!);
      const statuses = drawn.filter((text) => text.includes('step'));
      assert.ok(statuses.length > 0 && statuses.every((text) => text.length < 50), statuses.join('|'));
      assert.ok(
        err.trimEnd().endsWith('\r\u001b[K') || err.endsWith('\r\u001b[K'),
        'the status line is taken away at the end',
      );
    }));

  it('prints nothing but JSON when asked to', () =>
    inFolder(async (runs) => {
      const { out, err } = await watch(runs, { epochs: 2, stepMs: 0 }, { json: true });
      assert.equal(err, '');
      const told = JSON.parse(out) as { state: string; networks: { certificate: { exactBytes: number } }[] };
      assert.deepEqual([told.state, told.networks[0]!.certificate.exactBytes], ['done', 900]);
    }));

  it('Ctrl-C makes a checkpoint and says how to go on', () =>
    inFolder(async (runs) => {
      const plan = { epochs: 40, stepMs: 5 };
      const { code, err, handle } = await watch(runs, plan, { interrupt: /^ +2\/40/m });
      assert.equal(code, 130);
      assert.match(err, /Stopping after a checkpoint; Ctrl-C again stops at once\./);
      assert.match(err, /The search was stopped\. .*\nResume with: udc resume \S+\n$/);
      assert.equal(await handle.folder.readState(), 'cancelled');
      const again = await watch(runs, plan, { again: handle });
      assert.equal(again.code, 0);
      assert.match(again.err, /^resuming after event [3-9]/);
    }));

  it('says what went wrong, with the exit code for a budget that cannot be met', () =>
    inFolder(async (runs) => {
      const refused = await watch(runs, { epochs: 1, stepMs: 0, at: 0, then: 'refuse' });
      assert.deepEqual([refused.code, refused.out], [3, '']);
      assert.match(refused.err, /The budget cannot be met\. the budget is too small\. Raise it\.\n$/);
      const died = await watch(runs, { epochs: 3, stepMs: 0, at: 2, then: 'exit' });
      assert.equal(died.code, 1);
      assert.match(
        died.err,
        /ended unexpectedly \(exit code 7\)\. Error: the driver is gone\. .*\nResume with: udc resume/,
      );
      const failed = await watch(runs, { epochs: 3, stepMs: 0, at: 2, then: 'throw' }, { json: true });
      assert.equal(failed.code, 1);
      assert.equal((JSON.parse(failed.out) as { code: string }).code, 'internal');
    }));
});
