/**
 * MobileNetV1 within 2,048,000 bytes of flash and 512,000 bytes of RAM: the bits of every layer beside what the
 * authors' program gives (Rusci et al., arXiv 1905.13082; commit 3199780 of
 * github.com/mrusci/training-mixed-precision-quantized-networks: `memory_driven_quant` on `models/mobilenet.py`,
 * unchanged, run once with a stand-in for PyTorch that knows only shapes).
 */
import assert from 'node:assert/strict';
import { mobilenetV1 } from '../../../../bench/bits.ts';
import { allocationProblem } from '../../../../src/costs/allocate/allocation-problem.ts';
import { allocateByMemory } from '../../../../src/costs/allocate/memory-rule.ts';
import { instantiate } from '../../../../src/network/architecture.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';

/** Weights of fewer than 8 bits at each width; the same for every size of image and under both schemes. */
const WEIGHTS: ReadonlyMap<number, Readonly<Record<string, number>>> = new Map([
  [0.25, {}],
  [0.5, {}],
  [0.75, { pw13: 4, logits: 4 }],
  [1, { pw7: 4, pw8: 4, pw9: 4, pw10: 4, pw12: 4, pw13: 2, logits: 2 }],
]);

/** The same of maps, at each width and size; where a pair is absent there are none. */
const ACTIVATIONS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  '0.5, 224': { pw1: 4 },
  '0.75, 192': { pw1: 4 },
  '0.75, 224': { dw1: 4, pw1: 4, dw3: 4 },
  '1, 160': { pw1: 4 },
  '1, 192': { dw1: 4, pw1: 4, dw3: 4 },
  '1, 224': { stem: 4, dw1: 4, pw1: 2, pw2: 4, dw3: 4, pw3: 4 },
};

/** Bytes that the program counts first, with 8 bits everywhere and batch normalisation folded. */
const WITH_8_BITS: Readonly<Record<string, readonly number[]>> = {
  MixPL: [479_104, 1_346_096, 2_605_536, 4_257_424],
  MixPC: [498_180, 1_381_588, 2_657_444, 4_325_748],
};

describe('MobileNetV1 on a microcontroller', () => {
  [...WEIGHTS].forEach(([width, weights], i) => {
    for (const scheme of ['MixPL', 'MixPC'] as const)
      for (const size of [128, 160, 192, 224])
        it(`${width}, ${size}, ${scheme}: every layer has the bits of the authors' program`, () => {
          const network = mobilenetV1(width, size);
          const names = network.layers.map(({ spec }) => spec.name);
          const limits = { weights: 2_048_000, activations: 512_000 };
          const architecture = instantiate(network, []);
          const problem = allocationProblem(architecture, names, findTarget('mcu-packed'), { scheme, limits });
          const found = allocateByMemory(problem);
          assert.equal(found.impossible, undefined);
          const below8 = (bits: readonly number[]): Record<string, number> =>
            Object.fromEntries(names.flatMap((name, layer) => (bits[layer]! < 8 ? [[name, bits[layer]!]] : [])));
          assert.deepEqual(below8(found.weightBits), weights);
          assert.deepEqual(below8(found.activationBits), ACTIVATIONS[`${width}, ${size}`] ?? {});
          const first = problem.layers
            .filter(({ channels }) => channels > 0)
            .reduce((sum, layer) => sum + layer.weightBytes(8) + layer.auxiliaryBytes(8, 8), 0);
          assert.equal(first, WITH_8_BITS[scheme]![i]);
        });
  });
});
