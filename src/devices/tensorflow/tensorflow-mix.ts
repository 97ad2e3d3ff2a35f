/**
 * Weight mixing for the `tensorflow` backend: the project's WebAssembly kernels on copies. The weights of small
 * networks are few, and each option's
 * gradient as a composition takes a dozen of TensorFlow's operations.
 */
import { readFileSync } from 'node:fs';
import type * as tf from '@tensorflow/tfjs-core';
import type { MixAttributes } from '../operators/mix-weights.ts';
import type { KernelExports } from '../wasm/kernel-module.ts';
import { mixJob } from '../wasm/mix-job.ts';
import type { NativeBackend, NativeKernel } from './handles.ts';

type MixExports = Pick<KernelExports, 'mixForward' | 'mixBackward'>;

const PAGE = 65536;
/** What the module asks for (scripts/build-kernels.mjs). */
const MOST_PAGES = 65536;
const ALIGNMENT = 16;

/** A module with a memory of its own, in which every call starts at the beginning again. */
class Mixer {
  private readonly memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES });
  private readonly exports: MixExports;
  private next = ALIGNMENT;

  /** @param path of `kernels.wasm` or `kernels-relaxed.wasm` */
  constructor(path: string) {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(path)), {
      env: { memory: this.memory },
    });
    this.exports = exports as unknown as MixExports;
  }

  private reserve(bytes: number): number {
    const address = this.next;
    this.next = Math.ceil((address + bytes) / ALIGNMENT) * ALIGNMENT;
    const missing = this.next - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    return address;
  }

  private put(values: Float32Array): number {
    const address = this.reserve(values.byteLength);
    new Float32Array(this.memory.buffer).set(values, address >>> 2);
    return address;
  }

  /** Runs one direction; `results`: numbers of elements of its outputs, the mixed weights or their gradient first. */
  run(
    direction: keyof MixExports,
    { w, sigma, thresholds, dy, shape }: MixInputs,
    attributes: MixAttributes,
    results: readonly number[],
  ): Float32Array[] {
    this.next = ALIGNMENT;
    const job = mixJob(shape, attributes);
    const places = results.map((elements) => this.reserve(elements * 4));
    const [out, toKernels, toOptions] = places as [number, number, number];
    const tensors = {
      w: this.put(w),
      sigma: this.put(sigma),
      out,
      ...(dy && { dy: this.put(dy), toKernels, toOptions }),
    };
    const address = this.reserve(job.bytes);
    const { buffer } = this.memory;
    job.write({ words: new Int32Array(buffer), floats: new Float32Array(buffer) }, address, tensors, thresholds);
    this.exports[direction](address);
    return places.map((at, i) => new Float32Array(buffer.slice(at, at + results[i]! * 4)));
  }
}

interface MixInputs {
  readonly w: Float32Array;
  readonly sigma: Float32Array;
  readonly thresholds: Float32Array;
  readonly dy?: Float32Array;
  readonly shape: readonly number[];
}

function inputsOf(backend: NativeBackend, inputs: Readonly<Record<string, tf.TensorInfo>>): MixInputs {
  const read = (name: string): Float32Array => backend.readSync(inputs[name]!.dataId) as Float32Array;
  return {
    w: read('w'),
    sigma: read('sigma'),
    thresholds: read('thresholds'),
    shape: inputs['w']!.shape,
    ...(inputs['dy'] && { dy: read('dy') }),
  };
}

function output(backend: NativeBackend, values: Float32Array, shape: readonly number[]): tf.TensorInfo {
  return { dataId: backend.write(values, [...shape], 'float32'), shape: [...shape], dtype: 'float32' };
}

/** Both directions. @param path of the WebAssembly file */
export function mixKernels(path: string): Record<string, NativeKernel> {
  const mixer = new Mixer(path);
  return {
    UdcMixWeights: (backend, inputs, attributes) => {
      const found = inputsOf(backend, inputs);
      const [mixed] = mixer.run('mixForward', found, attributes as unknown as MixAttributes, [found.w.length]);
      return output(backend, mixed!, found.shape);
    },
    UdcMixWeightsGrad: (backend, inputs, attributes) => {
      const options = attributes as unknown as MixAttributes;
      const found = inputsOf(backend, inputs);
      const { kernels, bits, sparsities } = options;
      const [dw, toKernels, toOptions] = mixer.run('mixBackward', found, options, [
        found.w.length,
        kernels.length,
        bits.length + sparsities,
      ]) as [Float32Array, Float32Array, Float32Array];
      const vectors = [toKernels, toOptions.subarray(0, bits.length), toOptions.subarray(bits.length)];
      return [output(backend, dw, found.shape), ...vectors.map((values) => output(backend, values, [values.length]))];
    },
  };
}
