/** What holds for every task: both halves, its loss, its metric, what it asks of a network. */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { TASKS, taskNamed } from '../../../src/tasks/tasks.ts';
import { schemaAt } from '../../../src/language/definition-schema.ts';
import { bestMetric, metricGain, metricName, metricOf, metricOfTask } from '../../../src/wire/tasks/metrics.ts';
import { TASK_SPECS, taskSpec, taskSpecs, type TaskName } from '../../../src/wire/tasks/task-table.ts';
import { openTestBackend } from '../strategies/support.ts';

const NAMES = Object.keys(TASK_SPECS) as TaskName[];
const SAMPLES = 6;
const VALUES = 4;

/** Outputs of samples, their targets, and outputs that are as right as can be. */
const situation = fc
  .record({
    outputs: fc.array(fc.float({ min: 0, max: 1, noNaN: true }), {
      minLength: SAMPLES * VALUES,
      maxLength: SAMPLES * VALUES,
    }),
    classes: fc.array(fc.integer({ min: 0, max: VALUES - 1 }), { minLength: SAMPLES, maxLength: SAMPLES }),
    values: fc.array(fc.float({ min: 0, max: 1, noNaN: true }), {
      minLength: SAMPLES * VALUES,
      maxLength: SAMPLES * VALUES,
    }),
  })
  .map(({ outputs, classes, values }) => ({
    outputs: Float32Array.from(outputs),
    class: {
      targets: Int32Array.from(classes),
      right: Float32Array.from(classes.flatMap((k) => Array.from({ length: VALUES }, (_, i) => (i === k ? 30 : -30)))),
    },
    other: { targets: Float32Array.from(values), right: Float32Array.from(values) },
  }));

type Given = Parameters<Parameters<typeof situation.map>[0]>[0];
const givenFor = (name: TaskName, given: Given): Given['class'] | Given['other'] =>
  taskSpec(name).targets === 'class' ? given.class : given.other;

describe('every task', () => {
  before(openTestBackend);

  it('classes: a distribution that is one class costs what the class does; mixed ones cost the mean', () => {
    const logits = tf.tensor4d([2, -1, 0.5, 0, 1, 3], [2, 1, 1, 3]);
    const { loss } = TASKS.classification;
    const of = (targets: tf.Tensor): number => tf.tidy(() => loss(logits, targets).dataSync()[0]!);
    const hard = of(tf.tensor1d([0, 2], 'int32'));
    const certain = of(tf.tensor2d([1, 0, 0, 0, 0, 1], [2, 3]));
    const others = of(tf.tensor1d([1, 1], 'int32'));
    const mixed = of(tf.tensor2d([0.7, 0.3, 0, 0, 0.3, 0.7], [2, 3]));
    assert.ok(Math.abs(hard - certain) < 1e-6);
    assert.ok(Math.abs(mixed - (0.7 * hard + 0.3 * others)) < 1e-5);
    assert.equal(of(tf.tensor2d([1, 0, 1, 0], [2, 2])), of(tf.tensor1d([0, 0], 'int32')), 'a logit beyond the classes');
    logits.dispose();
  });

  it('has two halves of one name, and its place in the schema', () => {
    assert.deepEqual(Object.keys(TASKS), NAMES);
    const { enum: ids, enumDescriptions: texts, 'x-expected': expected } = schemaAt(['task'])!;
    assert.deepEqual([ids, texts], [NAMES, taskSpecs().map(({ about }) => about)], 'npx tsx scripts/make-schema.ts');
    for (const name of NAMES) {
      assert.ok(expected!.includes(`\`${name}\``));
      assert.deepEqual([taskSpec(name).id, taskNamed(name).id], [name, name]);
    }
  });

  it('has a metric that is found by its name, the same wherever it occurs', () => {
    for (const { metric } of taskSpecs()) {
      assert.equal(metricOf(metricName(metric.id)), metric);
      assert.ok(metric.about.endsWith('.'));
    }
    for (const wrong of ['constructor', '', 7, undefined]) assert.throws(() => metricName(wrong), /one of accuracy, /);
  });

  for (const name of NAMES) {
    const task = taskNamed(name);
    const metric = metricOfTask(name);

    const lossOf = (outputs: Float32Array, targets: Int32Array | Float32Array): number => {
      const shape: [number, number, number, number] = [SAMPLES, 1, 1, VALUES];
      return tf.tidy(() => {
        const wanted = targets instanceof Int32Array ? tf.tensor1d(targets, 'int32') : tf.tensor4d(targets, shape);
        const loss = task.loss(tf.tensor4d(outputs, shape), wanted);
        assert.deepEqual(loss.shape, []);
        return loss.dataSync()[0]!;
      });
    };
    const metricOfOutputs = (outputs: Float32Array, targets: Int32Array | Float32Array): number => {
      const judged = task.accumulator();
      judged.add(outputs, targets, VALUES);
      return judged.metric;
    };

    it(`${name}: no outputs have less loss or a better metric than the right ones`, () => {
      fc.assert(
        fc.property(situation, (given) => {
          const { targets, right } = givenFor(name, given);
          assert.ok(lossOf(right, targets) <= lossOf(given.outputs, targets) + 1e-6);
          const values = [metricOfOutputs(right, targets), metricOfOutputs(given.outputs, targets)] as const;
          assert.ok(metricGain(metric, ...values) >= 0);
          assert.equal(bestMetric(metric, values), values[0]);
        }),
        { numRuns: 40 },
      );
    });

    it(`${name}: the metric of samples that come in parts is that of all at once`, () => {
      fc.assert(
        fc.property(situation, fc.integer({ min: 1, max: SAMPLES - 1 }), (given, first) => {
          const { targets } = givenFor(name, given);
          const perTarget = targets.length / SAMPLES;
          const judged = task.accumulator();
          judged.add(given.outputs.subarray(0, first * VALUES), targets.subarray(0, first * perTarget), VALUES);
          judged.add(given.outputs.subarray(first * VALUES), targets.subarray(first * perTarget), VALUES);
          const whole = metricOfOutputs(given.outputs, targets);
          assert.ok(Math.abs(judged.metric - whole) <= 1e-9 * Math.max(1, Math.abs(whole)));
        }),
      );
    });

    it(`${name}: the distance between outputs is least where they are the same, and its slope is zero there`, () => {
      fc.assert(
        fc.property(situation, (given) => {
          tf.tidy(() => {
            const shape: [number, number, number, number] = [SAMPLES, 1, 1, VALUES];
            const others = tf.tensor4d(given.other.right, shape);
            const away = task.distance(tf.tensor4d(given.outputs, shape), others).dataSync()[0]!;
            assert.ok(task.distance(others, others).dataSync()[0]! <= away + 1e-5);
            const slope = tf
              .grad((y) => task.distance(y as tf.Tensor4D, others))(tf.clone(others))
              .dataSync();
            assert.ok(Math.max(...slope.map(Math.abs)) < 1e-6, String(slope));
          });
        }),
        { numRuns: 20 },
      );
    });

    it(`${name}: what it recognises as its own has an output that it asks for`, () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 5 }),
          fc.integer({ min: 1, max: 5 }),
          fc.integer({ min: 1, max: 4 }),
          fc.integer({ min: 1, max: 3 }),
          fc.integer({ min: 1, max: 4 }),
          (height, width, channels, factor, outputs) => {
            const input = { height, width, channels };
            for (const output of [
              { height: 1, width: 1, channels: outputs },
              { height: height * factor, width: width * factor, channels },
              { height: height * factor, width: width * factor, channels: outputs },
            ]) {
              const { recognise, outputProblem } = taskSpec(name);
              if (recognise(output, input, 'last'))
                assert.equal(
                  outputProblem({ ...output, channels: [output.channels] }, { last: 'last', input }),
                  undefined,
                );
            }
          },
        ),
      );
    });
  }
});
