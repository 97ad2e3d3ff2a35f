/** Targets with presets of Arm's compiler: which there are, what they change, and what a name says of them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { activationMemory } from '../../../src/costs/activations/activation-memory.ts';
import { sramText, velaArguments } from '../../../src/costs/activations/vela-arguments.ts';
import type { CostReport } from '../../../src/wire/limits.ts';
import { estimateCycles } from '../../../src/costs/cycles/estimate-cycles.ts';
import { estimatedBytes } from '../../../src/costs/weights/weights-cost.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { configured, memoryModesFor, presetProblem, systemsFor } from '../../../src/targets/configured.ts';
import { clockOf, findTarget, TARGETS, type Target } from '../../../src/targets/find-target.ts';
import { MEMORY_MODES, nameOfTarget, splitTargetName, statedText } from '../../../src/wire/target-name.ts';

const NPUS = TARGETS.filter(({ engine }) => engine !== undefined);
const { network } = parseDefinition(`udc: 1
name: a
input: 32x32x3
target: { npu: ethos-u55-128 }
layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 16 }
  - { name: wide, op: fused-ibn, kernel: 3x3, filters: 32, expand: 4, stride: 2 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 10 }
`);
const architecture = instantiate(network!, []);
const BYTES = architecture.operations.map(({ kind }) => (kind === 'conv' || kind === 'dense' ? 3000 : 0));
const cycles = (target: Target): number => estimateCycles(architecture, target, BYTES).total;

/** Every pair of presets that a chip can have, as whole names. */
const pairsOf = (target: Target): string[] =>
  systemsFor(target).flatMap(({ name: system }) =>
    memoryModesFor(target, system).map(({ name: memory }) => nameOfTarget({ npu: target.name, system, memory })),
  );

describe('names of targets with presets', () => {
  it('are their parts, in any order', () => {
    const part = fc.constantFrom(...NPUS.flatMap((target) => systemsFor(target).map(({ name }) => name)));
    fc.assert(
      fc.property(
        fc.constantFrom(...NPUS.map(({ name }) => name)),
        fc.option(part, { nil: undefined }),
        fc.option(fc.constantFrom(...MEMORY_MODES), { nil: undefined }),
        (npu, system, memory) => {
          const stated = { npu, ...(system && { system }), ...(memory && { memory }) };
          assert.deepEqual(splitTargetName(nameOfTarget(stated)), stated);
          if (system && memory) assert.deepEqual(splitTargetName(`${npu}+${memory}+${system}`), stated);
        },
      ),
      { seed: 3 },
    );
    assert.equal(statedText('ethos-u55-128+Sram_Only'), 'npu: ethos-u55-128, memory: Sram_Only');
  });

  it('find one object each, and the chip itself where nothing is stated', () => {
    for (const target of TARGETS) {
      assert.equal(findTarget(target.name.toUpperCase()), target);
      for (const name of pairsOf(target)) {
        assert.equal(findTarget(name).name, name);
        assert.equal(findTarget(name), findTarget(name));
      }
    }
  });
});

describe('presets', () => {
  it('are those of the family, and none of another chip', () => {
    for (const target of TARGETS) {
      const names = systemsFor(target).map(({ name }) => name);
      assert.equal(names.length > 0, target.engine !== undefined, target.name);
      const family = target.engine && `Ethos_${target.engine.accelerator.split('-')[1]!.toUpperCase()}_`;
      assert.ok(names.every((name) => name.startsWith(family!)));
      for (const system of TARGETS.flatMap((other) => systemsFor(other).map(({ name }) => name)))
        assert.equal(presetProblem(target, { system }) === undefined, names.includes(system), target.name);
    }
  });

  it('that there are not are told with those that there are', () => {
    const problem = presetProblem(findTarget('ethos-u55-128'), { system: 'Ethos_U65_Embedded' })!;
    assert.equal(problem.key, 'system');
    assert.match(problem.message, /Ethos_U55_High_End_Embedded, Ethos_U55_Deep_Embedded/);
    assert.equal(presetProblem(findTarget('max78000'), { memory: 'Sram_Only' })!.key, 'memory');
    assert.throws(
      () => findTarget('ethos-u65-256+Ethos_U65_Embedded+Dedicated_Sram'),
      /in flash.*Sram_Only, Shared_Sram/,
    );
    assert.throws(() => findTarget('ethos-u85-256+Sram_Only'), /unpacked/);
    assert.throws(() => findTarget('ethos-u55-128+Sram_Lonely'), /no system 'Sram_Lonely'/);
  });

  it('that say what the compiler takes by itself change no cycle', () => {
    for (const [name, system, memory] of [
      ['ethos-u55-128', 'Ethos_U55_High_End_Embedded', 'Shared_Sram'],
      ['ethos-u65-256', 'Ethos_U65_Client_Server', 'Dedicated_Sram_384KB'],
      ['ethos-u85-256', 'Ethos_U85_SYS_DRAM_Mid', 'Dedicated_Sram_384KB'],
    ] as const)
      assert.equal(cycles(findTarget(nameOfTarget({ npu: name, system, memory }))), cycles(findTarget(name)), name);
  });

  it('set the clock; weights in SRAM are never slower, maps in DRAM never faster', () => {
    for (const target of NPUS)
      for (const name of pairsOf(target)) {
        const { system, memory, npu } = splitTargetName(name);
        const here = findTarget(name);
        assert.equal(clockOf(here)!.name, system);
        const shared = findTarget(nameOfTarget({ npu, system: system!, memory: 'Shared_Sram' }));
        if (memory === 'Sram_Only') assert.ok(cycles(here) <= cycles(shared), name);
        if (memory!.startsWith('Dedicated')) assert.ok(cycles(here) >= 0.99 * cycles(shared), name);
      }
  });

  it('change neither what weights take nor the peak of activations: a promise holds whichever is taken', () => {
    for (const target of NPUS)
      for (const name of pairsOf(target)) {
        const here = findTarget(name);
        for (const operation of architecture.operations)
          assert.deepEqual(estimatedBytes(here, operation), estimatedBytes(target, operation), name);
        assert.equal(
          activationMemory(architecture, here).peakBytes,
          activationMemory(architecture, target).peakBytes,
          name,
        );
      }
  });

  const peak: CostReport = { cost: 'activations', value: 4096 };
  const words = (name: string, ...costs: readonly CostReport[]): string =>
    velaArguments(findTarget(name), costs.length > 0 ? costs : [peak])!.join(' ');

  it("are what the compiler's command says, and a mode that it would choose is not left to it", () => {
    assert.equal(words('ethos-u55-128'), '--accelerator-config ethos-u55-128 --arena-cache-size 4096');
    assert.match(words('ethos-u65-256'), /u65-256 --memory-mode Shared_Sram --arena-cache-size 4096$/);
    assert.match(
      words('ethos-u55-128+Ethos_U55_Deep_Embedded+Sram_Only'),
      /--config Arm\/vela\.ini --system-config Ethos_U55_Deep_Embedded --memory-mode Sram_Only --arena-cache-size 4096$/,
    );
    assert.match(words('ethos-u65-256+Ethos_U65_Embedded'), /Ethos_U65_Embedded --memory-mode Shared_Sram/);
    assert.match(words('ethos-u65-256+Dedicated_Sram_256KB'), /--memory-mode Dedicated_Sram_256KB$/);
  });

  it('have no configuration file named with half of them: the compiler refuses that', () => {
    for (const name of ['ethos-u55-128+Ethos_U55_Deep_Embedded', 'ethos-u55-256+Sram_Only', 'ethos-u65-512'])
      assert.doesNotMatch(words(name), /--config/, name);
  });

  it('are called with the SRAM that is allowed, where it is stated, and with none where only time is limited', () => {
    const within: CostReport = { ...peak, limit: 9000 };
    const timed: CostReport = { cost: 'latency', value: 1, limit: 2 };
    const free: CostReport = { cost: 'macs', value: 1, limit: 2 };
    assert.match(words('ethos-u55-128', within), /--arena-cache-size 9000$/);
    assert.match(words('ethos-u65-256', within, timed), /Shared_Sram --arena-cache-size 9000$/);
    assert.match(words('ethos-u55-128', peak, free), /--arena-cache-size 4096$/);
    for (const name of ['ethos-u55-128', 'ethos-u85-256'])
      assert.equal(words(name, peak, timed), `--accelerator-config ${name}`);
    // A network over its limit: the compiler is told what it takes, or it would not compile it.
    assert.match(words('ethos-u55-128', { ...peak, limit: 100 }), /--arena-cache-size 4096$/);
  });

  it('say what SRAM the command takes, and what holds with it', () => {
    const text = (name: string, ...costs: readonly CostReport[]): string | undefined =>
      sramText(findTarget(name), costs);
    const timed: CostReport = { cost: 'cycles', value: 1, limit: 2 };
    assert.match(text('ethos-u55-128', peak)!, /^at most 4.KiB, what maps take at their peak/);
    assert.match(text('ethos-u55-128', { ...peak, limit: 8192 })!, /^at most 8.KiB, the limit on activations/);
    assert.match(text('ethos-u55-128', peak, timed)!, /^as much as Vela wants/);
    assert.match(text('ethos-u65-256+Dedicated_Sram_256KB', peak, timed)!, /^at most 256.KiB, the cache/);
    const cache = text('ethos-u65-256+Dedicated_Sram', { ...peak, limit: 8192 }, timed)!;
    assert.match(cache, /^at most 8.KiB, as a cache of maps in DRAM.* with less Vela may take more/);
    assert.equal(text('generic-npu', peak, timed), undefined);
  });

  it('of a chip with memories of its own leave these in place where only a mode is stated', () => {
    const himax = findTarget('himax-we2');
    assert.equal(clockOf(configured(himax, { memory: 'Shared_Sram' }))!.hz, clockOf(himax)!.hz);
    assert.equal(cycles(findTarget('himax-we2+Shared_Sram')), cycles(himax));
  });
});
