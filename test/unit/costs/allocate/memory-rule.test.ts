/**
 * Memory-driven bits: the rule beside a straight-line transcription of the authors' description for chains, and what
 * holds for any network.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AllocatedLayer, AllocationProblem, Cut } from '../../../../src/costs/allocate/allocation.ts';
import { SCHEMES } from '../../../../src/costs/allocate/auxiliary-schemes.ts';
import { cutActivations } from '../../../../src/costs/allocate/cut-activations.ts';
import { bytesIn } from '../../../../src/costs/activations/map-layout.ts';
import { halvingsOf } from '../../../../src/costs/allocate/allocation-problem.ts';
import { allocateByMemory } from '../../../../src/costs/allocate/memory-rule.ts';

/** A chain of convolutions: layer i reads map i and writes map i + 1. */
interface Chain {
  readonly weights: readonly number[];
  readonly channels: readonly number[];
  readonly maps: readonly number[];
}

const chains: fc.Arbitrary<Chain> = fc.integer({ min: 1, max: 12 }).chain((n) => {
  const many = (length: number, max: number): fc.Arbitrary<number[]> =>
    fc.array(
      fc.integer({ min: 1, max }).map((x) => 8 * x),
      { minLength: length, maxLength: length },
    );
  return fc.record({ weights: many(n, 2000), channels: many(n, 32), maps: many(n + 1, 2000) });
});

type SchemeName = 'MixPL' | 'MixPC';

function problemOf(
  chain: Chain,
  limits: { weights: number; activations: number },
  scheme: SchemeName,
): AllocationProblem {
  const { weights, channels, maps } = chain;
  const n = weights.length;
  const { bytes } = SCHEMES.find(({ name }) => name === scheme)!;
  return {
    layers: weights.map((count, i): AllocatedLayer => ({
      name: `l${i}`,
      channels: channels[i]!,
      levels: [8, 4, 2],
      activationLevels: [8, 4, 2],
      weightBytes: (bits) => (count * bits) / 8,
      auxiliaryBytes: (weightBits, outputBits) =>
        bytes({ channels: channels[i]!, weightBits, outputBits, last: i === n - 1 }),
    })),
    maps: maps.map((elements, i) => ({ elements, group: i === 0 || i === n ? -1 : i - 1 })),
    nodes: weights.map((_, i) => ({ name: `l${i}`, inputs: [i], output: i + 1, held: [] })),
    limits,
  };
}

/** The description of the authors' code, step by step: `undefined` where it fails. */
function transcribed(
  { weights, channels, maps }: Chain,
  limits: { weights: number; activations: number },
  scheme: SchemeName,
): { bw: number[]; ba: number[] } | undefined {
  const n = weights.length;
  const bIn = weights.map(() => 8);
  const bOut = weights.map(() => 8);
  const over = (i: number): boolean => (maps[i]! * bIn[i]! + maps[i + 1]! * bOut[i]!) / 8 > limits.activations;
  const halveOut = (i: number): void => {
    bOut[i]! /= 2;
    if (i + 1 < n) bIn[i + 1] = bOut[i]!;
  };
  const halveIn = (i: number): void => {
    bIn[i]! /= 2;
    bOut[i - 1] = bIn[i]!;
  };
  for (;;) {
    let violation = false;
    for (let i = 0; i < n; i++) {
      while (over(i)) {
        violation = true;
        const first = i === 0;
        const last = i === n - 1;
        if (first && last) return undefined;
        if (first) {
          if (bOut[i] === 2) return undefined;
          halveOut(i);
          continue;
        }
        if (last) {
          if (bIn[i] === 2) return undefined;
          break;
        }
        if (bIn[i] === 2 && bOut[i] === 2) return undefined;
        if (bIn[i]! > bOut[i]!) break;
        if (bIn[i]! < bOut[i]!) {
          halveOut(i);
          continue;
        }
        if (maps[i]! * bIn[i]! > maps[i + 1]! * bOut[i]!) break;
        halveOut(i);
      }
    }
    for (let i = n - 1; i >= 0; i--) {
      while (over(i)) {
        violation = true;
        const first = i === 0;
        const last = i === n - 1;
        if (first) break;
        if (last) {
          if (bIn[i] === 2) return undefined;
          halveIn(i);
          continue;
        }
        if (bIn[i] === 2 && bOut[i] === 2) return undefined;
        if (bIn[i]! < bOut[i]!) break;
        if (bIn[i]! > bOut[i]!) {
          halveIn(i);
          continue;
        }
        if (maps[i]! * bIn[i]! > maps[i + 1]! * bOut[i]!) halveIn(i);
        else break;
      }
    }
    if (!violation) break;
  }
  const bw = weights.map(() => 8);
  for (;;) {
    const bytes = weights.map((count, i) => (count * bw[i]!) / 8);
    const sum = bytes.reduce((a, b) => a + b, 0);
    let auxiliary = 0;
    for (let i = 0; i < n; i++) {
      const c = channels[i]!;
      if (scheme === 'MixPC') auxiliary += i === n - 1 ? 4 * c + c + 4 + 2 * c : 4 * c + 4 * c + c + c + 8;
      else if (i === n - 1 || (bw[i] === 8 && bOut[i] === 8)) auxiliary += 4 * c + 20;
      else auxiliary += 4 * c + 4 * c + c + 12;
    }
    if (sum + auxiliary <= limits.weights) return { bw, ba: bOut };
    const order = weights.map((_, i) => i).filter((i) => bw[i]! > 2);
    if (order.length === 0) return undefined;
    order.sort((a, b) => bytes[b]! / sum - bytes[a]! / sum || a - b);
    let pick = order[0]!;
    const top = bytes[pick]! / sum;
    for (const i of order) if (bytes[i]! / sum > top - 0.05 && i < pick) pick = i;
    bw[pick]! /= 2;
  }
}

const cases = fc.record({
  chain: chains,
  scheme: fc.constantFrom<SchemeName>('MixPL', 'MixPC'),
  flash: fc.double({ min: 0.2, max: 1.1, noNaN: true }),
  ram: fc.double({ min: 0.2, max: 1.1, noNaN: true }),
});

function limitsOf({ chain, flash, ram }: { chain: Chain; flash: number; ram: number }): {
  weights: number;
  activations: number;
} {
  const pairs = chain.weights.map((_, i) => chain.maps[i]! + chain.maps[i + 1]!);
  return {
    weights: Math.round(flash * chain.weights.reduce((a, b) => a + b, 0)),
    activations: Math.round(ram * Math.max(...pairs)),
  };
}

describe('memory-driven bits', () => {
  it('are those of the authors’ description, for random chains under both schemes', () => {
    let solved = 0;
    fc.assert(
      fc.property(cases, (one) => {
        const limits = limitsOf(one);
        const expected = transcribed(one.chain, limits, one.scheme);
        const found = allocateByMemory(problemOf(one.chain, limits, one.scheme));
        assert.equal(found.impossible === undefined, expected !== undefined);
        if (!expected) return;
        solved++;
        assert.deepEqual(found.weightBits, expected.bw);
        // The last layer's output is not cut.
        assert.deepEqual(found.activationBits.slice(0, -1), expected.ba.slice(0, -1));
      }),
      { numRuns: 2000 },
    );
    assert.ok(solved > 200, `only ${solved} could be solved`);
  });

  it('fit, or name where it is impossible; without the last cut they do not', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const limits = limitsOf(one);
        const problem = problemOf(one.chain, limits, one.scheme);
        const { weightBits, activationBits, cuts, impossible } = allocateByMemory(problem);
        assert.deepEqual(allocateByMemory(problem), {
          weightBits,
          activationBits,
          cuts,
          ...(impossible && { impossible }),
        });
        const flash = (weights: readonly number[]): number =>
          problem.layers.reduce(
            (sum, layer, i) =>
              sum + layer.weightBytes(weights[i]!) + layer.auxiliaryBytes(weights[i]!, activationBits[i]!),
            0,
          );
        const bits = (activations: readonly number[], map: number): number =>
          problem.maps[map]!.group < 0 ? 8 : activations[problem.maps[map]!.group]!;
        const ram = (activations: readonly number[]): number =>
          Math.max(
            ...problem.nodes.map(({ inputs: [input], output }) =>
              [input!, output].reduce(
                (sum, map) => sum + bytesIn(problem.maps[map]!.elements, bits(activations, map)),
                0,
              ),
            ),
          );
        const undone = (now: readonly number[], cut: Cut | undefined): number[] =>
          now.map((b, i) => (i === cut?.layer ? cut.from : b));
        if (impossible) {
          assert.ok(problem.nodes.some(({ name }) => name === impossible.at));
          assert.ok(impossible.needed > impossible.limit);
          return;
        }
        assert.ok(flash(weightBits) <= limits.weights);
        assert.ok(ram(activationBits) <= limits.activations);
        const lastWeights = cuts.findLast((cut) => cut.of === 'weights');
        const lastActivations = cuts.findLast((cut) => cut.of === 'activations');
        if (lastWeights) assert.ok(flash(undone(weightBits, lastWeights)) > limits.weights);
        if (lastActivations) assert.ok(ram(undone(activationBits, lastActivations)) > limits.activations);
      }),
      { numRuns: 1000 },
    );
  });

  it('go from the most on offer to the most that is at most half of it, or else to the next', () => {
    for (const [offered, levels] of [
      [
        [2, 3, 4, 6, 8],
        [8, 4, 2],
      ],
      [
        [4, 6],
        [6, 4],
      ],
      [
        [2, 3, 6],
        [6, 3, 2],
      ],
      [
        [3, 5],
        [5, 3],
      ],
      [
        [3, 4, 8],
        [8, 4, 3],
      ],
      [[7], [7]],
    ] as const)
      assert.deepEqual(halvingsOf(offered), levels);
    // From the most to the least, whatever is on offer.
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 2, max: 8 }), { minLength: 1 }), (offered) => {
        const levels = halvingsOf(offered);
        assert.deepEqual([levels[0], levels.at(-1)], [Math.max(...offered), Math.min(...offered)]);
        assert.ok(levels.every((bits, i) => offered.includes(bits) && (i === 0 || bits < levels[i - 1]!)));
      }),
    );
  });

  it('halve what lies there for later where an operation’s own maps are as small as they get', () => {
    const layer = (name: string): AllocatedLayer => ({
      name,
      channels: 1,
      levels: [8],
      activationLevels: [8, 4, 2],
      weightBytes: () => 0,
      auxiliaryBytes: () => 0,
    });
    // a writes a shortcut of 800 elements; b reads a small map and writes one while the shortcut waits for c.
    const problem: AllocationProblem = {
      layers: ['a', 'b', 'c'].map(layer),
      maps: [
        { elements: 8, group: -1 },
        { elements: 800, group: 0 },
        { elements: 80, group: 1 },
        { elements: 8, group: -1 },
      ],
      nodes: [
        { name: 'a', inputs: [0], output: 1, held: [] },
        { name: 'b', inputs: [0], output: 2, held: [1] },
        { name: 'c', inputs: [2, 1], output: 3, held: [] },
      ],
      limits: { activations: 500 },
    };
    const { bits, cuts, impossible } = cutActivations(problem);
    assert.deepEqual(impossible, undefined);
    assert.ok(
      cuts.some((cut) => cut.layer === 0),
      JSON.stringify(cuts),
    );
    assert.ok(bits[0]! < 8);
  });
});
