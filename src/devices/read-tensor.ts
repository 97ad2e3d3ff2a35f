/**
 * Reads tensors on every backend. Outside a browser WebGPU can be read only asynchronously, so everything that reads is
 * asynchronous; where a backend
 * can be read at once, it is. Every read waits for the device: what is read together costs one wait.
 */
import * as tf from '@tensorflow/tfjs-core';
import { checkDevice } from './webgpu/device.ts';

/** Backends without a synchronous read. */
const ASYNCHRONOUS: ReadonlySet<string> = new Set(['webgpu']);

const values = (tensor: tf.Tensor): Float32Array => tensor.dataSync<'float32'>();

const isAsynchronous = (): boolean => ASYNCHRONOUS.has(tf.getBackend());

/** Values of a tensor of floats. May be the backend's own copy: not to be written to. */
export async function read(tensor: tf.Tensor): Promise<Float32Array> {
  if (!isAsynchronous()) return values(tensor);
  const found = await tensor.data<'float32'>();
  checkDevice();
  return found;
}

/** Values of several tensors, in order, as `read` gives them. */
export async function readAll(tensors: readonly tf.Tensor[]): Promise<Float32Array[]> {
  return isAsynchronous() ? Promise.all(tensors.map(read)) : tensors.map(values);
}

/**
 * Values of the tensors that `compute` makes, in one read. Everything that it made is disposed of, as by `tf.tidy`; it
 * may return tensors that others own.
 */
export async function readOf(compute: () => tf.Tensor[]): Promise<Float32Array[]> {
  if (!isAsynchronous()) {
    let found: Float32Array[] = [];
    // Not as what `tidy` returns: it looks for tensors in every element of that.
    tf.tidy(() => {
      found = compute().map(values);
    });
    return found;
  }
  let sizes: number[] = [];
  const joined = tf.tidy(() => {
    const made = compute();
    sizes = made.map(({ size }) => size);
    return made.length > 0 ? tf.concat(made.map((tensor) => tf.reshape(tensor, [-1]))) : tf.tensor1d([]);
  });
  try {
    const all = await read(joined);
    let offset = 0;
    return sizes.map((size) => all.subarray(offset, (offset += size)));
  } finally {
    joined.dispose();
  }
}
