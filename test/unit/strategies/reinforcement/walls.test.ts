/** Walls: whatever agents do, nothing is over the budget, by the bytes that are certified. */
import assert from 'node:assert/strict';
import { SeededRandom } from '../../../../src/base/random.ts';
import { certify } from '../../../../src/integer/sizing.ts';
import { instantiate } from '../../../../src/network/architecture.ts';
import { filterShape } from '../../../../src/network/operation-counts.ts';
import type { Network } from '../../../../src/network/types.ts';
import { BitAgent } from '../../../../src/strategies/reinforcement/bit-agent.ts';
import { Fence } from '../../../../src/strategies/reinforcement/fence.ts';
import { groundOf, wholeOf } from '../../../../src/strategies/reinforcement/ground.ts';
import { ChannelAgent } from '../../../../src/strategies/reinforcement/channel-agent.ts';
import { StoredBytes } from '../../../../src/strategies/reinforcement/stored-bytes.ts';
import { actionWall, finalWall } from '../../../../src/strategies/reinforcement/walls.ts';
import { codesOfTensors } from '../../../../src/strategies/reinforcement/whole-network.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import { freshTensors } from '../../../../src/training/trained/initial-tensors.ts';
import { limitsOf } from '../../../fixtures/run-parts.ts';
import { networkOf } from '../support.ts';

const TARGETS = ['ethos-u55-128', 'ethos-u65-256', 'ethos-u85-256', 'max78000', 'mcu-packed'];

/** A random stack of layers with choices of everything. */
function randomNetwork(random: SeededRandom): Network {
  const pick = <T>(items: readonly T[]): T => items[random.integer(items.length)]!;
  const layers = Array.from({ length: 1 + random.integer(2) }, (_, i) => {
    const op = pick(['conv', 'dsconv', 'ibn', 'residual', 'pwconv']);
    const kernel = op === 'pwconv' ? '' : 'kernel: 3x3, ';
    const shortcut = op === 'residual' ? 'shortcut: projection, ' : '';
    const expand = op === 'ibn' ? `expand: ${pick(['2', '2 | 3'])}, ` : '';
    return `  - { name: l${i}, op: ${op}, ${kernel}${shortcut}${expand}filters: ${pick(['8', '4 | 8', '8 | 16 | 24', '4 | 12 | 20'])} }`;
  });
  return networkOf(`search: { bits: ${pick(['8', '4 | 8', '2 | 4 | 8'])}, sparsity: ${pick(['0', '0 | 0.5 | 0.75'])} }
layers:
${layers.join('\n')}
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`);
}

describe('the walls', () => {
  it('let none of 1,000 random policies over the budget, by what is certified', function () {
    this.timeout(300_000);
    const random = new SeededRandom(7);
    let policies = 0;
    for (let n = 0; policies < 1000; n++) {
      const network = randomNetwork(random);
      const target = findTarget(TARGETS[n % TARGETS.length]!);
      const fresh = freshTensors(n);
      const tensors = new Map<string, ReturnType<typeof fresh>>();
      // One draw for each shape, so that sizes are those of given weights.
      const codes = codesOfTensors(() => (operation) => {
        const key = [operation.id, ...filterShape(operation)!].join();
        if (!tensors.has(key)) tensors.set(key, fresh(operation));
        return tensors.get(key)!;
      });
      const sizes = new StoredBytes(target, codes);
      const whole = wholeOf(network, undefined);
      const share = 0.15 + 0.85 * random.next();
      const budget = Math.round(share * sizes.of(instantiate(network, whole)));
      const fence = new Fence({ network, target, limits: limitsOf(budget) });
      const within = fence.within(sizes);
      const ground = groundOf(network, whole, within, () => fence.fallback());
      if (!within(ground.least)) continue;
      // Many episodes are planned, so that all of these are in the warm-up, in which actions are drawn evenly.
      const pruning = new ChannelAgent(network, ground, 1e6, n);
      const bits = new BitAgent(network, 1e6, n);
      const certified = new Set<string>();
      for (let i = 0; i < 25; i++, policies++) {
        const pruned = pruning.walk(ground.least, within);
        const chosen = bits.walk(pruned.assignment, within);
        for (const { assignment } of [pruned, chosen]) {
          if (certified.has(assignment.join())) continue;
          certified.add(assignment.join());
          const architecture = instantiate(network, assignment);
          const codesById = new Map(
            architecture.operations
              .filter(filterShape)
              .map((operation) => [operation.id, codes(architecture, operation)]),
          );
          const { exactBytes } = certify(architecture, target, codesById);
          assert.ok(exactBytes <= budget, `${target.name}: ${exactBytes} of ${budget}`);
        }
        for (const { steps } of [pruned, chosen])
          for (const { state, action } of steps) {
            assert.equal(state.length, 10);
            assert.ok(
              [...state, action].every((value) => value >= 0 && value <= 1),
              state.join(),
            );
          }
      }
    }
  });

  it('take the largest option up to the wanted one that fits, or the least', () => {
    const open = { decision: 1, options: [2, 0, 1] };
    const within = (assignment: readonly number[]): boolean => assignment[1] === 2 || assignment[1] === 0;
    assert.equal(actionWall(open, 2, [0, 2], within), 0);
    assert.equal(actionWall(open, 1, [0, 2], within), 0);
    assert.equal(actionWall(open, 0, [0, 2], within), 2);
    assert.equal(
      actionWall(open, 2, [0, 2], () => false),
      2,
    );
    assert.equal(
      actionWall(open, 2, [0, 2], () => true),
      1,
    );
  });

  it('lower the last layers first, one option at a time, and say when nothing helps', () => {
    const open = [0, 1, 2].map((decision) => ({ decision, options: [0, 1, 2] }));
    const below = (most: number) => (assignment: readonly number[]) => assignment.reduce((a, b) => a + b, 0) <= most;
    assert.deepEqual(finalWall(open, [2, 2, 2], below(6)), [2, 2, 2]);
    assert.deepEqual(finalWall(open, [2, 2, 2], below(5)), [2, 2, 1]);
    assert.deepEqual(finalWall(open, [2, 2, 2], below(3)), [1, 1, 1]);
    assert.deepEqual(finalWall(open, [2, 2, 2], below(2)), [1, 1, 0]);
    assert.deepEqual(finalWall(open, [0, 2, 0], below(0)), [0, 0, 0]);
    assert.equal(
      finalWall(open, [2, 2, 2], () => false),
      undefined,
    );
  });
});
