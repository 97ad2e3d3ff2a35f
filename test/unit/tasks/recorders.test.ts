/** What tasks say of single samples: counts that add up, whatever the outputs are and in whatever parts they come. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { Worst } from '../../../src/tasks/worst.ts';
import { balancedAccuracy, classFigures, macroF1, weakestClass } from '../../../src/wire/tasks/class-figures.ts';
import { MOST_CELLS, MOST_WORST, testReport, type ClassDetails } from '../../../src/wire/tasks/test-report.ts';
import { TASK_SPECS, type TaskName } from '../../../src/wire/tasks/task-table.ts';

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Outputs of two networks and the true classes, of up to 60 samples of up to 7 classes; ties among them. */
const situation = fc.integer({ min: 1, max: 7 }).chain((classes) =>
  fc.integer({ min: 1, max: 60 }).chain((samples) => {
    const outputs = fc
      .array(fc.integer({ min: -8, max: 8 }), { minLength: samples * classes, maxLength: samples * classes })
      .map((values) => Float32Array.from(values, (value) => value / 2));
    const labels = fc
      .array(fc.nat(classes - 1), { minLength: samples, maxLength: samples })
      .map((values) => Int32Array.from(values));
    return fc.record({
      classes: fc.constant(classes),
      outputs,
      floats: outputs,
      labels,
      part: fc.integer({ min: 1, max: 60 }),
    });
  }),
);

interface Situation {
  readonly classes: number;
  readonly outputs: Float32Array;
  readonly floats: Float32Array;
  readonly labels: Int32Array;
  readonly part: number;
}

function recorded({ classes, outputs, floats, labels }: Situation, part: number): ClassDetails {
  const recorder = taskNamed('classification').recorder();
  for (let from = 0; from < labels.length; from += part) {
    const to = Math.min(labels.length, from + part);
    const of = (values: Float32Array): Float32Array => values.subarray(from * classes, to * classes);
    recorder.add(of(outputs), of(floats), labels.subarray(from, to), classes);
  }
  const details = recorder.details();
  assert.equal(details.type, 'classes');
  return details as ClassDetails;
}

function accuracy(outputs: Float32Array, labels: Int32Array, classes: number): number {
  const judged = taskNamed('classification').accumulator();
  judged.add(outputs, labels, classes);
  return judged.metric;
}

describe('what a classifier says of single samples', () => {
  it('has a matrix that sums to the samples, and recalls that give the accuracy by their support', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const { classes, outputs, labels } = given;
        const details = recorded(given, labels.length);
        const mistakes = sum(details.confused.map(([, , n]) => n)) + details.unlisted;
        assert.equal(sum(details.right) + mistakes, labels.length);
        assert.equal(sum(details.support), labels.length);
        assert.equal(sum(details.predicted), labels.length);
        for (const row of classFigures(details)) {
          const inRow = sum(details.confused.filter(([actual]) => actual === row.index).map(([, , n]) => n));
          const inColumn = sum(details.confused.filter(([, answer]) => answer === row.index).map(([, , n]) => n));
          assert.deepEqual([row.right + inRow, row.right + inColumn], [row.support, row.predicted]);
        }
        const weighted = sum(classFigures(details).map(({ support, recall }) => support * (recall ?? 0)));
        const metric = accuracy(outputs, labels, classes);
        assert.ok(Math.abs(weighted / labels.length - metric) < 1e-12);
        assert.ok(Math.abs(sum(details.right) / labels.length - metric) < 1e-12);
      }),
    );
  });

  it('says how many samples the integers changed, and which of the two was right', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const { classes, outputs, floats, labels } = given;
        const { agreement } = recorded(given, labels.length);
        const { same, lost, gained } = agreement;
        assert.ok(same + lost + gained <= labels.length);
        const difference = (accuracy(outputs, labels, classes) - accuracy(floats, labels, classes)) * labels.length;
        assert.equal(gained - lost, Math.round(difference));
        const alike = recorded({ ...given, floats: outputs }, labels.length);
        assert.deepEqual(alike.agreement, { same: labels.length, lost: 0, gained: 0 });
        assert.equal(alike.calibration.integer, alike.calibration.float);
      }),
    );
  });

  it('is the same in whatever parts the samples come, and is what a result may hold', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const whole = recorded(given, given.labels.length);
        assert.deepEqual(recorded(given, given.part), whole);
        const report = { samples: given.labels.length, integerError: 0.1, details: whole };
        assert.deepEqual(testReport(JSON.parse(JSON.stringify(report))), report);
      }),
    );
  });

  it('lists the most confident mistakes, the worst first', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const { worst, support, right } = recorded(given, given.labels.length);
        assert.equal(worst.length, Math.min(MOST_WORST, sum(support) - sum(right)));
        worst.forEach((one, i) => {
          assert.equal(given.labels[one.index], one.actual);
          assert.notEqual(one.actual, one.predicted);
          if (i > 0) assert.ok(one.confidence <= worst[i - 1]!.confidence);
        });
        assert.equal(new Set(worst.map(({ index }) => index)).size, worst.length);
      }),
    );
  });

  it('is calibrated where confidence is the share that is right, and not where it is sure and wrong', () => {
    const of = (logit: number, rightOf: number): number => {
      const outputs = Float32Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? logit : 0));
      const labels = Int32Array.from({ length: 200 }, (_, i) => (i % 4 < rightOf ? 0 : 1));
      return recorded({ classes: 2, outputs, floats: outputs, labels, part: 1 }, 200).calibration.integer;
    };
    assert.ok(of(Math.log(3), 3) < 1e-6, 'three of four right, at 75 %');
    assert.ok(Math.abs(of(30, 0) - 1) < 1e-6);
    assert.ok(Math.abs(of(30, 3) - 0.25) < 1e-6);
  });

  it('stays bounded with a thousand classes: mistakes that are not listed are counted', () => {
    const classes = 1000;
    const recorder = taskNamed('classification').recorder();
    const samples = 6000;
    for (let i = 0; i < samples; i++) {
      const outputs = new Float32Array(classes);
      outputs[(i * 7 + 1) % classes] = 5;
      recorder.add(outputs, outputs, Int32Array.of((i * 13 + Math.floor(i / 1000)) % classes), classes);
    }
    const details = recorder.details() as ClassDetails;
    assert.equal(details.confused.length, MOST_CELLS);
    assert.ok(details.unlisted > 0);
    assert.equal(sum(details.confused.map(([, , n]) => n)) + details.unlisted + sum(details.right), samples);
    assert.ok(JSON.stringify(details).length < 100_000);
    testReport({ samples, details });
  });
});

describe('class figures', () => {
  const COUNTS = { support: [10, 30, 0, 10], predicted: [12, 28, 2, 8], right: [6, 24, 0, 2] };

  it('are recall, precision and F1 where there is something to take them of', () => {
    const [first, , missing, last] = classFigures(COUNTS);
    assert.deepEqual(first, {
      index: 0,
      support: 10,
      predicted: 12,
      right: 6,
      recall: 0.6,
      precision: 0.5,
      f1: 12 / 22,
    });
    assert.deepEqual(missing, { index: 2, support: 0, predicted: 2, right: 0, precision: 0, f1: 0 });
    assert.deepEqual([last!.recall, last!.precision], [0.2, 0.25]);
    assert.ok(Math.abs(balancedAccuracy(COUNTS)! - (0.6 + 0.8 + 0.2) / 3) < 1e-12);
    assert.ok(Math.abs(macroF1(COUNTS)! - (12 / 22 + 48 / 58 + 4 / 18) / 3) < 1e-12);
    assert.equal(weakestClass(COUNTS)!.index, 3);
    assert.equal(weakestClass({ support: [2, 2], predicted: [2, 2], right: [2, 2] }), undefined);
    assert.equal(balancedAccuracy({ support: [0], predicted: [0], right: [0] }), undefined);
  });
});

describe('the schema of a test report', () => {
  const DETAILS: ClassDetails = {
    type: 'classes',
    support: [3, 2],
    predicted: [4, 1],
    right: [3, 1],
    confused: [[1, 0, 1]],
    unlisted: 0,
    agreement: { same: 5, lost: 0, gained: 0 },
    calibration: { integer: 0.1, float: 0.1 },
    worst: [{ index: 4, actual: 1, predicted: 0, confidence: 0.9 }],
  };
  const report = (change: object): unknown => ({ samples: 5, details: { ...DETAILS, ...change } });

  it('refuses counts that contradict each other, and pictures that are none', () => {
    testReport(report({}));
    for (const [change, why] of [
      [{ support: [3] }, /one support/],
      [{ right: [4, 1] }, /no more right answers/],
      [{ confused: [[1, 0, 2]] }, /as many answers as samples/],
      [{ confused: [[1, 1, 1]] }, /between two/],
      [{ confused: [[1, 7, 1]] }, /between two/],
      [{ support: [3.5, 2] }, /whole number/],
      [{ worst: [{ ...DETAILS.worst[0], actual: 9 }] }, /between two/],
      [
        { worst: [{ ...DETAILS.worst[0], picture: { width: 1, height: 1, png: 'javascript:alert(1)' } }] },
        /a PNG in base64/,
      ],
      [{ worst: Array.from({ length: MOST_WORST + 1 }, () => DETAILS.worst[0]) }, /12 at most/],
      [{ type: 'colours' }, /one of classes, samples/],
    ] as const)
      assert.throws(() => testReport(report(change)), why);
  });
});

describe('the worst of many', () => {
  it('are those with the most, of equals the first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 })), fc.integer({ min: 1, max: 6 }), (values, most) => {
        const worst = new Worst<{ readonly index: number }>(most);
        values.forEach((value, index) => {
          worst.add({ index }, value);
        });
        const expected = values
          .map((value, index) => ({ value, index }))
          .sort((a, b) => b.value - a.value || a.index - b.index)
          .slice(0, most);
        assert.deepEqual(
          worst.list.map(({ index }) => index),
          expected.map(({ index }) => index),
        );
      }),
    );
  });
});

describe('what every other task says of single samples', () => {
  const names = (Object.keys(TASK_SPECS) as TaskName[]).filter((name) => TASK_SPECS[name].targets !== 'class');
  for (const name of names)
    it(`${name}: the spread of its metric, and the worst samples`, () => {
      const task = taskNamed(name);
      const recorder = task.recorder();
      const [samples, values] = [40, 6];
      const targets = Float32Array.from({ length: samples * values }, (_, i) => 0.4 + (0.2 * (i % 7)) / 7);
      // The further back a sample is, the worse it is put out.
      const outputs = targets.map((value, i) => value + 0.01 * (1 + Math.floor(i / values)) * (i % 2 === 0 ? 1 : -1));
      for (const from of [0, 16]) {
        const [a, b] = [from * values, from === 0 ? 16 * values : samples * values];
        recorder.add(outputs.subarray(a, b), targets.subarray(a, b), targets.subarray(a, b), values);
      }
      const details = recorder.details();
      assert.equal(details.type, 'samples');
      if (details.type !== 'samples') return;
      assert.deepEqual(
        details.worst.map(({ index }) => index),
        Array.from({ length: MOST_WORST }, (_, i) => samples - 1 - i),
      );
      assert.deepEqual(
        [...details.quantiles].sort((a, b) => a - b),
        details.quantiles,
      );
      assert.ok(details.quantiles[0]! < details.mean && details.mean < details.quantiles.at(-1)!);
      assert.ok(details.deviation > 0 && details.floatDeviation >= 0);
      testReport(JSON.parse(JSON.stringify({ samples, details })));
    });
});
