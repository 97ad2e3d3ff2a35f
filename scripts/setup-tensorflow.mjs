// `npm run setup:tensorflow`, and "UDC: Set Up Native TensorFlow" in the editor: native TensorFlow for the `tensorflow`
// backend where the package's own installer cannot download its library.
// The C library and its headers come from the TensorFlow wheel of Python's package index, the addon is compiled from
// the sources in the npm package.
// Everything is pinned and checked by hash (scripts/tensorflow). Needs Linux on x86-64, Python with pip, and a C++
// compiler ($CXX, default g++).
// `--check` changes nothing: it says whether all is there, and where.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { tensorflowFolder } from '../src/devices/folders.ts';
import { installCached, needSpace, pinnedFolder } from './lib/cached.mjs';
import { failWith, firstOf, needNpm, run } from './lib/process.mjs';

const SOURCES = pinnedFolder('tensorflow');
/** The version of Node's C interface that the addon is built for; every Node since 15 has it. */
const NAPI = 8;
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
const WHEEL_TAGS = [
  '--implementation',
  'cp',
  '--python-version',
  '3.11',
  '--abi',
  'cp311',
  '--platform',
  'manylinux_2_17_x86_64',
  '--platform',
  'manylinux2014_x86_64',
];
const BYTES_NEEDED = 3e9;

function checkSystem(folder) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `This script knows the library for Linux on x86-64 only; this is ${process.platform} on ${process.arch}. The package's own installer may work here: npm install @tensorflow/tfjs-node`,
    );
  }
  needSpace(folder, BYTES_NEEDED, 'UDC_TENSORFLOW');
}

/** Loads the addon and computes with it, in a process of its own. */
function works(folder) {
  if (!fs.existsSync(path.join(folder, 'node_modules'))) return false;
  const script =
    "require('node:util').isNullOrUndefined ??= (x) => x == null; const tf = require('@tensorflow/tfjs-node'); if (tf.matMul([[2]], [[3]]).dataSync()[0] !== 6) process.exit(1);";
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  return status === 0 ? true : { error: stderr.trim().split('\n').slice(-15).join('\n') };
}

async function fetchLibrary(python, work) {
  const downloads = path.join(work, 'wheel');
  await run(
    python,
    [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--only-binary=:all:',
      ...WHEEL_TAGS,
      '--require-hashes',
      '-r',
      path.join(SOURCES, 'requirements.txt'),
      '-d',
      downloads,
    ],
    { cwd: work },
  );
  const [wheel] = fs.readdirSync(downloads);
  await run(python, [path.join(SOURCES, 'extract.py'), path.join(downloads, wheel), work], { cwd: work });
  return path.join(work, 'tensorflow');
}

/** Compiles the addon into the package, as its own build would, with the libraries where the addon looks for them. */
async function buildAddon(compiler, folder, library) {
  const tfjs = path.join(folder, 'node_modules/@tensorflow/tfjs-node');
  const output = path.join(tfjs, `lib/napi-v${NAPI}`);
  const libraries = path.join(tfjs, 'deps/lib');
  for (const each of [output, libraries]) fs.mkdirSync(each, { recursive: true });
  for (const file of LIBRARIES) fs.renameSync(path.join(library, file), path.join(libraries, file));
  const includes = [
    path.join(folder, 'node_modules/node-api-headers/include'),
    path.join(library, 'include'),
    tfjs,
  ].map((each) => `-I${each}`);
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => path.join(tfjs, 'binding', file));
  await run(
    compiler,
    [
      '-std=c++17',
      '-O2',
      '-shared',
      '-fPIC',
      `-DNAPI_VERSION=${NAPI}`,
      ...includes,
      ...sources,
      `-L${libraries}`,
      ...LIBRARIES.map((file) => `-l:${file}`),
      '-Wl,-rpath,$ORIGIN/../../deps/lib',
      '-o',
      path.join(output, 'tfjs_binding.node'),
    ],
    { cwd: folder },
  );
}

async function main() {
  const folder = tensorflowFolder();
  if (works(folder) === true) return console.log(`Native TensorFlow is ready in ${folder}`);
  if (process.argv.includes('--check')) throw new Error(`Native TensorFlow is not in ${folder}.`);
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  checkSystem(path.dirname(folder));
  const python = firstOf('Python with pip', [process.env.UDC_PYTHON, 'python3', 'python'], ['-m', 'pip', '--version']);
  needNpm();
  const compiler = firstOf('A C++ compiler', [process.env.CXX, 'g++', 'clang++'], ['--version']);
  await installCached(folder, SOURCES, async (work) => {
    console.log('Downloading the C library of TensorFlow (230 MB)');
    const library = await fetchLibrary(python, work);
    console.log('Compiling the addon');
    await buildAddon(compiler, work, library);
    for (const each of ['wheel', 'tensorflow']) fs.rmSync(path.join(work, each), { recursive: true });
    const result = works(work);
    if (result !== true) throw new Error(`The addon was built, but does not work:\n${result.error}`);
  });
  console.log(
    `Native TensorFlow is ready in ${folder}: choose the backend "tensorflow" (setting udc.backend, or --backend).`,
  );
}

main().catch(failWith);
