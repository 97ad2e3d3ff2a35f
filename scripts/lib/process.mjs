// Child processes of the scripts: run to the end, and say plainly what failed.
import { spawn, spawnSync } from 'node:child_process';
import process from 'node:process';
import { ROOT } from './paths.mjs';

const WINDOWS = process.platform === 'win32';

/**
 * Runs a command with its output on this terminal.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean, write?: (output: Uint8Array) => void }} [options]
 *   `quiet` shows the output only when the command fails; `write` takes it in place of this terminal
 * @returns {Promise<number>} the exit code; 1 when a signal ended it
 */
export function exitCode(command, args, { cwd = ROOT, env = process.env, quiet = false, write } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: quiet || write ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      shell: WINDOWS,
    });
    const output = [];
    const take = write ?? ((part) => output.push(part));
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    child.once('error', reject);
    child.once('close', (code) => {
      if (code !== 0) process.stderr.write(Buffer.concat(output));
      resolve(code ?? 1);
    });
  });
}

/** As `exitCode`, but throws an error naming the command when it does not end with 0. */
export async function run(command, args, options) {
  const code = await exitCode(command, args, options);
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code}`);
}

/**
 * The environment for an npm that is started from inside an npm script: without the variables that describe the outer
 * script,
 * so that the inner one sees its own folder.
 */
export function npmEnvironment(extra = {}) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(lifecycle|package|command|config_(local_prefix|prefix))|^INIT_CWD$/.test(name),
  );
  return { ...Object.fromEntries(inherited), ...extra };
}

const NPM = WINDOWS ? 'npm.cmd' : 'npm';

/** Runs npm. */
export const npm = (args, options = {}) => run(NPM, args, { env: npmEnvironment(), ...options });

/** The first of `commands` that answers to `args`. Throws an error that names `what`. */
export function firstOf(what, commands, args) {
  const known = commands.filter((each) => each !== undefined);
  const command = known.find((each) => spawnSync(each, args, { stdio: 'ignore', shell: WINDOWS }).status === 0);
  if (command === undefined) throw new Error(`${what} is needed; tried ${known.join(', ')}.`);
  return command;
}

/** Throws where there is no npm. */
export const needNpm = () => {
  firstOf('npm, which comes with Node.js (https://nodejs.org),', [NPM], ['--version']);
};

/** Ends the script with the message of the error and exit code 1: a user gets a sentence, not a stack trace. */
export function failWith(error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
