/** What is promised for the layers of a network together: what hides a copy, what runs in strips, and which limits. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { activationMemory } from '../../../../src/costs/activations/activation-memory.ts';
import { copyingOf, placesOf, type Copying } from '../../../../src/costs/weights/ethos/copying.ts';
import {
  networkStreamBytes,
  type LayerBounds,
  type Step,
} from '../../../../src/costs/weights/ethos/network-promise.ts';
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
const copying = (values: Partial<Copying>): Copying => ({
  pays: true,
  copy: 1000,
  whole: 5000,
  part: 100,
  length: 0,
  ...values,
});
const layer: LayerBounds = {
  streams: { outputs: 64, uncut: 4000, coarse: 4400, parts: [4400, 4300, 4200, 4200], fine: [4800, 4600, 4400, 4400] },
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
    assert.deepEqual(two({ pays: false }, {}), [4000, 4000], 'hidden');
    assert.deepEqual(two({ pays: false, whole: 900 }, {}), [4000, 4400], 'the copy takes longer');
    assert.deepEqual(two({}, {}), [4400, 4400], 'the last part of the first hides less');
    assert.deepEqual(two({ part: 1000 }, {}), [4400, 4000], 'or enough');
    assert.deepEqual(two({ whole: 0 }, { pays: false }), [4400, 4000], 'a copy that never pays');
  });

  it('parts are as long as what is copied while the first of them is computed', () => {
    assert.deepEqual(two({ length: 31 }, { pays: false })[0], 4400);
    assert.deepEqual(two({ length: 32 }, { pays: false })[0], 4300);
    assert.deepEqual(two({ length: 1e9 }, { pays: false })[0], 4200);
  });

  it('a limit counts where it is no more than the maps take, or 64 KiB', () => {
    const hidden = { pays: true, whole: 1e9, part: 1e9 };
    assert.deepEqual(two({ pays: false }, hidden), [4000, 4000]);
    assert.deepEqual(two({ pays: false }, hidden, { least: 0, most: 60_000 }), [4000, 4800]);
  });

  it('no more than all layers alone have at most, no less than all of them whole', () => {
    const networks = fc.array(
      fc.record({
        pays: fc.boolean(),
        copy: fc.integer({ min: 1, max: 3000 }),
        whole: fc.integer({ min: 0, max: 3000 }),
        part: fc.integer({ min: 0, max: 3000 }),
        length: fc.integer({ min: 0, max: 100 }),
        shared: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(networks, fc.integer({ min: 0, max: 9000 }), (network, most) => {
        const layers = network.map(() => layer);
        const steps = (change: (values: Copying) => Copying): Step[] =>
          network.map(({ shared, ...values }, i) => ({
            layer: i,
            strips: { ...WHOLE, shared },
            copying: [change(values)],
          }));
        const bytes = (all: Step[]): number =>
          sum(networkStreamBytes(layers, { least: 0, most }, all, [{ dedicated: false }]));
        const promised = bytes(steps((values) => values));
        assert.ok(promised >= 4000 * layers.length && promised <= 4800 * layers.length);
        assert.ok(bytes(steps((values) => ({ ...values, copy: 2 * values.copy }))) >= promised, 'slower copies');
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
  it('more bytes take longer, slower memories as well, and half of the weights skipped leave less to hide them', () => {
    const [operation] = architectureOf('16x16x16', ['op: conv, kernel: 3x3, filters: 64', 'op: flatten']).operations;
    const target = findTarget('ethos-u85-256');
    const places = placesOf(target);
    assert.equal(places.filter(({ dedicated }) => dedicated).length, 3, 'maps are in DRAM, never in flash');
    const of = (place: number, most: number, sparse = false): Copying =>
      copyingOf(operation!, target, places[place]!, { input: true, output: false }, { least: 16, most, sparse });
    assert.ok(of(0, 9000).copy > of(0, 900).copy);
    assert.equal(of(0, 900).whole, 2 * of(0, 900, true).whole);
    const flash = places.findIndex(({ system }) => system!.name.startsWith('flash'));
    assert.ok(of(flash, 9000).copy > of(0, 9000).copy);
    assert.ok(of(0, 900).part < of(0, 900).whole && of(0, 900).length < of(0, 90).length);
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
