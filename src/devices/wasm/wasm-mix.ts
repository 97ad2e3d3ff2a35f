/** Fused weight mixing for the `wasm` backend. */
import type * as tf from '@tensorflow/tfjs-core';
import type { MixAttributes } from '../operators/mix-weights.ts';
import { align, registerKernels, type KernelModule } from './kernel-module.ts';
import { mixJob, type MixAddresses } from './mix-job.ts';

type Inputs = Readonly<Record<string, tf.TensorInfo>>;

interface Job {
  readonly address: number;
  /** Of `resultBytes` of memory behind the job, for results that are no tensors of their own. */
  readonly results: number;
  write(results: Omit<MixAddresses, 'w' | 'sigma'>): void;
}

/** Room for the job of one tensor, to be written once it is known where its results go. */
function jobFor(module: KernelModule, inputs: Inputs, attributes: MixAttributes, resultBytes = 0): Job {
  const job = mixJob(inputs['w']!.shape, attributes);
  const address = module.scratch(align(job.bytes) + resultBytes);
  return {
    address,
    results: address + align(job.bytes),
    write: (results) => {
      const thresholds = module.address(inputs['thresholds']!) >>> 2;
      const tensors = { w: module.address(inputs['w']!), sigma: module.address(inputs['sigma']!), ...results };
      job.write(module, address, tensors, module.floats.subarray(thresholds, thresholds + attributes.sparsities));
    },
  };
}

/** Registers both directions with the `wasm` backend. */
export function registerMix(module: KernelModule): void {
  registerKernels({
    UdcMixWeights: (inputs, attributes) => {
      const out = module.output(inputs['w']!.shape);
      const job = jobFor(module, inputs, attributes as unknown as MixAttributes);
      job.write({ out: module.address(out) });
      module.exports.mixForward(job.address);
      return out;
    },
    UdcMixWeightsGrad: (inputs, attributes) => {
      const options = attributes as unknown as MixAttributes;
      const { kernels, bits, sparsities } = options;
      const results = [inputs['w']!.shape, [kernels.length], [bits.length], [sparsities]].map((shape) =>
        module.output(shape),
      );
      const [out, toKernels, toBits, toSparsities] = results.map((tensor) => module.address(tensor)) as [
        number,
        number,
        number,
        number,
      ];
      const job = jobFor(module, inputs, options, (bits.length + sparsities) * 4);
      job.write({ out, dy: module.address(inputs['dy']!), toKernels, toOptions: job.results });
      module.exports.mixBackward(job.address);
      const first = job.results >>> 2;
      const middle = first + bits.length;
      module.floats.copyWithin(toBits >>> 2, first, middle).copyWithin(toSparsities >>> 2, middle, middle + sparsities);
      return results;
    },
  });
}
