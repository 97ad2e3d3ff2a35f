/** Runs the Python side of an interop test in the environment that scripts/interop.mjs made. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const HERE = resolve('test/interop');

export function writeBytes(file: string, values: Int8Array | Uint8Array | Float32Array): string {
  writeFileSync(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return file;
}

/** Runs test/interop/<script> and returns the JSON of its last line. */
export async function python(script: string, ...args: string[]): Promise<unknown> {
  const interpreter = process.env['UDC_INTEROP_PYTHON'];
  if (!interpreter) throw new Error('run these tests by `npm run test:interop`: they need its Python environment');
  const { stdout } = await promisify(execFile)(interpreter, [join(HERE, script), ...args], {
    maxBuffer: 1 << 26,
    env: { ...process.env, KERAS_BACKEND: 'jax', TF_CPP_MIN_LOG_LEVEL: '3' },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as unknown;
}

/** A file to compile in each of several ways, which test/interop/regor.py names. */
export interface RegorJob {
  readonly file: string;
  readonly accelerator: string;
  readonly options: readonly string[];
}

/** Bytes of weights, biases and scales, by option. */
export interface ConstantBytes {
  readonly accelerator: string;
  readonly stored: Readonly<Record<string, number>>;
}

/** What Vela's default core, in one process of its own, stores of each file, in the order of the jobs. */
export async function constantBytes(jobs: readonly RegorJob[]): Promise<ConstantBytes[]> {
  const child = spawn(process.env['UDC_INTEROP_PYTHON']!, [join(HERE, 'regor.py')], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.end(jobs.map((job) => `${JSON.stringify(job)}\n`).join(''));
  const answers: ConstantBytes[] = [];
  for await (const line of createInterface({ input: child.stdout }))
    if (line.startsWith('{')) answers.push(JSON.parse(line) as ConstantBytes);
  assert.equal(answers.length, jobs.length, 'Vela ended early');
  return answers;
}
