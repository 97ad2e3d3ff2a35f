/** Ensembles that stop when they are sure: their decision, their thresholds, and what these are said to do. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SeededRandom } from '../../../src/base/random.ts';
import { classThresholds, improved } from '../../../src/deploy/ensembles/class-thresholds.ts';
import { certainty, largestOf, margin, mostEntropy } from '../../../src/deploy/ensembles/confidence.ts';
import { addMember, decide, deciderOf, runAll, stopAtOnce } from '../../../src/deploy/ensembles/decide.ts';
import { paretoSet } from '../../../src/deploy/ensembles/pareto.ts';
import { hardSamples, outcomeOf, pairedDifference, rightOf } from '../../../src/deploy/ensembles/simulate.ts';
import {
  commonThresholds,
  dynamic,
  exhaustive,
  levelsOf,
  stageLevels,
  tradeoffOf,
} from '../../../src/deploy/ensembles/thresholds.ts';
import { tracesOf, type Traces } from '../../../src/deploy/ensembles/traces.ts';
import {
  ENSEMBLE_RULES,
  MOST_MEMBERS,
  NEVER,
  type Decider,
  type EnsembleRule,
  type Thresholds,
} from '../../../src/wire/ensemble.ts';

interface Case {
  readonly decider: Decider;
  readonly logits: readonly Int8Array[];
  readonly labels: Int32Array;
  readonly work: readonly number[];
  readonly traces: Traces;
}

/** Members whose logits are random on few values, so that ties and equal margins are many. */
function caseOf(seed: number, members: number, samples: number, classes: number, rule: EnsembleRule, values = 9): Case {
  const random = new SeededRandom(seed);
  const scales = Array.from({ length: members }, () => 0.01 + random.next());
  const decider = deciderOf(rule, scales, classes);
  const labels = Int32Array.from({ length: samples }, () => random.integer(classes));
  const logits = scales.map((_, k) =>
    Int8Array.from({ length: samples * classes }, (_unused, i) => {
      const isLabel = labels[Math.floor(i / classes)] === i % classes;
      return random.integer(values) - (values >> 1) + (isLabel ? random.integer(k + 2) : 0);
    }),
  );
  const work = scales.map(() => 1 + random.integer(50));
  return { decider, logits, labels, work, traces: tracesOf(decider, logits, labels, work) };
}

const anyCase = (most: number, rules: readonly EnsembleRule[] = ENSEMBLE_RULES): fc.Arbitrary<Case> =>
  fc
    .tuple(
      fc.nat(1e6),
      fc.integer({ min: 2, max: most }),
      fc.integer({ min: 1, max: 24 }),
      fc.integer({ min: 2, max: 5 }),
      fc.constantFrom(...rules),
    )
    .map((all) => caseOf(...all));

const anyThresholds = (one: Case, seed: number): Thresholds => {
  const random = new SeededRandom(seed);
  return stageLevels(one.traces).map((levels) =>
    Array.from(
      { length: random.integer(2) === 0 ? 1 : one.decider.classes },
      () => levels[random.integer(levels.length)]!,
    ),
  );
};

const numbers = (points: readonly { right: number; work: number }[]): number[][] =>
  points.map(({ right, work }) => [right, work]);

describe('an ensemble that stops when it is sure', () => {
  it('is, with thresholds 0, its first member, and with none ever reached, all of them', () => {
    fc.assert(
      fc.property(anyCase(MOST_MEMBERS), ({ decider, logits, labels, work, traces }) => {
        const { classes } = decider;
        const row = (k: number, i: number): Int8Array => logits[k]!.subarray(i * classes, (i + 1) * classes);
        for (let i = 0; i < labels.length; i++) {
          const first = decide(decider, stopAtOnce(logits.length), (k) => row(k, i));
          assert.deepEqual(first, { answer: row(0, i).indexOf(Math.max(...row(0, i))), members: 1 });
          const sums = new Int32Array(classes);
          logits.forEach((_, k) => addMember(decider, k, row(k, i), sums));
          const all = decide(decider, runAll(logits.length), (k) => row(k, i));
          assert.deepEqual(all, { answer: sums.indexOf(Math.max(...sums)), members: logits.length });
        }
        const [one, every] = [stopAtOnce(logits.length), runAll(logits.length)];
        assert.equal(outcomeOf(traces, one, classes).work, work[0]);
        const sum = work.reduce((a, b) => a + b, 0);
        assert.ok(Math.abs(outcomeOf(traces, every, classes).work - sum) < 1e-9);
      }),
    );
  });

  it('has confidences from 0 to below never, also where logits are as far apart as they can be', () => {
    for (const rule of ENSEMBLE_RULES)
      for (const far of [0, 1]) {
        const decider = deciderOf(
          rule,
          Array.from({ length: MOST_MEMBERS }, () => 1),
          2,
        );
        const logits = Array.from({ length: MOST_MEMBERS }, () => Int8Array.of(far * 127, far * -128));
        const { confidences } = tracesOf(
          decider,
          logits,
          Int32Array.of(0),
          logits.map(() => 1),
        );
        for (const [sure] of confidences) assert.ok(sure! >= 0 && sure! < NEVER, `${rule} ${sure}`);
        if (far === 0) assert.ok(confidences.every(([sure]) => sure === 0));
      }
  });

  it('takes the distance of the two largest logits, times the scale', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -128, max: 127 }), { minLength: 2, maxLength: 9 }), (codes) => {
        const decider = deciderOf('margin', [0.5, 0.25], codes.length);
        const scores = new Int32Array(codes.length);
        addMember(decider, 1, Int8Array.from(codes), scores);
        const [first, second] = [...codes].sort((a, b) => b - a);
        assert.equal(margin(scores, largestOf(scores)), (first! - second!) * (decider.weights[0]! / 2));
      }),
    );
  });

  it('takes the entropy of the softmax of the mean logits, to 0.03 bits', () => {
    fc.assert(
      fc.property(anyCase(3, ['entropy']), fc.constantFrom(0.02, 0.2, 1, 8), ({ logits, decider }, scale) => {
        const { classes } = decider;
        const scales = logits.map((_, k) => scale / (k + 1));
        const scaled = deciderOf('entropy', scales, classes);
        const scores = new Int32Array(classes);
        logits.forEach((own, k) => {
          addMember(scaled, k, own.subarray(0, classes), scores);
          const mean = Array.from({ length: classes }, (_, c) =>
            logits.slice(0, k + 1).reduce((sum, one, j) => sum + (scales[j]! * one[c]!) / (k + 1), 0),
          );
          const powers = mean.map((value) => Math.exp(value - Math.max(...mean)));
          const sum = powers.reduce((a, b) => a + b, 0);
          const entropy = powers.reduce(
            (bits, power) => bits - (power > 0 ? (power / sum) * Math.log2(power / sum) : 0),
            0,
          );
          const found = mostEntropy(classes) / 1024 - certainty(scores, largestOf(scores), scaled.units[k]!) / 1024;
          assert.ok(Math.abs(found - entropy) < 0.03, `${found} for ${entropy}`);
        });
      }),
    );
  });

  it('refuses what is no ensemble', () => {
    assert.throws(() => deciderOf('margin', [1], 2), /2 to 5 members/);
    assert.throws(
      () =>
        deciderOf(
          'margin',
          Array.from({ length: 6 }, () => 1),
          2,
        ),
      /2 to 5 members/,
    );
    assert.throws(() => deciderOf('margin', [1, 0], 2), /positive number/);
    assert.throws(() => deciderOf('margin', [1, 1], 1), /two classes/);
  });
});

describe('what thresholds are said to do', () => {
  it('is what a simulation of every sample does', () => {
    fc.assert(
      fc.property(anyCase(MOST_MEMBERS), fc.nat(1e6), (one, seed) => {
        const { decider, logits, labels, work, traces } = one;
        const thresholds = anyThresholds(one, seed);
        const { classes } = decider;
        const decided = Array.from(labels, (_, i) =>
          decide(decider, thresholds, (k) => logits[k]!.subarray(i * classes, (i + 1) * classes)),
        );
        const spent = decided.map(({ members }) => work.slice(0, members).reduce((a, b) => a + b, 0));
        const right = decided.map(({ answer }, i) => (answer === labels[i] ? 1 : 0));
        const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

        const expected = tradeoffOf(traces, thresholds);
        assert.deepEqual(numbers([expected]), [[total(right), total(spent)]]);
        const outcome = outcomeOf(traces, thresholds, classes);
        assert.equal(outcome.accuracy, total(right) / labels.length);
        assert.equal(outcome.work, total(spent) / labels.length);
        assert.deepEqual(
          outcome.stops,
          work.map((_, k) => decided.filter(({ members }) => members === k + 1).length),
        );
        for (let c = 0; c < classes; c++) {
          const own = [...labels.keys()].filter((i) => labels[i] === c);
          assert.equal(outcome.byClass[c]!.samples, own.length);
          assert.equal(outcome.byClass[c]!.right, total(own.map((i) => right[i]!)));
          assert.equal(total(outcome.byClass[c]!.stops), own.length);
        }
        assert.deepEqual([...rightOf(traces, thresholds)], right);
        const hard = hardSamples(traces, thresholds, 1e9);
        assert.deepEqual(
          hard,
          decided.flatMap(({ answer, members }, index) =>
            members === logits.length ? [{ index, label: labels[index]!, answer }] : [],
          ),
        );
      }),
    );
  });

  it('differs by a mean and its error over the same samples', () => {
    const { difference, error } = pairedDifference(Uint8Array.of(1, 1, 0, 1), Uint8Array.of(1, 0, 0, 0));
    assert.equal(difference, 0.5);
    assert.ok(Math.abs(error - Math.sqrt(1 / 3 / 4)) < 1e-12);
    assert.deepEqual(pairedDifference(Uint8Array.of(1, 0), Uint8Array.of(1, 0)), { difference: 0, error: 0 });
  });
});

describe('the search for thresholds', () => {
  it('finds the Pareto set that comparing all with all finds', () => {
    const any = fc.array(fc.record({ right: fc.nat(9), work: fc.nat(9) }), { maxLength: 30 });
    fc.assert(
      fc.property(any, (all) => {
        const beaten = (one: { right: number; work: number }): boolean =>
          all.some((a) => a.right >= one.right && a.work <= one.work && (a.right > one.right || a.work < one.work));
        const texts = [...new Set(all.filter((one) => !beaten(one)).map((one) => `${one.work} ${one.right}`))];
        const found = paretoSet(all);
        assert.deepEqual(found.map((one) => `${one.work} ${one.right}`).sort(), texts.sort());
        assert.ok(found.every((one, i) => i === 0 || one.work > found[i - 1]!.work));
      }),
    );
  });

  it('finds by dynamic programming what trying every combination finds', () => {
    fc.assert(
      fc.property(anyCase(4), fc.integer({ min: 1, max: 5 }), ({ traces }, quantiles) => {
        const levels = stageLevels(traces, quantiles);
        const [all, found] = [exhaustive(traces, levels), dynamic(traces, levels)];
        assert.deepEqual(numbers(found), numbers(all));
        // What is said of a combination is what it does.
        for (const one of found) assert.deepEqual(numbers([tradeoffOf(traces, one.thresholds)]), numbers([one]));
        assert.deepEqual(numbers(commonThresholds(traces, levels)), numbers(all));
      }),
    );
  });

  it('goes on to five members in the time that a person waits', () => {
    const { traces } = caseOf(7, 5, 400, 10, 'margin', 255);
    const found = commonThresholds(traces, stageLevels(traces, 8));
    assert.ok(found.length > 1);
    assert.ok(found[0]!.work >= 400 * traces.work[0]!);
  });

  it('tries none, all, and quantiles between them', () => {
    assert.deepEqual(levelsOf([], 3), [0, NEVER]);
    assert.deepEqual(levelsOf([5, 5, 5], 3), [0, 5, NEVER]);
    assert.deepEqual(levelsOf([4, 1, 3, 2], 3), [0, 2, 3, 4, NEVER]);
    assert.deepEqual(levelsOf([0, 0], 2), [0, NEVER]);
  });
});

describe('thresholds by class', () => {
  it('of two members are, for a price, the best of all combinations', () => {
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.integer({ min: 1, max: 14 }),
        fc.double({ min: 0, max: 0.2, noNaN: true }),
        (seed, samples, price) => {
          const { traces } = caseOf(seed, 2, samples, 3, 'per-class', 5);
          const levels = [
            Array.from({ length: 3 }, (_, c) =>
              levelsOf(
                [...traces.confidences[0]!].filter((_unused, i) => traces.answers[0]![i] === c),
                3,
              ),
            ),
          ];
          const start = tradeoffOf(traces, [[0]]);
          const found = improved(traces, price, start, levels);
          const [a, b, c] = levels[0]!;
          const losses = a!.flatMap((x) => b!.flatMap((y) => c!.map((z) => tradeoffOf(traces, [[x, y, z]]))));
          const loss = ({ right, work }: { right: number; work: number }): number => price * work - right;
          assert.ok(Math.abs(loss(found) - Math.min(...losses.map(loss))) < 1e-6);
        },
      ),
    );
  });

  it('are nowhere worse than common ones, and what is said of them is what they do', () => {
    fc.assert(
      fc.property(anyCase(4, ['per-class']), ({ traces, decider }) => {
        const common = commonThresholds(traces, stageLevels(traces, 4));
        const found = classThresholds(traces, decider.classes, common, 4);
        for (const one of common) assert.ok(found.some(({ right, work }) => right >= one.right && work <= one.work));
        for (const one of found) assert.deepEqual(numbers([tradeoffOf(traces, one.thresholds)]), numbers([one]));
        assert.deepEqual(paretoSet(found), found);
      }),
    );
  });
});
