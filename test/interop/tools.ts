/** Runs the Python side of an interop test in the environment that scripts/interop.mjs made. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
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
  const { stdout } = await promisify(execFile)(interpreter, [join(HERE, script), ...args], { maxBuffer: 1 << 26, env: { ...process.env, KERAS_BACKEND: 'jax', TF_CPP_MIN_LOG_LEVEL: '3' } });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as unknown;
}
