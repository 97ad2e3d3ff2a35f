/** Fused weight mixing for the `wasm` backend (src/compute/kernels/assembly/mix-weights.ts). */
import type * as tf from '@tensorflow/tfjs-core';
import { levelLimit } from '../ops/levels.ts';
import { centred, type MixAttributes } from '../ops/mix-weights.ts';
import { registerKernels, type KernelModule } from './kernel-module.ts';

const FIELD = { dy: 3, toKernels: 12, toOptions: 13 } as const;
const HEADER_WORDS = 16;

/** Writes the job of one tensor; returns its address. */
function writeJob(module: KernelModule, inputs: Readonly<Record<string, tf.TensorInfo>>, out: tf.TensorInfo, attributes: MixAttributes, fields: Readonly<Record<number, number>>): number {
  const { kernels, bits, sparsities, chosen, steps, depthwise } = attributes;
  const [chosenKernel, chosenBits, chosenSparsity] = chosen;
  const [height, width, rows, last] = inputs['w']!.shape as [number, number, number, number];
  const taps = height * width;
  const pairs = [
    [chosenBits, chosenSparsity],
    ...bits.map((_, b) => [b, chosenSparsity]),
    ...Array.from({ length: sparsities }, (_, s) => [chosenBits, s]),
  ] as const;
  const crops = [kernels[chosenKernel]!, ...kernels];
  const optionsBytes = pairs.length * 16;
  const cropsBytes = Math.ceil((taps * crops.length) / 4) * 16;
  const address = module.scratch(HEADER_WORDS * 4 + optionsBytes + cropsBytes + pairs.length * 16 + (kernels.length + pairs.length) * 8);
  const optionsAt = address + HEADER_WORDS * 4;
  const cropsAt = optionsAt + optionsBytes;
  const at = (tensor: tf.TensorInfo): number => module.address(tensor);
  const { words, floats } = module;
  words.set([at(inputs['w']!), at(inputs['sigma']!), at(out), 0, taps, depthwise ? 1 : rows, depthwise ? rows * last : last, optionsAt, pairs.length, cropsAt, kernels.length, cropsAt + cropsBytes], address >>> 2);
  for (const [word, value] of Object.entries(fields)) words[(address >>> 2) + Number(word)] = value;
  const thresholds = at(inputs['thresholds']!) >>> 2;
  pairs.forEach(([b, s], i) => {
    floats.set([steps[b * sparsities + s]!, levelLimit(bits[b]!), floats[thresholds + s]!, bits[b] === 1 ? 1 : 0], (optionsAt >>> 2) + i * 4);
  });
  for (let tap = 0; tap < taps; ++tap) {
    crops.forEach(([cropHeight, cropWidth], i) => {
      const [top, bottom] = centred(height, cropHeight);
      const [left, right] = centred(width, cropWidth);
      const row = Math.floor(tap / width);
      const column = tap % width;
      words[(cropsAt >>> 2) + tap * crops.length + i] = row >= top && row < bottom && column >= left && column < right ? 1 : 0;
    });
  }
  return address;
}

/** Registers both directions with the `wasm` backend. */
export function registerMix(module: KernelModule): void {
  registerKernels({
    UdcMixWeights: (inputs, attributes) => {
      const out = module.output(inputs['w']!.shape);
      module.exports.mixForward(writeJob(module, inputs, out, attributes as unknown as MixAttributes, {}));
      return out;
    },
    UdcMixWeightsGrad: (inputs, attributes) => {
      const options = attributes as unknown as MixAttributes;
      const dw = module.output(inputs['w']!.shape);
      const toKernels = module.output([options.kernels.length]);
      const toOptions = module.output([options.bits.length + options.sparsities]);
      const job = writeJob(module, inputs, dw, options, {
        [FIELD.dy]: module.address(inputs['dy']!), [FIELD.toKernels]: module.address(toKernels), [FIELD.toOptions]: module.address(toOptions),
      });
      module.exports.mixBackward(job);
      return [dw, toKernels, toOptions];
    },
  });
}
