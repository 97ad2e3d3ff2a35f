/** Fused weight mixing for the `wasm` backend. */
import type * as tf from '@tensorflow/tfjs-core';
import type { MixAttributes } from '../ops/mix-weights.ts';
import { registerKernels, type KernelModule } from './kernel-module.ts';
import { mixJob, type MixAddresses } from './mix-job.ts';

type Inputs = Readonly<Record<string, tf.TensorInfo>>;

/** Writes the job of one tensor; returns its address. */
function writeJob(module: KernelModule, inputs: Inputs, attributes: MixAttributes, results: Omit<MixAddresses, 'w' | 'sigma'>): number {
  const job = mixJob(inputs['w']!.shape, attributes);
  const address = module.scratch(job.bytes);
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
      module.exports.mixForward(writeJob(module, inputs, attributes as unknown as MixAttributes, { out: module.address(out) }));
      return out;
    },
    UdcMixWeightsGrad: (inputs, attributes) => {
      const options = attributes as unknown as MixAttributes;
      const results = [module.output(inputs['w']!.shape), module.output([options.kernels.length]), module.output([options.bits.length + options.sparsities])];
      const [out, toKernels, toOptions] = results.map((tensor) => module.address(tensor)) as [number, number, number];
      module.exports.mixBackward(writeJob(module, inputs, options, { out, dy: module.address(inputs['dy']!), toKernels, toOptions }));
      return results;
    },
  });
}
