/** How often a device is asked for the values of a tensor. */
import * as tf from '@tensorflow/tfjs-core';

interface Readable {
  readSync(id: object): unknown;
  read(id: object): Promise<unknown>;
}

/** @returns tensors that were read while `work` ran */
export async function countReads(work: () => Promise<unknown>): Promise<number> {
  const backend = tf.backend() as unknown as Readable;
  const own = { readSync: backend.readSync, read: backend.read };
  let reads = 0;
  backend.readSync = (id) => {
    reads++;
    return own.readSync.call(backend, id);
  };
  backend.read = (id) => {
    reads++;
    return own.read.call(backend, id);
  };
  try {
    await work();
  } finally {
    Object.assign(backend, own);
  }
  return reads;
}
