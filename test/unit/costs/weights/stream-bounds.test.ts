/**
 * What is promised for weights: the most over every layout that the compiler chooses among, for a layer and for a
 * network.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { networkStreamBytes, type LayerBounds } from '../../../../src/costs/weights/ethos/network-promise.ts';
import { streamBounds } from '../../../../src/costs/weights/ethos/stream-bounds.ts';
import { sideBytes, storedSize } from '../../../../src/costs/weights/stored-size.ts';
import { encodeStreams, outputsOf, streamsBytes } from '../../../../src/costs/weights/ethos/streams.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import type { WeightTensor } from '../../../../src/targets/weight-tensor.ts';
import type { Operation } from '../../../../src/network/types.ts';
import { SeededRandom } from '../../../../src/base/random.ts';
import { quantised } from '../support/weight-generators.ts';

const TARGETS = ['ethos-u55-32', 'ethos-u55-128', 'ethos-u65-512', 'nxp-imx93'] as const;
const targets = fc.constantFrom(...TARGETS).map(findTarget);

const layers: fc.Arbitrary<WeightTensor> = fc
  .record({
    kind: fc.constantFrom('conv' as const, 'depthwise' as const, 'dense' as const),
    outputs: fc.integer({ min: 1, max: 100 }),
    side: fc.integer({ min: 1, max: 3 }),
    inputs: fc.integer({ min: 1, max: 20 }),
    bits: fc.constantFrom(2, 4, 8),
    sparsity: fc.constantFrom(0, 0.6, 0.9),
    seed: fc.nat(),
  })
  .map(({ kind, outputs, side, inputs, bits, sparsity, seed }) => {
    const ohwi =
      kind === 'dense'
        ? ([outputs, 1, 1, inputs] as const)
        : ([outputs, side, side, kind === 'depthwise' ? 1 : inputs] as const);
    return { kind, ohwi, bits, values: quantised({ ohwi, bits, sparsity }, new SeededRandom(seed)) };
  });

/** Bytes of a layout: parts of the output channels, each in blocks of a depth. */
function layoutBytes(
  target: ReturnType<typeof findTarget>,
  tensor: WeightTensor,
  ends: readonly number[],
  outputBlockDepth: number,
): number {
  return ends
    .slice(1)
    .reduce(
      (sum, end, i) => sum + encodeStreams(target, { ...outputsOf(tensor, ends[i]!, end), outputBlockDepth }).length,
      0,
    );
}

const multiples = (step: number, below: number): number[] =>
  Array.from({ length: Math.max(0, Math.ceil(below / step) - 1) }, (_, i) => (i + 1) * step);

function operationOf({ kind, ohwi: [outputs, height, width, inputs], bits }: WeightTensor, side: number): Operation {
  const kernel = { height, width },
    one = { height: 1, width: 1 },
    size = { height: side, width: side };
  return {
    id: 'a/b/c',
    layer: 0,
    layerName: 'a',
    kind,
    inputs: [-1],
    kernel,
    stride: one,
    dilation: one,
    padding: 'same',
    inSize: size,
    outSize: size,
    inChannels: kind === 'depthwise' ? outputs : inputs,
    outChannels: outputs,
    factor: 1,
    bits,
    sparsity: 0,
    batchNorm: false,
    activation: 'none',
  };
}

describe('promise', () => {
  it('the size of a stream is known without writing it', () => {
    fc.assert(
      fc.property(layers, targets, (tensor, target) => {
        assert.equal(streamsBytes(target, tensor), encodeStreams(target, tensor).length);
      }),
      { numRuns: 80, seed: 3 },
    );
  });

  it('no first part, no equal parts after it and no depth of blocks store more', () => {
    fc.assert(
      fc.property(layers, targets, (tensor, target) => {
        const [outputs] = tensor.ohwi;
        const promised = storedSize(target, tensor);
        for (const depth of [...multiples(16, Math.min(128, outputs)), Math.min(128, outputs)]) {
          assert.ok(
            layoutBytes(target, tensor, [0, outputs], depth) <= promised.weightBytes,
            `uncut, blocks of ${depth}`,
          );
          for (const first of multiples(16, outputs))
            for (const part of multiples(16, outputs)) {
              const ends = [
                0,
                ...Array.from({ length: Math.ceil((outputs - first) / part) }, (_, i) => first + i * part),
                outputs,
              ];
              assert.ok(
                layoutBytes(target, tensor, ends, depth) <= promised.weightBytes,
                `${ends.join()}, blocks of ${depth}`,
              );
              const side = ends
                .slice(1)
                .reduce(
                  (sum, end, i) => sum + sideBytes(target, { kind: tensor.kind, ohwi: [end - ends[i]!, 1, 1, 1] }),
                  0,
                );
              assert.equal(side, promised.sideBytes, 'a cut leaves the tables of scales whole');
            }
        }
      }),
      { numRuns: 12, seed: 4 },
    );
  });

  it('is reached by some layout', () => {
    fc.assert(
      fc.property(
        layers.filter(({ ohwi: [outputs] }) => outputs <= 48),
        targets,
        (tensor, target) => {
          const [outputs] = tensor.ohwi;
          const layouts = [...multiples(16, outputs), outputs].flatMap((depth) =>
            [
              [0, outputs],
              ...multiples(16, outputs).flatMap((first) => [
                [0, first, outputs],
                [0, first, ...(first + 16 < outputs ? [first + 16] : []), outputs],
              ]),
            ].map((ends) => layoutBytes(target, tensor, ends, depth)),
          );
          assert.equal(storedSize(target, tensor).weightBytes, Math.max(...layouts));
        },
      ),
      { numRuns: 25, seed: 5 },
    );
  });

  it('bounds are in order: uncut, cut at blocks, cut finer', () => {
    fc.assert(
      fc.property(layers, targets, fc.integer({ min: 1, max: 40 }), (tensor, target, side) => {
        const { uncut, coarse, fine } = streamBounds(target, {
          ...tensor,
          operation: operationOf(tensor, tensor.kind === 'dense' ? 1 : side),
        });
        assert.ok(uncut <= coarse && coarse <= fine.at(-1)!);
        for (let k = 1; k < fine.length; k++) assert.ok(fine[k]! <= fine[k - 1]!, 'deeper parts are fewer');
        assert.equal(Math.max(...fine), fine[0]);
      }),
      { numRuns: 40, seed: 6 },
    );
  });

  it('a layer too wide to try everything: no less than any layout tried here, and within 5 % of the uncut stream', () => {
    const target = findTarget('ethos-u55-128');
    const ohwi = [640, 1, 1, 128] as const;
    const tensor: WeightTensor = {
      kind: 'dense',
      ohwi,
      bits: 6,
      values: quantised({ ohwi, bits: 6, sparsity: 0.5 }, new SeededRandom(9)),
    };
    const { weightBytes } = storedSize(target, tensor);
    const uncut = layoutBytes(target, tensor, [0, 640], 128);
    for (const ends of [
      [0, 640],
      [0, 16, 640],
      [0, 144, 528, 640],
      [0, ...multiples(16, 640), 640],
      [0, ...multiples(48, 640), 640],
    ]) {
      for (const depth of [16, 64, 128])
        assert.ok(layoutBytes(target, tensor, ends, depth) <= weightBytes, `${ends.length} ends, blocks of ${depth}`);
    }
    assert.ok(weightBytes <= 1.05 * uncut, `${weightBytes} promised, ${uncut} uncut`);
  });

  const bounds = fc
    .record({
      uncut: fc.integer({ min: 16, max: 40_000 }),
      coarse: fc.integer({ min: 0, max: 100 }),
      fine: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 8 }),
      liveBytes: fc.integer({ min: 0, max: 100_000 }),
    })
    .map(({ uncut, coarse, fine, liveBytes }): LayerBounds => {
      const cuts = fine.map((_, k) => uncut + coarse + fine.slice(k).reduce((a, b) => a + b, 0));
      return {
        liveBytes,
        sideBytes: 160 * fine.length,
        streams: { outputs: 16 * fine.length, uncut, coarse: uncut + coarse, fine: cuts },
      };
    });

  it('of a network: at least the coarse cuts of all layers, at most the finest, and never less for one layer alone', () => {
    fc.assert(
      fc.property(fc.array(bounds, { minLength: 1, maxLength: 8 }), (network) => {
        const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
        const bytes = networkStreamBytes(network);
        assert.equal(bytes.length, network.length);
        assert.ok(sum(bytes) >= sum(network.map(({ streams }) => streams.coarse)));
        bytes.forEach((size, i) => {
          assert.ok(size >= network[i]!.streams.uncut && size <= network[i]!.streams.fine[0]!);
        });
        for (const layer of network)
          assert.equal(
            networkStreamBytes([layer])[0],
            layer.streams.fine[0],
            'some limit leaves a lone layer just enough for its smallest parts',
          );
      }),
    );
  });

  it('of thousands of like layers takes work in proportion to them', () => {
    let looks = 0;
    const layer: LayerBounds = {
      streams: { uncut: 4096, outputs: 64, coarse: 4352, fine: [5120, 4608] },
      sideBytes: 640,
      get liveBytes() {
        looks += 1;
        return 1024;
      },
    };
    const work = (count: number): number => {
      looks = 0;
      networkStreamBytes(Array.from({ length: count }, () => layer));
      return looks;
    };
    assert.ok(work(4000) <= work(1000) * 4.1);
  });
});
