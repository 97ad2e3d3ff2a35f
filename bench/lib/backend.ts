/** Opens the backend that a benchmark was asked for. */
import { openBackend, type BackendName } from '../../src/devices/open-device.ts';
import type { BenchmarkOptions } from '../run.ts';

const NAMES: readonly string[] = ['auto', 'wasm', 'tensorflow', 'webgpu', 'cpu'];

/** Default `wasm`: what every installation has. `threads`: default as in `openBackend`. */
export async function openFor(
  { backend = 'wasm' }: BenchmarkOptions,
  threads?: number,
): Promise<{ name: string; reason: string }> {
  if (!NAMES.includes(backend)) throw new Error(`--backend ${backend} is none of ${NAMES.join(', ')}.`);
  return openBackend(backend as BackendName | 'auto', threads === undefined ? {} : { threads });
}
