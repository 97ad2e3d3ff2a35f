/** What is promised for the layers of a network together: what hides a copy, what runs in strips, and which limits. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { activationMemory } from '../../../../src/costs/activations/activation-memory.ts';
import type { CutForm, Range } from '../../../../src/costs/weights/ethos/copy-trial.ts';
import { copyingOf, placesOf, type Copying } from '../../../../src/costs/weights/ethos/copying.ts';
import type { Decision } from '../../../../src/costs/weights/ethos/cut-plans.ts';
import {
  networkStreamBytes,
  type LayerBounds,
  type Step,
} from '../../../../src/costs/weights/ethos/network-promise.ts';
import { dearestWithin, type ShortCut } from '../../../../src/costs/weights/ethos/short-cuts.ts';
import { inStrips } from '../../../../src/costs/weights/ethos/strips.ts';
import { storedSize } from '../../../../src/costs/weights/stored-size.ts';
import { quantise, weightTensors } from '../../../../src/integer/quantise-network.ts';
import { sizeNetwork } from '../../../../src/integer/sizing.ts';
import { instantiate } from '../../../../src/network/architecture.ts';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import type { Architecture } from '../../../../src/network/types.ts';
import { foldedOf } from '../../formats/run.ts';

const architectureOf = (input: string, layers: readonly string[]): Architecture => {
  const { network } = parseDefinition(
    `udc: 1\nname: n\ntarget: { npu: ethos-u55-128 }\ninput: ${input}\nlayers:\n${layers.map((keys, i) => `  - { name: l${i}, ${keys} }\n`).join('')}`,
  );
  return instantiate(network!, []);
};

const WHOLE = { shared: false, dedicated: false, leastBytes: 0 };
const exactly = (cycles: number): Range => ({ least: cycles, most: cycles });
const CUT: Decision = { copied: false, left: true, cut: { bytes: 4400 + 640, last: exactly(100) } };
const copying = (values: Partial<Copying>): Copying => ({
  pays: true,
  whole: exactly(5000),
  copied: exactly(4000),
  part: exactly(100),
  ...values,
});
/** Cut where a copy of 1000 cycles is not hidden. */
const decide = (slack: Range | undefined): Decision =>
  (slack?.least ?? 0) < 1000 ? CUT : { copied: true, left: false };
const layer: LayerBounds = {
  streams: { outputs: 64, uncut: 4000, coarse: 4400, fine: [4800, 4600, 4400, 4400] },
  sideBytes: 640,
  liveBytes: 1000,
};
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
/** Two layers on one place where all fits, or with these limits. */
const two = (first: Partial<Copying>, second: Partial<Copying>, maps = { least: 900, most: 1000 }): number[] =>
  networkStreamBytes(
    [layer, layer],
    maps,
    [first, second].map((values, i): Step => ({ layer: i, strips: WHOLE, copying: [copying(values)] })),
    [{ dedicated: false }],
  );

describe('promise of a network', () => {
  it('the first layer may be cut; one whose copy the first hides is not, unless the first was cut itself', () => {
    assert.deepEqual(two({ pays: false }, {}), [4000, 4400], 'nothing is known of what copies take');
    assert.deepEqual(two({ pays: false, decide }, { decide }), [4000, 4000], 'hidden');
    assert.deepEqual(two({ pays: false, decide, whole: exactly(900) }, { decide }), [4000, 4400], 'it takes longer');
    assert.deepEqual(two({ decide }, { decide }), [4400, 4400], 'the last part of the first hides less');
    const long = (): Decision => ({ ...CUT, cut: { bytes: 5040, last: exactly(1000) } });
    assert.deepEqual(two({ decide: long, whole: exactly(1000) }, { decide }), [4400, 4000], 'or enough');
  });

  it('what hides the next copy is not the same for weights that are left and weights that are copied', () => {
    const first = (decision: Partial<Decision>): Partial<Copying> => ({
      decide: () => ({ copied: false, left: false, ...decision }),
      whole: exactly(5000),
      copied: exactly(500),
    });
    assert.deepEqual(two(first({ left: true }), { decide }), [4000, 4000]);
    assert.deepEqual(two(first({ copied: true }), { decide }), [4000, 4400]);
  });

  it('a limit counts where it is what the maps take, from what they take in strips, or 64 KiB', () => {
    const short = (): ShortCut[] => [
      { bytes: 4700 + 640, memory: 2000 },
      { bytes: 4800 + 640, memory: 4000 },
    ];
    const hidden = { decide: (): Decision => ({ copied: true, left: false }), short };
    const promised = (most: number, leastOfStrips?: number): number => {
      const strips = { ...WHOLE, shared: leastOfStrips !== undefined };
      const steps = [0, 1].map((index): Step => ({ layer: index, strips, copying: [copying(hidden)] }));
      const [first, second] = networkStreamBytes([layer, layer], { least: leastOfStrips ?? most, most }, steps, [
        { dedicated: false },
      ]);
      assert.equal(first, second);
      return second!;
    };
    assert.equal(promised(1000), 4000, 'no room');
    assert.equal(promised(3000), 4700, 'room for two of the shorter parts');
    assert.equal(promised(7000), 4800);
    assert.equal(promised(20_000), 4000, 'room for all twice');
    assert.equal(promised(20_000, 1000), 4800, 'or less, in strips');
  });

  it('no more than all layers alone have at most, no less than all of them whole', () => {
    const cycles = fc.integer({ min: 0, max: 3000 });
    const networks = fc.array(
      fc.record({ pays: fc.boolean(), whole: cycles, copied: cycles, part: cycles, shared: fc.boolean() }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(networks, fc.integer({ min: 0, max: 9000 }), (network, most) => {
        const layers = network.map(() => layer);
        const steps = (change: (values: Copying) => Copying): Step[] =>
          network.map(({ shared, pays, whole, copied, part }, i) => ({
            layer: i,
            strips: { ...WHOLE, shared },
            copying: [change({ pays, whole: exactly(whole), copied: exactly(copied), part: exactly(part), decide })],
          }));
        const bytes = (all: Step[]): number =>
          sum(networkStreamBytes(layers, { least: 0, most }, all, [{ dedicated: false }]));
        const promised = bytes(steps((values) => values));
        assert.ok(promised >= 4000 * layers.length && promised <= 4800 * layers.length);
        const wider = ({ least, most: longest }: Range): Range => ({ least: least / 2, most: 2 * longest });
        const vaguer = (values: Copying): Copying => ({
          ...values,
          whole: wider(values.whole),
          copied: wider(values.copied),
          part: wider(values.part),
        });
        assert.ok(bytes(steps(vaguer)) >= promised, 'cycles that are less known');
        assert.ok(bytes(steps((values) => ({ ...values, pays: true }))) >= promised, 'copies that pay');
      }),
      { numRuns: 200, seed: 12 },
    );
  });
});

describe('strips', () => {
  const striped = (architecture: Architecture, target = findTarget('ethos-u55-128')) =>
    inStrips(architecture, target, activationMemory(architecture, target).perOperation);

  it('a chain with a wide map between two narrow ones; not one that only grows, nor single rows', () => {
    const conv = (filters: number, stride = 1): string =>
      `op: conv, kernel: 3x3, filters: ${filters}, stride: ${stride}`;
    const wide = striped(
      architectureOf('32x32x8', [conv(64), conv(16, 2), 'op: global-average-pool', 'op: dense, units: 4']),
    );
    assert.deepEqual(
      wide.slice(0, 2).map(({ shared }) => shared),
      [true, true],
    );
    assert.ok(wide.slice(2).every(({ shared, dedicated }) => !shared && !dedicated));
    const small = striped(architectureOf('4x4x16', [conv(16), conv(16), 'op: flatten', 'op: dense, units: 4']));
    assert.ok(
      small.every(({ shared }) => !shared),
      'rows of the kernel are the whole map',
    );
  });

  it('in DRAM, where maps of an operation do not fit 64 KiB', () => {
    const of = (side: number): boolean[] =>
      striped(
        architectureOf(`${side}x${side}x8`, [
          'op: pwconv, filters: 32',
          'op: pwconv, filters: 32',
          'op: global-average-pool',
        ]),
        findTarget('ethos-u65-256'),
      ).map(({ dedicated }) => dedicated);
    assert.deepEqual(of(31), [false, false, false]);
    assert.deepEqual(of(32), [true, true, false]);
  });
});

describe('copies of weights', () => {
  const [operation] = architectureOf('16x16x16', ['op: conv, kernel: 3x3, filters: 64', 'op: flatten']).operations;
  const target = findTarget('ethos-u85-256');
  const places = placesOf(target);
  /** Streams of so many bytes for each output channel, and 40 for each part. */
  const form = (each: number, sparse = false): CutForm => ({
    bytes: (from, to) => each * (to - from) + 40,
    more: 0,
    weights: 9216,
    sparse,
  });
  const of = (forms: readonly CutForm[], place = 0): Copying =>
    copyingOf(operation!, target, places[place]!, { packedInput: true, packedOutput: false }, { least: 16, forms });

  it('half of the weights skipped leave less to hide the next copy, where they are copied whole', () => {
    assert.equal(places.filter(({ dedicated }) => dedicated).length, 3, 'maps are in DRAM, never in flash');
    assert.equal(of([form(100)]).copied.least, 2 * of([form(100, true)]).copied.least);
    assert.equal(of([form(100)]).whole.least, of([form(100, true)]).whole.least);
  });

  it('are copied whole where they are hidden, cut where they are not, and parts fit the memory where it is short', () => {
    const { decide: decided, short } = of([form(100)]);
    const hidden = decided!({ least: 1e6, most: 1e6 });
    assert.ok(hidden.copied && !hidden.cut);
    const some = decided!({ least: 700, most: 700 });
    assert.ok(some.cut && some.cut.bytes >= 64 * 100 + 2 * 40 && some.cut.bytes <= 64 * 100 + 4 * 40);
    assert.ok(some.cut.last.least < of([form(100)]).copied.least);
    const cuts = short!({ least: 1e6, most: 1e6 });
    assert.ok(cuts.every((cut, i) => i === 0 || (cut.memory > cuts[i - 1]!.memory && cut.bytes > cuts[i - 1]!.bytes)));
    assert.equal(dearestWithin(cuts, 1000), undefined, 'no part of 16 channels has room');
    assert.equal(dearestWithin(cuts, 1640), 64 * 100 + 4 * 40, 'the shortest, one at a time');
  });

  it('in ranges that widen with what is not known of the pass before', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.nat(2000), fc.integer({ min: 10, max: 200 }), (least, more, each) => {
        const { decide: decided } = of([form(each)]);
        const [wide, narrow] = [decided!({ least, most: least + more }), decided!({ least, most: least })];
        if (narrow.cut) assert.ok(wide.cut!.bytes >= narrow.cut.bytes);
        assert.ok(wide.left || !narrow.left);
        assert.ok(narrow.left || narrow.copied || narrow.cut);
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  it('of the older core nothing is known', () => {
    const target = { ...findTarget('ethos-u55-128'), encoder: 'classic' as const };
    assert.ok(placesOf(target).every(({ system }) => system === undefined));
  });
});

describe('network on an Ethos-U', () => {
  it('is promised no more than its layers wherever they stand', () => {
    const network = quantise(
      foldedOf(
        architectureOf('20x20x8', [
          'op: conv, kernel: 3x3, filters: 48, bits: 4',
          'op: conv, kernel: 3x3, filters: 80, bits: 4, stride: 2',
          'op: global-average-pool',
          'op: dense, units: 10, bits: 8',
        ]),
      ),
    );
    for (const name of ['ethos-u55-64', 'ethos-u65-512', 'ethos-u85-256', 'ethos-u85-2048']) {
      const target = findTarget(name);
      const alone = sum(weightTensors(network).map((tensor) => storedSize(target, tensor).totalBytes));
      assert.ok(sizeNetwork(network, target).totalBytes <= alone, name);
    }
  });
});
