// npm run test:interop: checks exports with their real consumers, in a Python environment of its own with pinned
// versions, and by compilers of the machine.
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { ensureDependencies } from './lib/dependencies.mjs';
import { inRoot, ROOT } from './lib/paths.mjs';

const VENV = inRoot('.venv', 'interop');
const REQUIREMENTS = inRoot('test', 'interop', 'requirements.txt');
const MARK = path.join(VENV, 'requirements.sha256');
const python = path.join(VENV, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

/** `npm run test:vela`: only the random networks, but all of them, or as many as UDC_RANDOM_NETWORKS says. */
const ALL_RANDOM = process.argv[2] === 'random';
/** Suites that need no Python: they run without it too. */
const BY_COMPILERS = 'test/interop/c-export.test.ts';
/** What follows goes to the test runner, such as `-g LiteRT`. */
const MORE = process.argv.slice(ALL_RANDOM ? 3 : 2);

const run = (command, args) => spawnSync(command, args, { cwd: ROOT, encoding: 'utf8' });
const lastLine = ({ stderr, stdout, error }) =>
  (error?.message ?? `${stdout ?? ''}${stderr ?? ''}`).trim().split('\n').at(-1);

/** Makes the environment where it is missing or for other versions. Returns why it could not, or undefined. */
function prepare() {
  const wanted = createHash('sha256').update(fs.readFileSync(REQUIREMENTS)).digest('hex');
  if (fs.existsSync(MARK) && fs.readFileSync(MARK, 'utf8') === wanted) return undefined;
  const base = ['python3', 'python'].find(
    (name) => run(name, ['-c', 'import venv, sys; sys.exit(sys.version_info < (3, 11))']).status === 0,
  );
  if (!base) return 'Python 3.11 or newer with venv was not found';
  const made = run(base, ['-m', 'venv', '--clear', VENV]);
  if (made.status !== 0) return `a virtual environment cannot be made: ${lastLine(made)}`;
  console.log('Installing the real consumers (LiteRT, Vela, ONNX Runtime, Keras) into .venv/interop');
  const installed = run(python, [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--retries',
    '1',
    '--timeout',
    '20',
    '-r',
    REQUIREMENTS,
  ]);
  if (installed.status !== 0)
    return `Python's package index could not serve the pinned packages: ${lastLine(installed)}`;
  fs.writeFileSync(MARK, wanted);
  return undefined;
}

await ensureDependencies();
const reason = prepare();
if (reason) console.log(`Interop tests skipped${ALL_RANDOM ? '' : ', but for those of C programs'}: ${reason}`);
if (!reason || !ALL_RANDOM) {
  const suites = ALL_RANDOM ? 'test/interop/vela-random.test.ts' : 'test/interop/**/*.test.ts';
  const mocha = spawnSync(
    process.execPath,
    [
      inRoot('node_modules', 'mocha', 'bin', 'mocha.js'),
      reason ? BY_COMPILERS : suites,
      '--reporter',
      inRoot('scripts', 'lib', 'counting-reporter.cjs'),
      '--timeout',
      '300000',
      ...MORE,
    ],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: {
        ...process.env,
        UDC_INTEROP_PYTHON: python,
        ...(ALL_RANDOM ? { UDC_RANDOM_NETWORKS: process.env.UDC_RANDOM_NETWORKS ?? '150' } : {}),
      },
    },
  );
  process.exitCode = mocha.status ?? 1;
}
