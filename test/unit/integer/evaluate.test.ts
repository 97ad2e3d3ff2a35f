/** Integer evaluation against real arithmetic, and what it promises its callers. */
import assert from 'node:assert/strict';
import { evaluateInteger, IntegerEvaluator } from '../../../src/integer/evaluate-integer.ts';
import { PLAIN_KERNELS } from '../../../src/integer/integer-kernels.ts';
import { codeRange, dequantise, quantiseValues } from '../../../src/integer/activation-grid.ts';
import { quantise } from '../../../src/integer/quantise-network.ts';
import type { FoldedNetwork, IntegerOperation } from '../../../src/integer/integer-network.ts';
import { NETWORKS, foldedNetwork, generator, randomImages, withActivationBits } from './networks.ts';
import { evaluateOperation, evaluateReal } from './real.ts';

describe('integer evaluation', () => {
  for (const [name, make] of Object.entries(NETWORKS)) {
    it(`agrees with real arithmetic on the ${name} network, operation by operation, to one step per operation`, () => {
      const folded = make();
      const network = quantise(folded);
      const evaluator = new IntegerEvaluator(network);
      const image = randomImages(folded, 1);
      evaluator.evaluateImage(image);
      const real = evaluateReal(folded, image, true);
      for (const [index, { operation, output }] of network.operations.entries()) {
        // Later operations inherit the one-step differences of earlier ones.
        const codes = evaluator.outputOf(index),
          expected = quantiseValues(real[index]!, output);
        const worst = codes.reduce((w, code, i) => Math.max(w, Math.abs(code - expected[i]!)), 0);
        assert.ok(worst <= 1 + 2 * index, `${operation.id}: ${worst} steps off`);
        assert.ok(
          codes.some((code) => code !== codes[0]) || codes.length === 1,
          `${operation.id}: every output is ${codes[0]}`,
        );
      }
    });
  }

  for (const bits of [4, 2])
    for (const name of ['residual', 'separable', 'pooling', 'upscaling']) {
      it(`of maps of ${bits} bits agrees with real arithmetic on the ${name} network, and keeps to their codes`, () => {
        const folded = withActivationBits(NETWORKS[name]!(), bits);
        const network = quantise(folded);
        const evaluator = new IntegerEvaluator(network);
        const image = randomImages(folded, 1);
        evaluator.evaluateImage(image);
        for (const [index, { operation, output }] of network.operations.entries()) {
          const codes = evaluator.outputOf(index);
          const { min, max } = codeRange(output);
          assert.ok(
            codes.every((code) => code >= min && code <= max),
            operation.id,
          );
          // An operation by itself, from the codes that it read: one step, where a sum lies between two.
          const read = operation.inputs.map((i) =>
            i < 0
              ? dequantise(quantiseValues(image, network.input), network.input)
              : dequantise(evaluator.outputOf(i), network.operations[i]!.output),
          );
          const expected = quantiseValues(evaluateOperation(network, index, folded, read), output);
          const worst = codes.reduce((most, code, i) => Math.max(most, Math.abs(code - expected[i]!)), 0);
          assert.ok(worst <= 1, `${operation.id}: ${worst} steps off`);
        }
        const inner = network.operations.filter(({ output }) => output.bits === bits);
        assert.ok(inner.length > 0);
      });
    }

  it('evaluates many images independently of each other', () => {
    const folded = NETWORKS['residual']!();
    const network = quantise(folded);
    const images = randomImages(folded, 3);
    const all = evaluateInteger(network, images, 3);
    const size = images.length / 3,
      outputs = all.length / 3;
    for (const i of [2, 0, 1])
      assert.deepEqual(
        evaluateInteger(network, images.subarray(i * size, (i + 1) * size), 1),
        all.subarray(i * outputs, (i + 1) * outputs),
      );
    assert.throws(() => evaluateInteger(network, images, 4), /fewer than 4 images/);
  });

  it('takes other kernels', () => {
    const folded = NETWORKS['separable']!();
    const network = quantise(folded);
    let calls = 0;
    const counting = {
      matmul: (...args: Parameters<typeof PLAIN_KERNELS.matmul>) => {
        calls += 1;
        PLAIN_KERNELS.matmul(...args);
      },
    };
    const images = randomImages(folded, 1);
    assert.deepEqual(evaluateInteger(network, images, 1, counting), evaluateInteger(network, images, 1));
    assert.equal(calls, 3);
  });

  it('multiplies matrices of any shape', () => {
    const random = generator(3);
    const codes = (length: number): Int8Array => Int8Array.from({ length }, () => Math.floor(random() * 256) - 128);
    for (const [rows, outputs, depth] of [
      [1, 1, 1],
      [5, 3, 7],
      [4, 4, 16],
      [9, 6, 2],
      [3, 9, 5],
      [8, 5, 27],
    ] as const) {
      const a = codes(rows * depth),
        b = codes(outputs * depth),
        c = new Int32Array(rows * outputs);
      PLAIN_KERNELS.matmul(a, b, c, rows, outputs, depth);
      const expected = Int32Array.from(c, (_, at) => {
        const r = Math.floor(at / outputs),
          o = at % outputs;
        return a.subarray(r * depth, (r + 1) * depth).reduce((sum, x, k) => sum + x * b[o * depth + k]!, 0);
      });
      assert.deepEqual(c, expected);
    }
  });
});

describe('quantise', () => {
  it('keeps weight codes and shares the grid of operators that move codes', () => {
    const folded = NETWORKS['pooling']!();
    const network = quantise(folded);
    const byKind = (kind: string): IntegerOperation =>
      network.operations.find(({ operation }) => operation.kind === kind)!;
    assert.deepEqual(byKind('average-pool').output, network.input);
    assert.deepEqual(byKind('max-pool').output, byKind('conv').output);
    assert.equal(byKind('conv').weights!.codes, folded.operations[1]!.codes);
    assert.deepEqual(byKind('flatten').output, byKind('global-average-pool').output);
  });

  it('names the operation with impossible weights', () => {
    const folded = foldedNetwork({ height: 4, width: 4, channels: 1 }, [
      { kind: 'conv', kernel: 3, filters: 2, bits: 3 },
    ]);
    const [one] = folded.operations;
    const broken = (change: object): FoldedNetwork => ({ ...folded, operations: [{ ...one!, ...change }] });
    assert.throws(
      () => quantise(broken({ codes: new Int8Array(17) })),
      /layer0\/conv\/main: 17 weight codes, 18 expected/,
    );
    assert.throws(() => quantise(broken({ codes: new Int8Array(18).fill(4) })), /weight code 4 is outside -3..3/);
    assert.throws(() => quantise(broken({ steps: Float32Array.of(1, 0) })), /every weight step/);
    assert.throws(() => quantise(broken({ bias: undefined })), /no biases, 2 expected/);
    assert.throws(() => quantise({ ...folded, operations: [] }), /0 folded operations for the 1/);
  });
});
