/** Cycles where the compiler is told how much SRAM there is: what does not fit is read in place. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { activationMemory } from '../../../../src/costs/activations/activation-memory.ts';
import { arenaChoice, boundedBy } from '../../../../src/costs/activations/bounded-target.ts';
import { COSTS } from '../../../../src/costs/cost-table.ts';
import { feasibility } from '../../../../src/costs/limits/feasibility.ts';
import { SizeExpression } from '../../../../src/costs/weights/expression/size-expression.ts';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import { instantiate } from '../../../../src/network/architecture.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import type { Limit } from '../../../../src/wire/limits.ts';
import { randomArchitecture } from '../../../../scripts/vela/random-network.ts';

const NAMES = [
  'ethos-u55-32',
  'ethos-u55-128',
  'ethos-u55-128+Ethos_U55_Deep_Embedded',
  'ethos-u65-512',
  'ethos-u85-256',
];

const within = (bytes: number): readonly Limit[] => [{ cost: 'activations', limit: bytes, from: 'given' }];

describe('a target with so much SRAM', () => {
  it('is the same object for the same bytes, by the same name, and itself where nothing bounds it', () => {
    for (const name of NAMES) {
      const target = findTarget(name);
      const half = boundedBy(target, within(1000));
      assert.ok(boundedBy(target, within(1000)) === half, 'what is kept by it is found again');
      assert.ok(boundedBy(half, within(1000)) === half);
      assert.ok(boundedBy(half, within(2000)) === boundedBy(target, within(2000)));
      assert.deepEqual([half.name, half.arena!.bytes], [target.name, 1000]);
      assert.ok(boundedBy(target, []) === target);
    }
    for (const name of [
      'generic-npu',
      'nxp-imx93',
      'ethos-u65-256+Dedicated_Sram',
      'ethos-u85-256+Dedicated_Sram_384KB',
    ])
      assert.ok(boundedBy(findTarget(name), within(1000)) === findTarget(name), name);
  });

  it('takes as many cycles as without a bound where everything fits, and no fewer with less', () => {
    fc.assert(
      fc.property(fc.nat(400), fc.constantFrom(...NAMES), (seed, name) => {
        const { architecture } = randomArchitecture(seed + 40_000);
        const target = findTarget(name);
        const { peakBytes } = activationMemory(architecture, target);
        const cycles = (bytes: number): number => COSTS.cycles.of(architecture, boundedBy(target, within(bytes)));
        const found = [1e9, 4 * peakBytes, 2 * peakBytes, peakBytes].map(cycles);
        const { arena } = boundedBy(target, within(1e9));
        assert.equal(found[0], COSTS.cycles.of(architecture, arena!.of), 'as with all maps in SRAM');
        // The compiler's own rule for copies is no optimum: some are no faster, and leave the next one less time.
        for (const one of found) assert.ok(one >= 0.9 * found[0]!, `${one} of ${found[0]}`);
      }),
      { numRuns: 60 },
    );
  });

  it('takes more where weights do not fit beside the maps', () => {
    const definition = `udc: 1
name: heavy
task: classification
input: 16x16x3
target: { npu: ethos-u55-128, system: Ethos_U55_Deep_Embedded }
layers:
  - { name: a, op: conv, kernel: 3x3, filters: 32, bits: 8 }
  - { name: b, op: conv, kernel: 3x3, filters: 32, bits: 8 }
  - { name: c, op: conv, kernel: 3x3, filters: 32, bits: 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 10 }
`;
    const { network } = parseDefinition(definition);
    const target = findTarget('ethos-u55-128+Ethos_U55_Deep_Embedded');
    const size = new SizeExpression(network!, target);
    const { peakBytes } = activationMemory(instantiate(network!, []), target);
    const least = COSTS.cycles.over(network!, target, size).smallest().value;
    const limits = (bytes: number): readonly Limit[] => [
      ...within(bytes),
      { cost: 'cycles', limit: 1.05 * least, from: 'given' },
    ];
    assert.equal(feasibility(network!, target, limits(1e6), size).refusal, undefined);
    assert.equal(feasibility(network!, target, limits(peakBytes), size).refusal?.limit, 'cycles');
  });
});

describe('the SRAM that a command names', () => {
  const activations = { cost: 'activations', value: 500 } as const;
  const timed = { cost: 'latency', value: 1, limit: 2 } as const;

  it('is the limit, else the peak, else nothing where time is limited', () => {
    const target = findTarget('ethos-u55-128');
    assert.deepEqual(arenaChoice(target, [{ ...activations, limit: 800 }, timed]), { bytes: 800, for: 'limit' });
    assert.deepEqual(arenaChoice(target, [activations]), { bytes: 500, for: 'peak' });
    assert.deepEqual(arenaChoice(target, [activations, timed]), { bytes: undefined, for: 'time' });
    assert.deepEqual(arenaChoice(target, [{ ...activations, limit: 400 }, timed]), { bytes: 500, for: 'peak' });
    assert.equal(arenaChoice(findTarget('ethos-u85-256+Dedicated_Sram_512KB'), [activations]), undefined);
    assert.equal(arenaChoice(findTarget('stm32h743'), [activations]), undefined);
  });
});
