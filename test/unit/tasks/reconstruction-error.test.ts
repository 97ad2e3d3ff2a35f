/** Scores of autoencoders: of samples, of recordings, and on a test part without labels. */
import assert from 'node:assert/strict';
import { taskNamed } from '../../../src/tasks/tasks.ts';

const LABELS = { none: new Int32Array(0), two: Int32Array.of(0, 0, 1, 1) };
/** Squared errors of four samples of one value each. */
const outputs = Float32Array.of(1, 3, 2, 4);
const targets = new Float32Array(4);

describe('reconstruction', () => {
  it('reports the mean squared error where nothing is known of the samples, and has nothing to add', () => {
    for (const labels of [LABELS.none, Int32Array.of(0, 0, 0, 0), Int32Array.of(1, 1, 1, 1)]) {
      const judged = taskNamed('reconstruction').accumulator({ labels });
      judged.add(outputs, targets, 1);
      assert.deepEqual([judged.metric, judged.measures], [7.5, {}]);
    }
  });

  it('reports how well errors tell anomalous samples', () => {
    const judged = taskNamed('reconstruction').accumulator({ labels: LABELS.two });
    judged.add(outputs.subarray(0, 1), targets.subarray(0, 1), 1);
    judged.add(outputs.subarray(1), targets.subarray(1), 1);
    assert.equal(judged.metric, 0.75);
    assert.deepEqual([judged.measures!['error-normal'], judged.measures!['error-anomalous']], [5, 10]);
  });

  it('scores a recording by the mean over its windows', () => {
    // Recording 7 has errors 1 and 4, recording 9 has 9 and 16: told without fault.
    const judged = taskNamed('reconstruction').accumulator({
      labels: Int32Array.of(0, 1, 0, 1),
      groups: Int32Array.of(7, 9, 7, 9),
    });
    judged.add(outputs, targets, 1);
    assert.equal(judged.metric, 1);
  });
});
