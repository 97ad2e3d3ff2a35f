/** What a finished search says of its networks and of those that it is compared with. */
import assert from 'node:assert/strict';
import { outcomeText } from '../../../src/cli/outcome.ts';
import { RunFolder } from '../../../src/runs/folder/run-folder.ts';
import type { RunResult } from '../../../src/wire/run.ts';
import { fixtureOfSeveral, fixtureRun } from '../../fixtures/runs.ts';
import { without } from '../../fixtures/without.ts';
import { request } from '../runs/request.ts';

function said(result: RunResult): readonly string[] {
  const asked = without(request({ epochs: 1, stepMs: 0 }), 'name');
  const header = { ...asked, format: 2, id: 'a', created: '2025-03-01T12:00:00.000Z' } as const;
  return outcomeText(new RunFolder('/runs/a'), header, result).split('\n');
}

/** Names and strategies of the comparison's rows. */
const rowsOf = (lines: readonly string[]): readonly (readonly string[])[] => {
  const from = lines.findIndex((line) => line.startsWith('Each within the same limits')) + 3;
  return lines.slice(from, lines.indexOf('', from)).map((line) => line.split(/ {2,}/).slice(0, 2));
};

describe('the outcome of a search', () => {
  it('of several networks lists each by its own name, and says which one is shown', () => {
    const result = { ...fixtureOfSeveral(3).result!, baselines: [] };
    const lines = said(result);
    assert.deepEqual(
      rowsOf(lines),
      result.networks.map(({ name }) => [name, 'Draws']),
    );
    assert.match(lines.join('\n'), /the first has the least loss on the validation part, and is the one above/);
  });

  it('names the strategy of each network that it is compared with', () => {
    const result = fixtureRun().result!;
    const lines = said(result);
    assert.deepEqual(rowsOf(lines), [
      [result.networks[0].name, 'UDC'],
      ...result.baselines.map(({ name, details }) => [name, details]),
    ]);
    assert.doesNotMatch(lines.join('\n'), /the first has/);
  });

  it('compares nothing where there is one network', () => {
    const lines = said({ ...fixtureRun().result!, baselines: [] });
    assert.ok(!lines.some((line) => line.startsWith('Each within')));
  });
});
