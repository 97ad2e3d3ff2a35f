/**
 * Dilated filters on an Ethos-U: dilations of 1 and 2 are the hardware's, larger ones are stored as filters with zeros.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hardwareKernel, hardwareShape, hardwareTensor } from '../../../../src/costs/weights/ethos/dilation.ts';
import { estimateCycles } from '../../../../src/costs/cycles/estimate-cycles.ts';
import { estimateSize } from '../../../../src/costs/weights/rates/estimate-size.ts';
import { checkReport } from '../../../../src/costs/check/check-report.ts';
import { encodeWeights, quickSize } from '../../../../src/costs/weights/stored-size.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import type { WeightTensor } from '../../../../src/targets/weight-tensor.ts';
import { instantiate } from '../../../../src/network/architecture.ts';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import { SeededRandom } from '../../../../src/base/random.ts';
import { quantised } from '../support/weight-generators.ts';

const U55 = findTarget('ethos-u55-128');
const sides = fc.record({ height: fc.integer({ min: 1, max: 5 }), width: fc.integer({ min: 1, max: 5 }) });
const dilations = fc.record({ height: fc.integer({ min: 1, max: 16 }), width: fc.integer({ min: 1, max: 16 }) });

/** Positions of filter elements of one side, in pixels of the input. */
const reach = (length: number, dilation: number): number[] => Array.from({ length }, (_, i) => i * dilation);

function tensor(
  ohwi: WeightTensor['ohwi'],
  dilation: number,
  kind: WeightTensor['kind'] = 'conv',
  sparsity = 0,
): WeightTensor {
  return {
    kind,
    ohwi,
    bits: 4,
    dilation: { height: dilation, width: dilation },
    values: quantised({ ohwi, bits: 4, sparsity }, new SeededRandom(3)),
  };
}

describe('dilation', () => {
  it('an even one keeps 2 in hardware, an odd one none; a side of one element is not dilated', () => {
    const cases = [
      [[3, 1], 3, 1],
      [[3, 2], 3, 2],
      [[3, 3], 7, 1],
      [[3, 4], 5, 2],
      [[3, 6], 7, 2],
      [[3, 8], 9, 2],
      [[3, 9], 19, 1],
      [[2, 5], 6, 1],
      [[1, 2], 1, 1],
      [[1, 7], 1, 1],
    ] as const;
    for (const [[length, by], stored, hardware] of cases) {
      const { kernel, dilation } = hardwareKernel({ height: length, width: 1 }, { height: by, width: 1 });
      assert.deepEqual(
        [kernel.height, dilation.height, kernel.width, dilation.width],
        [stored, hardware, 1, 1],
        `${length} elements, dilation ${by}`,
      );
    }
  });

  it('the stored filter reads the same pixels with the same weights', () => {
    fc.assert(
      fc.property(sides, dilations, fc.integer({ min: 1, max: 3 }), (kernel, dilation, inputs) => {
        const { height, width } = kernel;
        const values = Int8Array.from({ length: 2 * height * width * inputs }, (_, i) => 1 + (i % 100));
        const stored = hardwareTensor({ kind: 'conv', ohwi: [2, height, width, inputs], bits: 8, dilation, values });
        const [, tall, wide] = stored.ohwi;
        assert.ok(stored.dilation!.height <= 2 && stored.dilation!.width <= 2);
        const found = new Map<string, number>();
        stored.values.forEach((value, i) => {
          if (value === 0) return;
          const [o, y, x] = [
            Math.floor(i / (tall * wide * inputs)),
            Math.floor(i / (wide * inputs)) % tall,
            Math.floor(i / inputs) % wide,
          ];
          found.set([o, y * stored.dilation!.height, x * stored.dilation!.width, i % inputs].join(), value);
        });
        const expected = new Map<string, number>();
        let at = 0;
        for (const o of [0, 1])
          for (const y of reach(height, dilation.height))
            for (const x of reach(width, dilation.width))
              for (let i = 0; i < inputs; i++) expected.set([o, y, x, i].join(), values[at++]!);
        assert.deepEqual(found, expected);
      }),
    );
  });

  it('what is stored is stored as it is', () => {
    fc.assert(
      fc.property(sides, dilations, (kernel, dilation) => {
        const once = hardwareShape({ ohwi: [4, kernel.height, kernel.width, 3], dilation });
        assert.deepEqual(hardwareShape(once), once);
      }),
    );
  });

  it('costs what the filter with zeros costs, at every dilation', () => {
    for (const kind of ['conv', 'depthwise'] as const) {
      for (let dilation = 1; dilation <= 16; dilation++) {
        const dilated = tensor([16, 3, 3, kind === 'conv' ? 8 : 1], dilation, kind);
        const stored = hardwareTensor(dilated);
        const [one, other] = [encodeWeights(U55, dilated), encodeWeights(U55, stored)];
        assert.deepEqual(one.bytes, other.bytes);
        assert.equal(one.size.totalBytes, other.size.totalBytes);
        assert.equal(one.size.elements, 16 * 9 * (kind === 'conv' ? 8 : 1), 'the zeros are padding');
      }
    }
  });

  it('is seen before there are weights: within 15 % or 96 bytes of the encoder', () => {
    for (const kind of ['conv', 'depthwise'] as const)
      for (const sparsity of [0, 0.5, 0.9])
        for (const dilation of [1, 2, 3, 4, 5, 6, 8, 9, 12, 16]) {
          const dilated = tensor([32, 3, 3, kind === 'conv' ? 16 : 1], dilation, kind, sparsity);
          const [estimated, exact] = [estimateSize(U55, { ...dilated, sparsity }), quickSize(U55, dilated)];
          assert.equal(estimated.codedElements, exact.codedElements);
          const off = Math.abs(estimated.weightBytes - exact.weightBytes);
          assert.ok(
            off <= Math.max(96, 0.15 * exact.weightBytes),
            `${kind}, dilation ${dilation}, sparsity ${sparsity}: ${estimated.weightBytes} estimated, ${exact.weightBytes} encoded`,
          );
        }
  });

  it('ends at every dilation, for sizes and cycles, and cycles follow the stored filter', () => {
    const cycles = [1, 2, 3, 9, 16, 31].map((dilation) => {
      const { network } = parseDefinition(
        `udc: 1\nname: d\ninput: 64x64x8\ntarget: { npu: ethos-u55-128 }\nlayers:\n  - { name: a, op: conv, kernel: 3x3, filters: 16, dilation: ${dilation} }\n  - { name: p, op: global-average-pool }\n  - { name: l, op: dense, units: 4 }\n`,
      );
      assert.equal(checkReport(network!, U55).problems.length, 0);
      return estimateCycles(instantiate(network!, []), U55, [1000]).total;
    });
    for (let i = 2; i < cycles.length; i++) if (i !== 4) assert.ok(cycles[i]! >= cycles[i - 1]!, cycles.join());
    assert.ok(cycles[2]! > 2 * cycles[0]!, 'a 3x3 filter of dilation 3 is computed as 7x7');
  });
});
