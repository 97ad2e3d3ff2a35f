/** Mean absolute error and R² of regression, in the units of the targets. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { taskNamed } from '../../../src/tasks/tasks.ts';

const value = fc.double({ min: -100, max: 100, noNaN: true });
const table = fc.array(fc.tuple(value, value, value, value), { minLength: 3, maxLength: 30 });

describe('regression', () => {
  it('reports what the definitions say of values as the files have them', () => {
    fc.assert(
      fc.property(
        table,
        fc.tuple(value, value),
        fc.tuple(fc.double({ min: 0.1, max: 9, noNaN: true }), fc.constant(2)),
        (rows, mean, std) => {
          // Two outputs: what is reached, and what was predicted, in the units of a file.
          const targets = rows.map(([a, b]) => [a, b]);
          const outputs = rows.map(([, , a, b]) => [a, b]);
          const scaled = (all: number[][]): Float32Array =>
            Float32Array.from(all.flatMap((row) => row.map((one, c) => (one - mean[c]!) / std[c]!)));
          const judged = taskNamed('regression').accumulator({
            labels: new Int32Array(0),
            targetScaling: { mean, std },
          });
          judged.add(scaled(outputs), scaled(targets), 2);
          const each = [0, 1].map((c) => {
            const [reached, said] = [targets.map((row) => row[c]!), outputs.map((row) => row[c]!)];
            const middle = reached.reduce((a, b) => a + b) / reached.length;
            const sum = (of: (i: number) => number): number => reached.reduce((total, _, i) => total + of(i), 0);
            const spread = sum((i) => (reached[i]! - middle) ** 2);
            return {
              error: sum((i) => Math.abs(reached[i]! - said[i]!)) / reached.length,
              r2: spread > 1 ? 1 - sum((i) => (reached[i]! - said[i]!) ** 2) / spread : undefined,
            };
          });
          const mae = (each[0]!.error + each[1]!.error) / 2;
          assert.ok(Math.abs(judged.metric - mae) < 1e-3 * (1 + mae), `${judged.metric} is not ${mae}`);
          if (each.some(({ r2 }) => r2 === undefined)) return;
          const r2 = (each[0]!.r2! + each[1]!.r2!) / 2;
          assert.ok(
            Math.abs(judged.measures!['r2']! - r2) < 1e-2 * (1 + Math.abs(r2)),
            `${judged.measures!['r2']} is not ${r2}`,
          );
        },
      ),
    );
  });

  it('has no R² where targets do not vary', () => {
    const judged = taskNamed('regression').accumulator();
    judged.add(Float32Array.of(1, 2), Float32Array.of(5, 5), 1);
    assert.deepEqual([judged.metric, judged.measures], [3.5, {}]);
  });

  it('explains nothing of the variance by the mean', () => {
    const { naive, accumulator } = taskNamed('regression');
    const judged = accumulator();
    const outputs = naive!(new Float32Array(12), { targetShape: { height: 1, width: 1, channels: 1 }, count: 4 });
    judged.add(outputs, Float32Array.of(-1, 1, -2, 2), 1);
    assert.deepEqual([judged.metric, judged.measures], [1.5, { r2: 0 }]);
  });
});
