/**
 * "Set Up Native TensorFlow", "Set Up WebGPU" and "Set Up Runtimes": say what it takes, ask, run the set-up script in a
 * task whose output can be read, and offer to use what it made.
 */
import * as vscode from 'vscode';
import { SETTINGS, SETTINGS_SECTION } from '../contributions.ts';
import type { SampleHolder } from './definitions.ts';
import { say } from '../say.ts';

interface SetUp {
  /** Beside the extension's own program. */
  readonly script: string;
  /** That may be used for searches then; absent of what they have no use for. */
  readonly backend?: 'tensorflow' | 'webgpu';
  readonly title: string;
  readonly question: string;
  readonly detail: string;
  readonly failed: string;
  readonly ready: string;
  /** Why it cannot be set up here; undefined where it can. */
  readonly refusal: string | undefined;
}

const SET_UPS = {
  tensorflow: (): SetUp => ({
    script: 'setup-tensorflow.cjs',
    backend: 'tensorflow',
    title: vscode.l10n.t('Set up native TensorFlow'),
    question: vscode.l10n.t('Set up native TensorFlow?'),
    detail: vscode.l10n.t(
      'Searches work without it: WebAssembly is built in and usually faster for small networks.\n\nThe set-up downloads 230 MB from the Python and npm package indexes, checks them by hash, and compiles an addon. It needs npm, Python with pip and a C++ compiler, 3 GB of disk while it works and 1 GB afterwards, in your cache folder.',
    ),
    failed: vscode.l10n.t('Native TensorFlow was not set up: the terminal says why. Searches go on with WebAssembly.'),
    ready: vscode.l10n.t('Native TensorFlow is ready. Use it for the next searches?'),
    refusal:
      process.platform === 'linux' && process.arch === 'x64'
        ? undefined
        : vscode.l10n.t(
            'Native TensorFlow can be set up on Linux on x86-64; this is {0} on {1}. Searches use WebAssembly, which needs no set-up.',
            process.platform,
            process.arch,
          ),
  }),
  webgpu: (): SetUp => ({
    script: 'setup-webgpu.cjs',
    backend: 'webgpu',
    title: vscode.l10n.t('Set up WebGPU'),
    question: vscode.l10n.t('Set up WebGPU?'),
    detail: vscode.l10n.t(
      'Not advised so far: on a fast GPU (NVIDIA H200) a training step took 151 to 196 ms, longer than on one processor core with WebAssembly, which is built in and needs no set-up. Searches give correct results, more slowly.\n\nThe set-up downloads two packages from the npm package index (92 MB in your cache folder), checks them by hash, and says which GPU they find. It needs npm; a search on the GPU also needs Node.js 20 or later outside VS Code on the desktop.',
    ),
    failed: vscode.l10n.t('WebGPU was not set up: the terminal says why. Searches go on with WebAssembly.'),
    ready: vscode.l10n.t(
      'WebGPU is installed; the terminal says on which GPU. Searches with WebAssembly are faster so far. Use WebGPU for the next searches all the same?',
    ),
    refusal: undefined,
  }),
  runtimes: (): SetUp => ({
    script: 'setup-runtimes.cjs',
    title: vscode.l10n.t('Set up runtimes'),
    question: vscode.l10n.t('Set up the runtimes that networks are measured on?'),
    detail: vscode.l10n.t(
      'Searches work without them. The set-up downloads LiteRT, ONNX Runtime, OpenVINO, Vela and, on Linux, TFLite Micro from the Python package index (130 MB), and checks them by hash. It needs Python 3.11 or newer with venv, and takes 0.6 GB in your cache folder.',
    ),
    failed: vscode.l10n.t('The runtimes were not set up: the terminal says why.'),
    ready: vscode.l10n.t('The runtimes are ready: `udc measure` asks them.'),
    refusal: undefined,
  }),
} as const;

export type SetUpName = keyof typeof SET_UPS;

/**
 * The set-up as a task. It runs on the Node inside VS Code, which is always there; npm, and what else it needs, are the
 * machine's.
 */
function taskOf({ script, title }: SetUp, extensionUri: vscode.Uri): vscode.Task {
  const path = vscode.Uri.joinPath(extensionUri, 'dist', script).fsPath;
  const execution = new vscode.ProcessExecution(process.execPath, [path], {
    cwd: extensionUri.fsPath,
    env: { ELECTRON_RUN_AS_NODE: '1' },
  });
  const task = new vscode.Task({ type: 'process' }, vscode.TaskScope.Workspace, title, 'UDC', execution);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, focus: false, clear: true };
  return task;
}

/** Carries out the command. Returns the task that was started, or undefined where none was. */
export async function setUpPackages(
  { extensionUri }: SampleHolder,
  name: SetUpName,
): Promise<vscode.TaskExecution | undefined> {
  const setUp = SET_UPS[name]();
  if (setUp.refusal !== undefined) {
    void say.information(setUp.refusal);
    return undefined;
  }
  const start = vscode.l10n.t('Set Up');
  if ((await say.information(setUp.question, { modal: true, detail: setUp.detail }, start)) !== start) return undefined;
  const execution = await vscode.tasks.executeTask(taskOf(setUp, extensionUri));
  const subscription = vscode.tasks.onDidEndTaskProcess((event) => {
    if (event.execution !== execution) return;
    subscription.dispose();
    void ended(setUp, event.exitCode);
  });
  return execution;
}

/** Tells how the set-up ended; undefined: it was stopped. */
async function ended({ backend, failed, ready }: SetUp, exitCode: number | undefined): Promise<void> {
  if (exitCode === undefined) return;
  if (exitCode !== 0) {
    void say.error(failed);
    return;
  }
  if (backend === undefined) {
    void say.information(ready);
    return;
  }
  const use = vscode.l10n.t('Use It');
  if ((await say.information(ready, use)) === use)
    await vscode.workspace
      .getConfiguration(SETTINGS_SECTION)
      .update(SETTINGS.backend.id, backend, vscode.ConfigurationTarget.Global);
}
