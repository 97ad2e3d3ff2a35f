/** Runs a Python peer of a benchmark where there is a Python that has its packages. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Timing } from './measure.ts';

/**
 * The interpreter to use: `UDC_PYTHON`, for example `.venv/bin/python` after `pip install torch`. Without it, peers are
 * left out.
 */
export const PYTHON = process.env['UDC_PYTHON'];

/** The peer's timing, or undefined where no Python is named. Throws with the peer's message where it fails. */
export async function peer(script: string, parameters: readonly (string | number)[]): Promise<Timing | undefined> {
  if (PYTHON === undefined) return undefined;
  const path = fileURLToPath(new URL(`../peers/${script}`, import.meta.url));
  const { stdout } = await promisify(execFile)(PYTHON, [path, ...parameters.map(String)]);
  return JSON.parse(stdout) as Timing;
}
