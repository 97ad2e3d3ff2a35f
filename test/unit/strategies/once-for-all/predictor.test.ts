/** The predictor and its parts: features, perceptron, falling line. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SeededRandom } from '../../../../src/base/random.ts';
import { instantiate } from '../../../../src/network/architecture.ts';
import { DecisionFeatures } from '../../../../src/strategies/once-for-all/decision-features.ts';
import { fallingLine, valueAt } from '../../../../src/strategies/once-for-all/isotonic.ts';
import { Perceptron } from '../../../../src/strategies/once-for-all/perceptron.ts';
import { Predictor, type Measured } from '../../../../src/strategies/once-for-all/predictor.ts';
import { networkOf } from '../support.ts';

const network = networkOf(`search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 }
layers:
  - { name: stem, op: conv, kernel: 3x3 | 5x5, stride: 2, filters: 4 | 8 | 12 }
  - { name: block, op: dsconv | ibn | skip, kernel: 3x3 | 5x5, filters: 8 | 16, expand: 2 | 3 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`);
const assignments = fc.tuple(...network.decisions.map(({ labels }) => fc.integer({ min: 0, max: labels.length - 1 })));

describe('features of an architecture', () => {
  const features = new DecisionFeatures(network);

  it('are alike for alike architectures, and tell different ones apart', () => {
    fc.assert(
      fc.property(assignments, assignments, (a, b) => {
        const same = JSON.stringify(instantiate(network, a)) === JSON.stringify(instantiate(network, b));
        assert.equal(features.of(a).join() === features.of(b).join(), same, `${a.join()} ${b.join()}`);
        assert.ok(features.of(a).every((i) => i >= 0 && i < features.length));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('leave out what a skipped layer does not use', () => {
    const of = (id: string): number => network.decisions.findIndex((decision) => decision.id === id);
    const block = network.decisions.findIndex(({ kind }) => kind === 'operator');
    const kept = network.decisions.map(() => 0);
    const skipped = kept.map((k, d) => (d === block ? network.decisions[block]!.labels.indexOf('skip') : k));
    const [all, fewer] = [features.live(kept), features.live(skipped)];
    assert.ok(fewer.size < all.size && fewer.has(block));
    const expansion = network.decisions.findIndex(({ kind }) => kind === 'expansion');
    assert.ok(!all.has(expansion), 'dsconv has no expansion');
    assert.ok(of('stem.filters') < 0 || fewer.has(of('stem.filters')));
  });
});

describe('the falling line', () => {
  const points = fc.array(
    fc.record({ x: fc.float({ min: 0, max: 4, noNaN: true }), y: fc.float({ min: 0, max: 1, noNaN: true }) }),
    { minLength: 1, maxLength: 40 },
  );

  it('falls, stays within the points, and has their mean', () => {
    fc.assert(
      fc.property(points, (given) => {
        const line = fallingLine(given);
        for (let i = 1; i < line.length; i++) assert.ok(line[i]![0] > line[i - 1]![0] && line[i]![1] < line[i - 1]![1]);
        let last = Infinity;
        for (let x = -1; x <= 5; x += 0.25) {
          const value = valueAt(line, x);
          assert.ok(value <= last + 1e-9);
          last = value;
        }
        const ys = given.map(({ y }) => y);
        for (const [, y] of line) assert.ok(y >= Math.min(...ys) - 1e-6 && y <= Math.max(...ys) + 1e-6);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('passes through points that fall already', () => {
    const line = fallingLine([
      { x: 2, y: 0.2 },
      { x: 0, y: 0.9 },
      { x: 1, y: 0.5 },
    ]);
    assert.deepEqual(
      [0, 0.5, 1, 2, 9].map((x) => valueAt(line, x)),
      [0.9, 0.7, 0.5, 0.2, 0.2],
    );
  });
});

describe('the perceptron', () => {
  it('learns what is no sum of its inputs', () => {
    const random = new SeededRandom(1);
    const draw = (): { ones: number[]; value: number } => {
      const ones = Array.from({ length: 8 }, (_, i) => i).filter(() => random.next() < 0.5);
      return {
        ones,
        value: (ones.includes(0) ? 1 : -1) * (ones.includes(1) ? 1 : -1) + 0.3 * Number(ones.includes(2)),
      };
    };
    const perceptron = new Perceptron({ inputs: 8, hidden: [16, 16] }, new SeededRandom(2));
    perceptron.fit(Array.from({ length: 200 }, draw), { epochs: 60, batch: 16, rate: 0.01, decay: 0, seed: 3 });
    const unseen = Array.from({ length: 100 }, draw);
    const squares = unseen.map(({ ones, value }) => (perceptron.predict(ones) - value) ** 2);
    // Guessing the mean has an error of 1.
    assert.ok(squares.reduce((sum, square) => sum + square, 0) / unseen.length < 0.1);
  });

  it('refuses the parameters of another shape', () => {
    const [a, b] = [[4], [5]].map((hidden) => new Perceptron({ inputs: 3, hidden }, new SeededRandom(1)));
    assert.throws(() => a!.load(b!.parameters), RangeError);
  });
});

describe('the predictor', () => {
  const random = new SeededRandom(4);
  const worth = network.decisions.map(({ labels }) => labels.map(() => random.normal()));
  const features = new DecisionFeatures(network);
  const draw = (): Measured => {
    const assignment = network.decisions.map(({ labels }) => random.integer(labels.length));
    const live = features.live(assignment);
    const loss = 10 + assignment.reduce((sum, k, d) => sum + (live.has(d) ? worth[d]![k]! : 0), 0);
    return { assignment, loss, metric: 1 / loss };
  };
  const measured = Array.from({ length: 120 }, draw);

  it('ranks what it has not seen, says how well, and is the same when restored', () => {
    const { kendall, heldOut } = Predictor.ranking(network, measured, 1);
    assert.equal(heldOut, 24);
    assert.ok(kendall! > 0.6, `${kendall}`);
    const predictor = Predictor.fit(network, measured, 1);
    const parameters = predictor.parameters.map((values) => Float32Array.from(values));
    const restored = Predictor.restore(network, predictor.state, parameters);
    let better = { loss: Infinity, metric: 0 };
    for (const { assignment } of [...measured].sort(
      (a, b) => predictor.loss(b.assignment) - predictor.loss(a.assignment),
    )) {
      const [loss, metric] = [predictor.loss(assignment), predictor.metric(assignment)];
      assert.deepEqual([restored.loss(assignment), restored.metric(assignment)], [loss, metric]);
      assert.ok(loss <= better.loss && metric >= better.metric, 'a better loss, a metric that is no worse');
      better = { loss, metric };
    }
  });

  it('says nothing of its ranking where it knows too few, or all are alike', () => {
    assert.equal(Predictor.ranking(network, measured.slice(0, 20), 1).kendall, undefined);
    const alike = measured.map((one) => ({ ...one, loss: 1 }));
    assert.equal(Predictor.ranking(network, alike, 1).kendall, undefined);
  });
});
