// `npm run setup:runtimes`, and "UDC: Set Up Runtimes" in the editor: the runtimes that `udc measure` asks, in a Python
// environment of their own in the user's cache folder, pinned and checked by hash (scripts/runtimes).
// `--check` installs nothing: it says whether the environment is there.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { runtimesFolder, runtimesPython } from '../src/devices/folders.ts';
import { makeCached, needSpace, pinnedFolder } from './lib/cached.mjs';
import { failWith, firstOf, run } from './lib/process.mjs';

const BYTES_NEEDED = 2e9;
const REQUIREMENTS = 'requirements.txt';
const MODULES = 'import ai_edge_litert.interpreter, ethosu.regor, onnxruntime, openvino';

/** Is it made, of the versions that are wanted now? Then it can be used, unless a file was lost. */
function isReady(folder, pinned) {
  const there = path.join(folder, REQUIREMENTS);
  if (!fs.existsSync(there)) return false;
  const same = fs.readFileSync(there, 'utf8') === fs.readFileSync(path.join(pinned, REQUIREMENTS), 'utf8');
  return same && spawnSync(runtimesPython(folder), ['-I', '-c', MODULES], { stdio: 'ignore' }).status === 0;
}

async function main() {
  const folder = runtimesFolder();
  const pinned = pinnedFolder('runtimes');
  if (!isReady(folder, pinned)) {
    if (process.argv.includes('--check')) throw new Error(`The runtimes are not in ${folder}.`);
    const parent = path.dirname(folder);
    fs.mkdirSync(parent, { recursive: true });
    needSpace(parent, BYTES_NEEDED, 'UDC_RUNTIMES');
    const recent = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))';
    const python = firstOf(
      'Python 3.11 or newer with venv',
      [process.env.UDC_PYTHON, 'python3', 'python'],
      ['-c', recent],
    );
    await makeCached(folder, async (work) => {
      console.log('Making a Python environment');
      await run(python, ['-m', 'venv', work], { cwd: parent });
      console.log('Installing LiteRT, ONNX Runtime, OpenVINO, Vela, and on Linux TFLite Micro (130 MB)');
      const wanted = ['--require-hashes', '--only-binary=:all:', '-r', path.join(pinned, REQUIREMENTS)];
      await run(runtimesPython(work), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...wanted], {
        cwd: work,
      });
      fs.copyFileSync(path.join(pinned, REQUIREMENTS), path.join(work, REQUIREMENTS));
    });
  }
  console.log(`The runtimes are ready in ${folder}: udc measure NETWORK asks them.`);
}

main().catch(failWith);
