import assert from 'node:assert/strict';
import { headlineOf, networkNamed } from '../../../src/wire/result-networks.ts';
import type { RunResult } from '../../../src/wire/run.ts';
import { fixtureOfEnsemble } from '../../fixtures/ensembles.ts';
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

describe('the headline of a result', () => {
  it('is of its first network, or of the ensemble where that has won', () => {
    const plain = fixtureRun().result!;
    const { integerMetric, totals } = plain.networks[0];
    const { measured, bytes, prefix } = headlineOf(plain);
    assert.deepEqual([measured.value, bytes, prefix], [integerMetric, totals.totalBytes, '']);
    const won = fixtureOfEnsemble('ensemble').result!;
    const ours = headlineOf(won);
    const { test, bytes: together } = won.ensemble!.ensemble;
    assert.deepEqual([ours.measured.value, ours.bytes, ours.prefix], [test, together, 'ensemble: ']);
    const lost = fixtureOfEnsemble('single').result!;
    assert.equal(headlineOf(lost).measured.value, lost.networks[0].integerMetric);
  });
});
