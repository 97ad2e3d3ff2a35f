/** MEAN on an Ethos-U: filters of ones, counted wherever a network that has one is sized. */
import assert from 'node:assert/strict';
import { meanTensors } from '../../../src/integer/mean.ts';
import { quantise } from '../../../src/integer/quantise-network.ts';
import { sizeNetwork } from '../../../src/integer/sizing.ts';
import type { IntegerNetwork } from '../../../src/integer/integer-network.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { foldedNetwork } from './networks.ts';

const U55 = findTarget('ethos-u55-128');

/** A pointwise convolution and a global average, which a file may have written as MEAN. */
function network(side: number, channels: number, asMean: boolean): IntegerNetwork {
  const pooled = quantise(
    foldedNetwork({ height: side, width: side, channels: 16 }, [
      { kind: 'conv', filters: channels },
      { kind: 'global-average-pool' },
      { kind: 'dense', filters: 10 },
    ]),
  );
  return {
    ...pooled,
    operations: pooled.operations.map((one) =>
      asMean && one.operation.kind === 'global-average-pool' ? { ...one, mean: true as const } : one,
    ),
  };
}

describe('MEAN', () => {
  it('stores a filter of ones for each channel, beside its scales; an average pool stores nothing', () => {
    const [with_, without] = [network(8, 256, true), network(8, 256, false)].map((one) => sizeNetwork(one, U55));
    assert.equal(without!.perOperation[1], undefined);
    const mean = with_!.perOperation[1]!;
    assert.equal(mean.sideBytes, 2560);
    assert.ok(mean.weightBytes >= 2064 && mean.weightBytes < 2600, `${mean.weightBytes} bytes of ones`);
    assert.equal(
      with_!.totalBytes,
      with_!.perOperation.reduce((sum, size) => sum + (size?.totalBytes ?? 0), 0),
    );
  });

  it('is only stored by compilers for an Ethos-U', () => {
    for (const name of ['stm32h743', 'generic-npu'])
      assert.equal(
        sizeNetwork(network(8, 32, true), findTarget(name)).totalBytes,
        sizeNetwork(network(8, 32, false), findTarget(name)).totalBytes,
      );
  });

  it('covers the map: whole, as a row where it is tall, or in parts where it is large', () => {
    const shapes = (height: number, width: number): (readonly number[])[] => {
      const {
        architecture: { operations },
      } = network(8, 16, true);
      return meanTensors({ ...operations[1]!, inSize: { height, width } }).map(({ ohwi }) => ohwi);
    };
    assert.deepEqual(shapes(7, 7), [[16, 7, 7, 1]]);
    assert.deepEqual(shapes(100, 3), [[16, 1, 300, 1]]);
    assert.deepEqual(shapes(96, 64), [
      [16, 64, 64, 1],
      [16, 32, 64, 1],
    ]);
    assert.deepEqual(shapes(2, 5000), []);
    for (const [height, width] of [
      [1, 1],
      [64, 64],
      [65, 64],
      [190, 64],
      [64, 70],
      [300, 100],
    ] as const) {
      assert.equal(
        shapes(height, width).reduce((sum, [, tall, wide]) => sum + tall! * wide!, 0),
        height * width,
      );
    }
  });
});
