import assert from 'node:assert/strict';
import { networkNamed } from '../../../src/wire/result-networks.ts';
import type { RunResult } from '../../../src/wire/run.ts';
import { fixtureRun } from '../../fixtures/runs.ts';

describe('the networks of a result', () => {
  const { networks } = fixtureRun({ name: 'a' }).result!;
  const several: Pick<RunResult, 'networks'> = {
    networks: [
      { ...networks[0], name: 'wide' },
      { ...networks[0], name: '1' },
      { ...networks[0], name: 'deep' },
    ],
  };

  it('are found by name, else by number, and the first without either', () => {
    const found = [undefined, 'wide', 'deep', '1', '2', '3'].map((wanted) => networkNamed(several, wanted).name);
    assert.deepEqual(found, ['wide', 'wide', 'deep', '1', '1', 'deep']);
  });

  it('are named where there is none such', () => {
    for (const wanted of ['', '0', '4', '-1', '1.0', '1e0', 'Wide', '__proto__'])
      assert.throws(() => networkNamed(several, wanted), /no network '.*'; it has 1: wide, 2: 1, 3: deep$/, wanted);
  });
});
