/** Additions in the pass of what they follow, on an Ethos-U85. */
import assert from 'node:assert/strict';
import { chainedAdditions } from '../../../../src/costs/cycles/chained-additions.ts';
import { estimateCycles } from '../../../../src/costs/cycles/estimate-cycles.ts';
import { executionOrder } from '../../../../src/costs/activations/map-layout.ts';
import { instantiate } from '../../../../src/network/architecture.ts';
import type { Architecture } from '../../../../src/network/types.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import { randomGraph } from '../../network/support/random-graphs.ts';
import { definition, networkOf } from '../support/random-networks.ts';
import { resnet8 } from '../support/published-networks.ts';

const U85 = findTarget('ethos-u85-256');

const built = (layers: readonly string[], input: string): Architecture =>
  instantiate(
    networkOf(definition(layers.map((layer) => `  - { ${layer} }`).join('\n'), { input, task: 'super-resolution' })),
    [],
  );

const chainsOf = (architecture: Architecture, target = U85): Map<number, readonly number[]> =>
  new Map(chainedAdditions(architecture.operations, executionOrder(architecture.operations, target), target));

/** Convolutions, and additions of each one to the sum so far. */
const sums = (count: number, filters: number): readonly string[] => [
  `name: c0, op: conv, kernel: 3x3, filters: ${filters}`,
  ...Array.from({ length: count }, (_, i) => `name: c${i + 1}, op: pwconv, filters: ${filters}, input: c0`),
  `name: last, op: conv, kernel: 3x3, filters: ${filters}, input: c0, activation: none`,
  ...Array.from(
    { length: count },
    (_, i) => `name: s${i}, op: add, input: ${i === 0 ? 'last' : `s${i - 1}`}, from: c${i + 1}`,
  ),
];

describe('additions in the pass before them', () => {
  it('follow the second convolution of residual blocks, and no other target has them', () => {
    const network = resnet8();
    const additions = network.operations.flatMap(({ kind }, i) => (kind === 'add' ? [i] : []));
    const chains = chainsOf(network);
    assert.deepEqual([...chains.values()].flat(), additions);
    for (const first of chains.keys()) assert.match(network.operations[first]!.id, /conv2$/);
    assert.equal(chainsOf(network, findTarget('ethos-u65-256')).size, 0);
    const { perOperation } = estimateCycles(
      network,
      U85,
      network.operations.map(() => 500),
    );
    for (const i of additions) assert.equal(perOperation[i], 0);
  });

  it('are at most two: a pass reads three maps', () => {
    const network = built(sums(4, 16), '8x8x16');
    for (const additions of chainsOf(network).values()) assert.ok(additions.length <= 2);
    assert.ok([...chainsOf(network).values()].some((additions) => additions.length === 2));
  });

  it('stay apart over few channels, where they see the map in another shape', () => {
    assert.equal(chainsOf(built(sums(1, 4), '8x8x4')).size, 0);
    assert.equal(chainsOf(built(sums(1, 8), '8x8x8')).size, 1);
  });

  it('are read by one operation, and in its pass once', () => {
    for (let seed = 0; seed < 80; seed++) {
      const { operations } = instantiate(randomGraph(seed).network, []);
      const seen = new Set<number>();
      for (const [first, additions] of chainedAdditions(operations, executionOrder(operations, U85), U85)) {
        let before = first;
        for (const addition of additions) {
          assert.equal(operations[addition]!.kind, 'add');
          assert.ok(operations[addition]!.inputs.includes(before), `seed ${seed}`);
          const readers = operations.filter(({ inputs }) => inputs.includes(before));
          assert.equal(readers.length, 1, `seed ${seed}`);
          assert.ok(!seen.has(addition));
          seen.add(addition);
          before = addition;
        }
      }
    }
  });

  it('take what Vela 5.2 says of two convolutions and an addition', () => {
    // vela --accelerator-config ethos-u85-256 --verbose-performance: 16 channels on 32x32, both convolutions of a
    // residual block with 3x3, and the addition in the pass of the second.
    const network = built(
      [
        'name: stem, op: conv, kernel: 3x3, filters: 16',
        'name: block, op: residual, kernel: 3x3, filters: 16',
        'name: end, op: pwconv, filters: 3',
      ],
      '32x32x3',
    );
    const { perOperation } = estimateCycles(network, U85, [640, 240, 208, 0, 0]);
    const [first, second] = [13_037, 13_864];
    assert.ok(Math.abs(perOperation[1]! - first) <= 20, `${perOperation[1]} said, ${first} by Vela`);
    assert.ok(Math.abs(perOperation[2]! - second) <= 200, `${perOperation[2]} said, ${second} by Vela`);
  });
});
