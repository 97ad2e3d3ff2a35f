/** Estimated sizes beside real encodes of weights as the search leaves them. */
import assert from 'node:assert/strict';
import { estimateSize } from '../../../../src/costs/weights/rates/estimate-size.ts';
import { quickSize } from '../../../../src/costs/weights/stored-size.ts';
import { findTarget, TARGETS } from '../../../../src/targets/find-target.ts';
import type { WeightTensor } from '../../../../src/targets/weight-tensor.ts';
import { SeededRandom } from '../../../../src/base/random.ts';
import { quantised } from '../support/weight-generators.ts';

type Shape = readonly [number, number, number, number];
interface Layer {
  readonly kind: WeightTensor['kind'];
  readonly ohwi: Shape;
  readonly bits: number;
  readonly sparsity: number;
}

function randomLayers(count: number, random: SeededRandom): Layer[] {
  const pick = <T>(values: readonly T[]): T => values[random.integer(values.length)]!;
  const layers: Layer[] = [];
  while (layers.length < count) {
    const kind = pick(['conv', 'conv', 'depthwise', 'dense'] as const);
    const [height, width] =
      kind === 'dense'
        ? [1, 1]
        : pick([
            [1, 1],
            [3, 3],
            [5, 5],
            [10, 4],
          ] as const);
    const ohwi = [
      pick([8, 10, 12, 16, 24, 32, 40, 64, 96]),
      height,
      width,
      kind === 'depthwise' ? 1 : pick([1, 3, 8, 12, 16, 24, 32, 40, 64]),
    ] as const;
    const elements = ohwi[0] * height * width * ohwi[3];
    if (elements > 25000 || (kind === 'depthwise' && height === 1)) continue;
    layers.push({
      kind,
      ohwi,
      bits: pick([2, 3, 4, 5, 6, 8]),
      sparsity: pick([0, 0.25, 0.5, 0.7, 0.75, 0.8, 0.9, 0.95]),
    });
  }
  return layers;
}

describe('rate table', () => {
  it('is within 1 % over a network and within 10 % or 64 bytes for a layer of at least 256 weights, on each format', () => {
    const random = new SeededRandom(31);
    const layers = randomLayers(120, random).map((layer) => ({ layer, values: quantised(layer, random) }));
    for (const name of ['ethos-u55-128', 'ethos-u65-512', 'max78000', 'generic-bitmask', 'generic-npu', 'stm32h743']) {
      const target = findTarget(name);
      let [estimated, real] = [0, 0];
      for (const { layer, values } of layers) {
        const estimate = estimateSize(target, layer);
        const exact = quickSize(target, { ...layer, values });
        estimated += estimate.totalBytes;
        real += exact.totalBytes;
        assert.equal(estimate.sideBytes, exact.sideBytes);
        assert.equal(estimate.elements, exact.elements);
        assert.equal(estimate.codedElements, exact.codedElements);
        const what = `${name} ${layer.kind} ${layer.ohwi.join('x')} ${layer.bits} bits, ${layer.sparsity}: ${estimate.weightBytes}, really ${exact.weightBytes}`;
        if (exact.elements >= 256)
          assert.ok(Math.abs(estimate.weightBytes - exact.weightBytes) <= Math.max(64, 0.1 * exact.weightBytes), what);
        assert.ok(
          Math.abs(estimate.entropyBytes - exact.entropyBytes) <= Math.max(24, 0.05 * exact.entropyBytes),
          what,
        );
      }
      assert.ok(Math.abs(estimated / real - 1) < 0.01, `${name}: ${estimated} estimated, ${real} real`);
    }
  });

  it('is exact where the format does not depend on the values', () => {
    const layer = { kind: 'conv', ohwi: [33, 3, 3, 7], bits: 4, sparsity: 0.5 } as const;
    assert.equal(estimateSize(findTarget('max78000'), layer).weightBytes, Math.ceil((33 * 9 * 7 * 4) / 8));
    assert.equal(estimateSize(findTarget('stm32h743'), layer).weightBytes, 33 * 9 * 7);
  });

  it('grows with channels and bits, shrinks with sparsity where pruning takes more than rounding does', () => {
    for (const target of TARGETS.filter(
      ({ format }) => format === 'mlw' || format === 'entropy' || format === 'bitmask',
    )) {
      const bytes = (bits: number, sparsity: number, outputs = 64): number =>
        estimateSize(target, { kind: 'conv', ohwi: [outputs, 3, 3, 64], bits, sparsity }).totalBytes;
      // The fast format of the Ethos-U85 has 2, 4 or 8 bits for a weight, zero or not.
      const grows = (less: number, more: number): boolean => (target.u85 ? less <= more : less < more);
      for (const sparsity of [0, 0.5, 0.9])
        for (let bits = 2; bits < 8; bits++)
          assert.ok(
            grows(bytes(bits, sparsity), bytes(bits + 1, sparsity)),
            `${target.name} ${bits} bits, ${sparsity}`,
          );
      for (const bits of [2, 4, 8]) {
        for (const [less, more] of [
          [0.5, 0.6],
          [0.6, 0.75],
          [0.75, 0.9],
          [0.9, 0.95],
          [0.95, 0.98],
        ] as const)
          assert.ok(grows(bytes(bits, more), bytes(bits, less)), `${target.name} ${bits} bits, ${more}`);
      }
      for (let outputs = 8; outputs < 128; outputs += 8)
        assert.ok(grows(bytes(4, 0.5, outputs), bytes(4, 0.5, outputs + 8)), `${target.name}, ${outputs}`);
    }
  });
});
