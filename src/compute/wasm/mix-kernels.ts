/** Fused weight mixing for the `wasm` backend. */
import type * as tf from '@tensorflow/tfjs-core';
import type { MixAttributes } from '../ops/mix-weights.ts';
import { align, registerKernels, type KernelModule } from './kernel-module.ts';
import { mixJob, type MixAddresses } from './mix-job.ts';

type Inputs = Readonly<Record<string, tf.TensorInfo>>;

type Results = Omit<MixAddresses, 'w' | 'sigma'>;

/** Writes the job of one tensor; returns its address. `results` is given the address of `resultBytes` of memory for what is no tensor of its own. */
function writeJob(module: KernelModule, inputs: Inputs, attributes: MixAttributes, resultBytes: number, resultsAt: (address: number) => Results): number {
  const job = mixJob(inputs['w']!.shape, attributes);
  const address = module.scratch(align(job.bytes) + resultBytes);
  const results = resultsAt(address + align(job.bytes));
  const thresholds = module.address(inputs['thresholds']!) >>> 2;
  const tensors = { w: module.address(inputs['w']!), sigma: module.address(inputs['sigma']!), ...results };
  job.write(module, address, tensors, module.floats.subarray(thresholds, thresholds + attributes.sparsities));
  return address;
}

/** Registers both directions with the `wasm` backend. */
export function registerMix(module: KernelModule): void {
  registerKernels({
    UdcMixWeights: (inputs, attributes) => {
      const out = module.output(inputs['w']!.shape);
      module.exports.mixForward(writeJob(module, inputs, attributes as unknown as MixAttributes, 0, () => ({ out: module.address(out) })));
      return out;
    },
    UdcMixWeightsGrad: (inputs, attributes) => {
      const options = attributes as unknown as MixAttributes;
      const results = [inputs['w']!.shape, [options.kernels.length], [options.bits.length], [options.sparsities]].map((shape) => module.output(shape));
      const [out, toKernels, toBits, toSparsities] = results.map((tensor) => module.address(tensor)) as [number, number, number, number];
      let toOptions = 0;
      const job = writeJob(module, inputs, options, (options.bits.length + options.sparsities) * 4, (address) => ({ out, dy: module.address(inputs['dy']!), toKernels, toOptions: toOptions = address }));
      module.exports.mixBackward(job);
      const [from, middle] = [toOptions >>> 2, (toOptions >>> 2) + options.bits.length];
      module.floats.copyWithin(toBits >>> 2, from, middle).copyWithin(toSparsities >>> 2, middle, middle + options.sparsities);
      return results;
    },
  });
}
