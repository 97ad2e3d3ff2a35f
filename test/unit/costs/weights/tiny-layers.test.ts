/** Sizes of layers of few weights, estimated before the weights exist, beside what such weights really take. */
import assert from 'node:assert/strict';
import { instantiate } from '../../../../src/network/architecture.ts';
import { weightTensor } from '../../../../src/integer/quantise-network.ts';
import { SizeExpression } from '../../../../src/costs/weights/expression/size-expression.ts';
import { weightShape } from '../../../../src/costs/weights/padding/channel-padding.ts';
import { estimateSize, type WeightSpec } from '../../../../src/costs/weights/rates/estimate-size.ts';
import { storedSize } from '../../../../src/costs/weights/stored-size.ts';
import { findTarget, TARGETS } from '../../../../src/targets/find-target.ts';
import { estimateSplit } from '../../../../src/costs/weights/padding/unpadded.ts';
import { SeededRandom } from '../../../../src/base/random.ts';
import { quantised } from '../support/weight-generators.ts';
import { allAssignments, architectureBytes, definition, networkOf } from '../support/random-networks.ts';

/** Random shapes of fewer weights than `most`. */
function tinyShapes(count: number, most: number, random: SeededRandom): WeightSpec[] {
  const pick = <T>(values: readonly T[]): T => values[random.integer(values.length)]!;
  const channels = (): number => Math.floor(2 ** (6 * random.next()));
  const specs: WeightSpec[] = [];
  while (specs.length < count) {
    const kind = pick(['conv', 'conv', 'depthwise', 'dense'] as const);
    const [height, width] =
      kind === 'dense'
        ? [1, 1]
        : pick([
            [1, 1],
            [3, 3],
            [5, 5],
            [1, 5],
          ] as const);
    const ohwi = [channels(), height, width, kind === 'depthwise' ? 1 : channels()] as const;
    if (ohwi[0] * height * width * ohwi[3] >= most) continue;
    specs.push({ kind, ohwi, bits: pick([2, 3, 4, 6, 8]), sparsity: pick([0, 0.25, 0.5, 0.75, 0.9]) });
  }
  return specs;
}

const END = ['  - { name: pool, op: global-average-pool }', '  - { name: logits, op: dense, units: 2 }'];

/** One name a way to store weights; several where their parts differ. */
const NAMES = ['ethos-u55-32', 'ethos-u55-128', 'ethos-u65-512', 'ethos-u85-256', 'generic-npu', 'generic-bitmask'];

describe('sizes of few weights', () => {
  for (const name of NAMES) {
    it(`are within 3 % over layers of any small size, and within 10 % for the usual one, on ${name}`, () => {
      const target = findTarget(name);
      for (const most of [16, 64, 128]) {
        const random = new SeededRandom(most);
        let [estimated, real, off] = [0, 0, 0];
        for (const spec of tinyShapes(100, most, random)) {
          const exact = storedSize(target, { ...spec, values: quantised(spec, random) });
          const estimate = estimateSize(target, spec);
          assert.equal(estimate.sideBytes, exact.sideBytes);
          assert.equal(estimate.codedElements, exact.codedElements);
          assert.equal(estimate.totalBytes, estimate.weightBytes + estimate.sideBytes);
          estimated += estimate.totalBytes;
          real += exact.totalBytes;
          off += Math.abs(estimate.totalBytes - exact.totalBytes);
        }
        assert.ok(Math.abs(estimated / real - 1) < 0.03, `below ${most} weights: ${estimated} estimated, ${real} real`);
        assert.ok(off / real < 0.1, `below ${most} weights: off by ${((100 * off) / real).toFixed(1)} %`);
      }
    });
  }

  it('are one number in the expression, the estimate and the split, on both sides of the border', () => {
    const network = networkOf(
      definition(
        [
          '  - { name: a, op: conv | dsconv, kernel: 1x1 | 3x3, filters: 1 | 5 | 14 | 15, bits: 2 | 8, sparsity: 0 | 0.5 }',
          '  - { name: b, op: conv, kernel: 3x3, filters: 1 | 3 }',
          ...END,
        ].join('\n'),
        { input: '8x8x1' },
      ),
    );
    for (const name of NAMES) {
      const target = findTarget(name);
      const size = new SizeExpression(network, target);
      for (const assignment of allAssignments(network)) {
        const architecture = instantiate(network, assignment);
        const bytes = architectureBytes(target, architecture);
        assert.ok(
          Math.abs(size.estimate(assignment) - bytes) < 1e-6,
          `${name} ${assignment.join()}: ${size.estimate(assignment)}, ${bytes}`,
        );
        const split = architecture.operations.reduce((sum, operation) => {
          const shape = weightShape(operation);
          if (!shape) return sum;
          const { totalBytes, paddingBytes, weightBytes } = estimateSplit(target, {
            ...shape,
            bits: operation.bits,
            sparsity: operation.sparsity,
          });
          assert.ok(paddingBytes >= 0 && paddingBytes <= weightBytes);
          return sum + totalBytes;
        }, 0);
        assert.ok(Math.abs(split - bytes) < 1e-6);
      }
    }
  });

  it('take a depthwise convolution of one channel for the convolution that it is stored as', () => {
    const network = networkOf(
      definition(['  - { name: a, op: dwconv, kernel: 1x5, multiplier: 4 }', ...END].join('\n'), { input: '8x8x1' }),
    );
    const target = findTarget('ethos-u55-128');
    const architecture = instantiate(network, []);
    const [operation] = architecture.operations;
    const codes = Int8Array.from({ length: 20 }, (_, i) => i - 10);
    const exact = storedSize(target, weightTensor(operation!, codes)!);
    const estimate = estimateSize(target, { ...weightShape(operation!)!, bits: 8, sparsity: 0 });
    assert.equal(weightTensor(operation!, codes)!.kind, 'conv');
    assert.equal(estimate.codedElements, exact.codedElements);
    const whole = architectureBytes(target, architecture);
    assert.ok(Math.abs(new SizeExpression(network, target).estimate([]) - whole) < 1e-6);
  });

  it('come from the table where a definition has very many small widths, and stay one number with its corrections', () => {
    const channels = Array.from({ length: 16 }, (_, i) => i + 1).join(' | ');
    const network = networkOf(
      definition(
        [
          `  - { name: a, op: pwconv, filters: ${channels}, bits: 2 | 4 | 8, sparsity: 0 | 0.5 }`,
          `  - { name: b, op: pwconv, filters: ${channels}, bits: 2 | 4 | 8, sparsity: 0 | 0.5 }`,
          ...END,
        ].join('\n'),
        { input: '8x8x1' },
      ),
    );
    const size = new SizeExpression(network, findTarget('ethos-u55-128'));
    const { assignment } = size.largest();
    const operation = instantiate(network, assignment).operations.find(
      ({ layerName, kind }) => layerName === 'b' && kind === 'conv',
    )!;
    const before = size.weightBytes(operation.id, assignment);
    assert.ok(before > 0);
    const whole = size.estimate(assignment);
    size.setRates(operation.id, () => 1.5);
    assert.equal(size.weightBytes(operation.id, assignment), before);
    assert.ok(Math.abs(size.estimate(assignment) - whole - 0.5 * before) < 1e-6);
  });

  it('have a size in every bitwidth that a definition may write, whatever the target stores', () => {
    const specs = tinyShapes(6, 64, new SeededRandom(11));
    const flat = TARGETS.filter(({ format }) => format !== 'mlw');
    for (const target of [findTarget('ethos-u55-128'), ...flat])
      for (const spec of specs)
        for (let bits = 1; bits <= 8; bits++) {
          const { totalBytes } = estimateSize(target, { ...spec, bits });
          assert.ok(totalBytes > 0, `${target.name}, ${spec.ohwi.join('x')}, ${bits} bits`);
          assert.ok(estimateSplit(target, { ...spec, bits }).weightBytes >= 0);
        }
  });
});
