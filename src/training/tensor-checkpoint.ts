/**
 * The state of a search as bytes: JSON for decisions and counters, float tensors beside it, in one safetensors file.
 */
import { readSafetensors, writeSafetensors } from '../base/safetensors-file.ts';

export interface TensorRecord {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const KEY = 'udc-state';

/** @returns the bytes of a safetensors file whose metadata holds `json` */
export function packState(json: unknown, tensors: ReadonlyMap<string, TensorRecord>): Uint8Array {
  return writeSafetensors(
    [...tensors].map(([name, { shape, data }]) => ({ name, shape, values: data })),
    { [KEY]: JSON.stringify(json) },
  );
}

/** @throws Error where the bytes are no search state */
export function unpackState(bytes: Uint8Array): { json: unknown; tensors: Map<string, TensorRecord> } {
  const file = readSafetensors(bytes);
  const text = file.metadata[KEY];
  if (text === undefined) throw new Error('this file is no checkpoint of a search: its metadata has no search state');
  const tensors = new Map<string, TensorRecord>();
  for (const { name, shape, values } of file.tensors) {
    if (!(values instanceof Float32Array)) throw new Error(`checkpoint tensor ${name} is not float32`);
    tensors.set(name, { shape, data: values });
  }
  return { json: JSON.parse(text) as unknown, tensors };
}
