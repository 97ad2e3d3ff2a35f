/** Messages of the page of measurements: what passes, and what does not. */
import assert from 'node:assert/strict';
import { measureHostMessage, measurePageMessage, readMeasureState } from '../../../src/wire/measure-messages.ts';
import { listedRuntimes } from '../../../src/wire/measurements.ts';
import { measuredShown } from '../../fixtures/measurements.ts';

const copied = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('messages of the page of measurements', () => {
  it('pass unchanged through JSON', () => {
    const message = measuredShown();
    assert.deepEqual(measureHostMessage(copied(message)), message);
    for (const said of [
      { type: 'measureReady' },
      { type: 'measureSave', format: 'csv' },
      { type: 'measureAgain' },
      { type: 'measureError', message: 'a', stack: 'b' },
    ])
      assert.deepEqual(measurePageMessage(copied(said)), said);
  });

  it('are refused where they are of another kind, or a cell has no mark', () => {
    assert.throws(() => measurePageMessage({ type: 'measureSave', format: 'exe' }), /html, csv/);
    assert.throws(() => measurePageMessage({ type: 'measured' }));
    const message = copied(measuredShown()) as { report: { networks: { cells: { mark?: string }[] }[] } };
    delete message.report.networks[2]!.cells[3]!.mark;
    assert.throws(() => measureHostMessage(message), /report\.networks\[2\]\.cells\[3\]\.mark/);
  });

  it('are kept as a state, and nothing of an older version', () => {
    assert.deepEqual(readMeasureState({ id: 'a', device: 2, oneScale: true }), { id: 'a', device: 2, oneScale: true });
    assert.deepEqual(readMeasureState({ id: 'a', oneScale: false }), { id: 'a', oneScale: false });
    for (const other of [undefined, {}, { id: 'a' }, { id: 'a', device: -1, oneScale: true }])
      assert.equal(readMeasureState(other), undefined);
  });

  it('runtimes that are listed have a mark and devices', () => {
    const devices = [{ id: 'host', title: 'this computer', usual: true }];
    const one = { runtime: 'c', title: 'C', mark: 'measured', reason: 'no compiler', devices };
    assert.deepEqual(listedRuntimes([one]), [one]);
    assert.throws(() => listedRuntimes([{ ...one, devices: ['host'] }]));
  });
});
