/** A choice of inputs: each option is the network of that input, costs and limits are those of an enumeration. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { COSTS } from '../../../src/costs/cost-table.ts';
import { allWithin, leastMemory } from '../../../src/costs/activations/least-memory.ts';
import { feasibility } from '../../../src/costs/limits/feasibility.ts';
import { SizeExpression } from '../../../src/costs/weights/expression/size-expression.ts';
import { architectureKey, instantiate } from '../../../src/network/architecture.ts';
import { between, narrowed } from '../../../src/network/narrowed.ts';
import { definitionAt, sizesOf } from '../../../src/network/resolution.ts';
import type { Network } from '../../../src/network/types.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { withinTarget } from '../../../src/targets/within-target.ts';
import { problemsOfSpace } from '../../../src/targets/runnable.ts';
import type { Limit } from '../../../src/wire/limits.ts';
import {
  allAssignments,
  assignmentFrom,
  networkOf,
  probabilitiesFrom,
  seeds,
} from '../costs/support/random-networks.ts';
import { randomDefinition, type Gen } from '../language/support/definitions.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';

const INPUTS = ['16x16x3', '12x20x3', '9x9x3', '24x24x3'];
const CHIPS = ['ethos-u55-128', 'ethos-u85-256', 'stm32f746'].map(findTarget);

/** The text of a definition with other inputs. */
const withInput = (text: string, input: string): string => text.replace(/^(\s*"?input"?\s*:\s*).*$/m, `$1${input}`);

/** A random definition, several of the inputs in some order, and their network; undefined where one is impossible. */
interface Case {
  readonly text: string;
  readonly inputs: readonly string[];
  readonly network: Network;
}

function caseOf(g: Gen, most: number): Case | undefined {
  const { text } = randomDefinition(g, most);
  const inputs = g(fc.shuffledSubarray, INPUTS, { minLength: 2 });
  const { network } = parseDefinition(withInput(text, inputs.join(' | ')));
  return network?.resolution && { text, inputs, network };
}

/** Few enough to look at all. */
const isSmall = ({ decisions }: Network): boolean => decisions.reduce((n, { labels }) => n * labels.length, 1) <= 3000;

describe('a choice of inputs', () => {
  it('is at each option the network of that input, whatever their order', () => {
    let compared = 0;
    fc.assert(
      fc.property(fc.gen(), seeds, (g, from) => {
        const found = caseOf(g, 4);
        if (!found) return;
        const { text, inputs, network } = found;
        assert.equal(network.decisions[0]!.id, 'input');
        let architectures = 0n;
        inputs.forEach((input, k) => {
          const alone = networkOf(withInput(text, input));
          architectures += alone.architectures;
          const assignment = assignmentFrom(alone, from);
          assert.deepEqual(instantiate(network, [k, ...assignment]), instantiate(alone, assignment));
          assert.deepEqual(
            sizesOf(network)
              [k]!.decisions.slice(1)
              .map(({ id, labels }) => [id, labels]),
            alone.decisions.map(({ id, labels }) => [id, labels]),
          );
        });
        assert.equal(network.architectures, architectures);
        const same = assignmentFrom(network, from).slice(1);
        const keys = inputs.map((_, k) => architectureKey(network, [k, ...same]));
        assert.equal(new Set(keys).size, inputs.length, 'each input makes another architecture');
        compared++;
      }),
      { numRuns: 60, seed: 3 },
    );
    assert.ok(compared > 30, `${compared}`);
  });

  it('has costs whose ends and expectations are those of an enumeration', function () {
    this.timeout(120_000);
    let compared = 0;
    fc.assert(
      fc.property(fc.gen(), seeds, fc.constantFrom(...CHIPS), (g, from, chip) => {
        const found = caseOf(g, 1);
        if (!found || !isSmall(found.network)) return;
        const { network } = found;
        const all = [...allAssignments(network)];
        const probabilities = probabilitiesFrom(network, from);
        const chance = all.map((one) => one.reduce((p, k, d) => p * probabilities[d]![k]!, 1));
        for (const name of ['weights', 'macs', 'activations', 'cycles'] as const) {
          if (COSTS[name].missing(chip) !== undefined) continue;
          const space = COSTS[name].over(network, chip, new SizeExpression(network, chip));
          const values = all.map((one) => space.of(one));
          const near = (a: number, b: number, what: string): void => {
            assert.ok(Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b)), `${name}: ${what} ${a}, not ${b}`);
          };
          if (name !== 'weights')
            all.slice(0, 50).forEach((one, i) => {
              near(values[i]!, COSTS[name].of(instantiate(network, one), chip), 'of an architecture');
            });
          const [smallest, largest] = [space.smallest(), space.largest()];
          for (const end of [smallest, largest]) near(space.of(end.assignment), end.value, 'an end');
          if (name !== 'cycles') near(smallest.value, Math.min(...values), 'the smallest');
          if (name !== 'cycles') near(largest.value, Math.max(...values), 'the largest');
          const { expectation } = space;
          if (!expectation) continue;
          const mean = chance.reduce((sum, p, i) => sum + p * expectation.at(all[i]!), 0);
          near(expectation.expected(probabilities), mean, 'expected');
          expectation.conditional(probabilities)[0]!.forEach((value, k) => {
            const certain = probabilities.map((row, d) => (d === 0 ? row.map((_, j) => Number(j === k)) : row));
            near(value, expectation.expected(certain), `with input ${k}`);
          });
        }
        compared++;
      }),
      { numRuns: 40, seed: 5, endOnFailure: true },
    );
    assert.ok(compared > 10, `${compared}`);
  });

  it('meets limits on activations and MACs where an enumeration finds an architecture that does', function () {
    this.timeout(120_000);
    let [met, refused] = [0, 0];
    fc.assert(
      fc.property(fc.gen(), fc.integer({ min: 1, max: 99 }), fc.boolean(), (g, percent, work) => {
        const found = caseOf(g, 1);
        if (!found || !isSmall(found.network)) return;
        const { network } = found;
        const [chip] = CHIPS;
        const all = [...allAssignments(network)].map((one) => instantiate(network, one));
        const of = (name: 'activations' | 'macs' | 'weights'): number[] => all.map((one) => COSTS[name].of(one, chip!));
        const [peaks, macs] = [of('activations'), of('macs')];
        const between = (values: readonly number[]): number => {
          const [low, high] = [Math.min(...values), Math.max(...values)];
          return Math.floor(0.8 * low + (percent / 100) * (high - low));
        };
        const limits: Limit[] = [
          { cost: 'activations', limit: between(peaks), from: 'given' },
          ...(work ? [{ cost: 'macs', limit: between(macs), from: 'given' } as const] : []),
        ];
        const can = all.some((_, i) => peaks[i]! <= limits[0]!.limit && (!work || macs[i]! <= limits[1]!.limit));
        const { refusal, assignment } = feasibility(network, chip!, limits);
        assert.equal(refusal === undefined, can);
        if (!refusal) assert.ok(COSTS.activations.of(instantiate(network, assignment), chip!) <= limits[0]!.limit);
        const least = leastMemory(network, chip!, new SizeExpression(network, chip!).smallest().assignment);
        assert.equal(least.peakBytes, Math.min(...peaks));
        assert.ok(allWithin(network, chip!, Math.max(...peaks)));
        assert.ok(!allWithin(network, chip!, Math.max(...peaks) - 1));
        if (can) met++;
        else refused++;
      }),
      { numRuns: 60, seed: 11, endOnFailure: true },
    );
    assert.ok(met > 5 && refused > 5, `${met} and ${refused}`);
  });

  const TAIL = '  - { name: pool, op: global-average-pool }\n  - { name: logits, op: dense, units: 4 }\n';
  const text = (input: string, layers = '', tail = TAIL): string =>
    `udc: 1\nname: sizes\ninput: ${input}\ntarget: { npu: ethos-u55-128 }\nlayers:\n  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8 | 16 }\n${layers}${tail}`;

  it('is narrowed like other choices, and one option that is left stays a decision', () => {
    const network = networkOf(text('16x16x1 | 8x8x1 | 24x24x1'));
    const kept = network.decisions.map(({ id, labels }) => labels.map((label) => id !== 'input' || label === '8x8x1'));
    const part = narrowed(network, kept);
    assert.deepEqual(part.decisions[0]!.labels, ['8x8x1']);
    assert.deepEqual(part.definition.input, { height: 8, width: 8, channels: 1 });
    const { whole, nearest } = between(network, part);
    assert.deepEqual(whole([0, 1]), [1, 1]);
    assert.deepEqual(nearest([2, 1]), [0, 1]);
    assert.deepEqual(instantiate(part, [0, 1]), instantiate(network, [1, 1]));
  });

  it('says what one of the inputs makes impossible, and names it', () => {
    const of = (written: string): string[] => parseDefinition(written).diagnostics.map(({ message }) => message);
    const valid = '  - { name: deep, op: conv, kernel: 7x7, padding: valid, filters: 8 }\n';
    const [small, ...others] = of(text('32x32x1 | 10x10x1', valid));
    assert.deepEqual(others, []);
    assert.match(small!, /^With `input: 10x10x1`: The kernel 7x7 is larger than its input, 5x5;/);
    assert.match(of(text('10x10x1 | 8x8x1', valid))[0]!, /^The kernel 7x7 is larger/, 'of all: as without a choice');
    const flat = '  - { name: flat, op: flatten }\n  - { name: logits, op: dense, units: 4 }\n';
    assert.match(
      of(text('16x16x1 | 8x8x1', '', flat))[0]!,
      /`flatten` makes a channel of each pixel, and `flat` reads 8x8 with `input: 16x16x1` and 4x4 with `8x8x1`: .*`global-average-pool`/,
    );
    assert.deepEqual(of(text('16x16x1 | 8x8x1', '  - { name: g, op: global-average-pool }\n', flat)), []);
    // Of 16 and 15 rows at stride 2 the maps are alike.
    assert.deepEqual(of(text('16x16x1 | 15x15x1', '', flat)), []);
    const map = '  - { name: logits, op: conv, kernel: 1x1, filters: 4 }\n';
    assert.ok(of(text('16x16x1 | 8x8x1', '', map)).length > 0);
  });

  it('prepares for the input that is chosen, and keeps other steps', () => {
    const prepared = text('16x16x1 | 8x12x1').replace(
      'target:',
      'prepare: [{ resize: 40x40 }, { resize: { size: input, fit: crop } }, { normalise: symmetric }]\ntarget:',
    );
    const { definition } = parseDefinition(prepared);
    const resize = { step: 'resize', fit: 'crop', filter: 'bilinear' };
    assert.deepEqual(definition!.prepare![1], { ...resize, height: 16, width: 16, ofInput: true });
    const at = definitionAt(definition!, { height: 8, width: 12 });
    assert.deepEqual(at.prepare![0], definition!.prepare![0]);
    assert.deepEqual(at.prepare![1], { ...resize, height: 8, width: 12 });
    assert.equal(at.inputs, undefined);
    const fixed = parseDefinition(prepared.replace('16x16x1 | 8x12x1', '8x12x1')).definition!;
    assert.deepEqual(fixed.prepare, at.prepare);
    assert.deepEqual(fixed.input, at.input);
  });

  it('leaves inputs out that a chip cannot run, and says which', () => {
    const array = findTarget('max78000');
    const layers = '  - { name: deep, op: conv, kernel: 3x3, filters: 8 }\n';
    const plain = (input: string): string =>
      text(input, layers).replace('kernel: 3x3, stride: 2,', 'kernel: 3x3,').replace('ethos-u55-128', 'max78000');
    const network = networkOf(plain('16x16x1 | 2048x16x1'));
    const fits = (input: string): boolean => !('refused' in withinTarget(networkOf(plain(input)), array));
    assert.deepEqual([fits('16x16x1'), fits('2048x16x1')], [true, false]);
    const found = withinTarget(network, array);
    assert.ok(!('refused' in found));
    assert.deepEqual(
      found.leftOut.map(({ key, labels, layers: of }) => [key, labels, of]),
      [['input', ['2048x16x1'], ['input']]],
    );
    assert.deepEqual(found.network.decisions[0]!.labels, ['16x16x1']);
    const smallest = instantiate(
      network,
      network.decisions.map(() => 0),
    );
    assert.ok(problemsOfSpace(array, network, smallest).length > 0);
  });
});
