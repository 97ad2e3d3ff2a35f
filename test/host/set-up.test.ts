/**
 * "Set Up Native TensorFlow", "Set Up WebGPU" and "Set Up Runtimes": what is asked, which task is started, and that
 * its program is there and works.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/editor/contributions.ts';
import { activated, answering, eventually, temporaryFolder, type Asked } from './support.ts';

const CASES = [
  {
    name: 'Native TensorFlow',
    command: COMMANDS.setUpTensorflow,
    supported: process.platform === 'linux' && process.arch === 'x64',
    variable: 'UDC_TENSORFLOW',
    detail: /230 MB.*compiler.*disk/s,
  },
  {
    name: 'WebGPU',
    command: COMMANDS.setUpWebgpu,
    supported: true,
    variable: 'UDC_WEBGPU',
    detail: /92 MB.*npm.*Node\.js 20/s,
  },
  {
    name: 'The runtimes',
    command: COMMANDS.setUpRuntimes,
    supported: true,
    variable: 'UDC_RUNTIMES',
    detail: /Vela.*130 MB.*Python 3\.11/s,
  },
] as const;

/** Runs the command; tasks are caught where VS Code would start them, since these download a lot. */
async function setUp(
  command: string,
  answer: string | undefined,
): Promise<{ readonly asked: readonly Asked[]; readonly tasks: readonly vscode.Task[] }> {
  const tasks: vscode.Task[] = [];
  const api = vscode.tasks as { executeTask: typeof vscode.tasks.executeTask };
  const before = api.executeTask;
  api.executeTask = async (task) => {
    tasks.push(task);
    return { task, terminate: () => undefined };
  };
  try {
    return {
      asked: await answering({ showInformationMessage: () => answer }, () => vscode.commands.executeCommand(command)),
      tasks,
    };
  } finally {
    api.executeTask = before;
  }
}

for (const { name, command, supported, variable, detail } of CASES) {
  describe(command.title, () => {
    before(() => activated());

    it('says what it takes, and does nothing when the question is dismissed', async () => {
      const { asked, tasks } = await setUp(command.id, undefined);
      assert.deepEqual(tasks, []);
      assert.equal(asked.length, 1);
      if (supported) assert.match(((asked[0]!.args[1] ?? {}) as vscode.MessageOptions).detail ?? '', detail);
      else assert.match(String(asked[0]!.first), /Linux on x86-64/);
    });

    it('starts the packaged script in a task, which finds all it needs and names the folder', async function () {
      if (!supported) this.skip();
      const { tasks } = await setUp(command.id, 'Set Up');
      assert.equal(tasks.length, 1);
      const execution = tasks[0]!.execution;
      assert.ok(execution instanceof vscode.ProcessExecution);
      assert.ok(
        execution.args.every((file) => fs.existsSync(file)),
        execution.args.join(' '),
      );
      const folder = path.join(temporaryFolder(), 'nothing-here');
      const env = { ...execution.options!.env, [variable]: folder };
      const { status, stderr } = spawnSync(execution.process, [...execution.args, '--check'], {
        cwd: execution.options!.cwd!,
        encoding: 'utf8',
        env: { ...process.env, ...env },
      });
      assert.equal(status, 1);
      assert.equal(stderr.trim(), `${name} ${name.endsWith('s') ? 'are' : 'is'} not in ${folder}.`);

      // The same in a terminal of VS Code.
      tasks[0]!.execution = new vscode.ProcessExecution(execution.process, [...execution.args, '--check'], {
        ...execution.options,
        env,
      });
      const ends: (number | undefined)[] = [];
      const subscription = vscode.tasks.onDidEndTaskProcess(({ exitCode }) => {
        ends.push(exitCode);
      });
      await vscode.tasks.executeTask(tasks[0]!);
      await eventually('the end of the task', () => ends.length > 0);
      subscription.dispose();
      assert.deepEqual(ends, [1]);
      assert.ok(!fs.existsSync(folder));
    });
  });
}
