/** What is said of a run with an ensemble, on every surface. */
import assert from 'node:assert/strict';
import { ensembleSentences } from '../../../src/wire/ensemble-sentences.ts';
import { runResult } from '../../../src/wire/run-schema.ts';
import { fixtureOfEnsemble } from '../../fixtures/ensembles.ts';
import { fixtureRun } from '../../fixtures/runs.ts';

describe('a run with an ensemble, in sentences', () => {
  it('says who wins, with the numbers of both on both parts, and what is certified', () => {
    for (const winner of ['ensemble', 'single'] as const) {
      const { result } = fixtureOfEnsemble(winner);
      runResult(JSON.parse(JSON.stringify(result)));
      const [who, test, costs, certificate] = ensembleSentences(result) as [string, string, string, string];
      assert.match(
        who,
        winner === 'ensemble' ? /^The ensemble was chosen: .* member 1, member 2/ : /^The single network was chosen/,
      );
      assert.match(test, /the ensemble .* ± .*, the single network .* ± /);
      assert.match(costs, /6,048 B of weights together .* where all run/);
      assert.match(certificate, /weights 6,048 B of 6,144 B/);
      assert.ok(certificate.includes(result!.ensemble!.certificate.encodedSha256));
    }
  });

  it('says nothing where there is none', () => {
    assert.deepEqual(ensembleSentences(fixtureRun().result), []);
    assert.deepEqual(ensembleSentences(undefined), []);
  });
});
