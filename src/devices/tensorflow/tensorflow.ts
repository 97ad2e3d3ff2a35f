/** Loads native TensorFlow (@tensorflow/tfjs-node), which is optional, as a tfjs backend. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import util from 'node:util';
import { tensorflowFolder } from '../folders.ts';
import { findPackages } from '../optional-package.ts';

const PACKAGE = '@tensorflow/tfjs-node';
const ADDON = 'tfjs_binding.node';

/** Is the native library there? Packages whose installer could download nothing lack it. */
function hasLibrary(required: NodeJS.Require): boolean {
  const builds = join(dirname(required.resolve(`${PACKAGE}/package.json`)), 'lib');
  return existsSync(builds) && readdirSync(builds).some((build) => existsSync(join(builds, build, ADDON)));
}

/** True once the package is in this process: its threads can then not be set any more. */
let loaded: { readonly threads: number; readonly version: string } | undefined;

/**
 * Registers the backend 'tensorflow' with tfjs.
 * @param threads of one operation; what the first call says holds for the process
 * @returns version of the C library and number of threads
 * @throws naming the remedy where the package or its library is missing or cannot be loaded
 */
export function loadTensorflow(threads: number): { readonly threads: number; readonly version: string } {
  if (loaded !== undefined) return loaded;
  const required = findPackages(tensorflowFolder(), [PACKAGE], hasLibrary);
  if (required === undefined)
    throw new Error(
      `${PACKAGE} with its native library is not installed: run "UDC: Set Up Native TensorFlow" in VS Code or \`npm run setup:tensorflow\` in a checkout (Linux), or \`npm install ${PACKAGE}\` where its own download works`,
    );
  // TensorFlow reads these when its library starts. Threads that wait must sleep, not spin, and one operation runs at a
  // time.
  process.env['TF_NUM_INTRAOP_THREADS'] = String(threads);
  process.env['TF_NUM_INTEROP_THREADS'] = '1';
  process.env['KMP_BLOCKTIME'] ??= '0';
  // The thread that asks takes part in a convolution instead of waiting for two others to wake.
  process.env['TF_ONEDNN_THREADPOOL_USE_CALLER_THREAD'] ??= '1';
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  // The package was written for older versions of Node; 23 dropped this function.
  const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
  const { version } = required(PACKAGE) as { version: Readonly<Record<string, string>> };
  loaded = { threads, version: version['tfjs-node'] ?? 'unknown' };
  return loaded;
}
