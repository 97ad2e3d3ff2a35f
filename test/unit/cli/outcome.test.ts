/** What a finished search says of its networks and of those that it is compared with. */
import assert from 'node:assert/strict';
import { outcomeText } from '../../../src/cli/outcome.ts';
import { RunFolder } from '../../../src/runs/folder/run-folder.ts';
import type { Confirmation } from '../../../src/wire/compiler-answer.ts';
import type { RunResult } from '../../../src/wire/run.ts';
import type { RunEvent } from '../../../src/wire/run.ts';
import { HOSTILE } from '../../fixtures/hostile.ts';
import { withNetwork } from '../../fixtures/run-parts.ts';
import { fixtureOfSeveral, fixtureRun } from '../../fixtures/runs.ts';
import { classDetails, withTestPart } from '../../fixtures/test-parts.ts';
import { without } from '../../fixtures/without.ts';
import { request } from '../runs/request.ts';

function said(result: RunResult, events: readonly RunEvent[] = []): readonly string[] {
  const asked = without(request({ epochs: 1, stepMs: 0 }), 'name');
  const header = { ...asked, format: 2, id: 'a', created: '2025-03-01T12:00:00.000Z' } as const;
  return outcomeText(new RunFolder('/runs/a'), header, result, events).split('\n');
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

  it("names the SRAM of the compiler's command, and what an installed compiler said", () => {
    const plain = fixtureRun().result!;
    const lines = said(plain);
    assert.match(
      lines.find((line) => line.startsWith('sram'))!,
      /^sram {8}with that command at most /,
    );
    assert.ok(!lines.some((line) => line.startsWith('compiler')));
    const lineOf = (confirmation: Confirmation): string | undefined =>
      said(withNetwork(plain, { confirmation })).find((line) => line.startsWith('compiler'));
    const numbers = { storedBytes: 3_888, promisedBytes: 3_900, sramBytes: 62_464, cycles: 41_000 };
    const told = { version: '5.2.0', accelerator: 'ethos-u55-128', arguments: [], contradictions: [] };
    assert.equal(
      lineOf({ confirmed: true, ...told, ...numbers }),
      'compiler    Vela 5.2.0: 3,888 bytes, 41 k cycles, 61 KiB SRAM',
    );
    assert.equal(
      lineOf({ confirmed: false, reason: 'it was\nstopped' }),
      'compiler    not confirmed by Vela: it was stopped',
    );
  });

  it('says beside the accuracy how sure it is, and which class is weakest', () => {
    const { result, events } = withTestPart(fixtureRun());
    const lines = said(result!, events);
    const at = lines.findIndex((line) => line.startsWith('accuracy'));
    assert.match(
      lines[at]!,
      /^accuracy {4}85\.1 ± 1\.5 % on the test part by integer arithmetic \([\d.]+ ± 1\.\d % in float\)/,
    );
    assert.equal(lines[at + 1], '            weakest class: shirt, 23 % recall of 57 samples');
    assert.ok(!lines.some((line) => line.startsWith('note')));
  });

  it('warns of a small test part, and takes names of classes for text', () => {
    const plain = withTestPart(fixtureRun(), classDetails(HOSTILE.length, 4), []);
    const count = said(plain.result!, plain.events).length;
    const { result, events } = withTestPart(fixtureRun(), classDetails(HOSTILE.length, 4), HOSTILE);
    const lines = said(result!, events);
    assert.equal(lines.length, count);
    assert.ok(lines.some((line) => /^note {8}The test part has fewer than 10 samples of /.test(line)));
    for (const line of lines) assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u202e]/);
  });

  it('compares nothing where there is one network', () => {
    const lines = said({ ...fixtureRun().result!, baselines: [] });
    assert.ok(!lines.some((line) => line.startsWith('Each within')));
  });
});
