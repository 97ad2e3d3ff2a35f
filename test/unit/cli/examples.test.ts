/** The shipped example definitions and the one in the documentation are right as they stand. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { macs, parameters } from '../../../src/network/operation-counts.ts';
import type { Operation } from '../../../src/network/types.ts';
import type { CheckReport } from '../../../src/costs/check/check-report.ts';
import { TASK_SPECS } from '../../../src/wire/tasks/task-table.ts';
import { udc } from './support.ts';
import { findTarget } from '../../../src/targets/find-target.ts';

const EXAMPLES = readdirSync('examples', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.udc.yaml'))
  .map((file) => join('examples', file));

function check(text: string): void {
  const { diagnostics, network } = parseDefinition(text);
  assert.deepEqual(diagnostics, []);
  assert.ok(findTarget(network!.definition.target.npu));
}

describe('example definitions', () => {
  it('there are some for every task', () => {
    const tasks = new Set(EXAMPLES.map((file) => parseDefinition(readFileSync(file, 'utf8')).definition?.task));
    assert.deepEqual([...tasks].sort(), Object.keys(TASK_SPECS).sort());
  });

  for (const file of EXAMPLES) it(file, () => check(readFileSync(file, 'utf8')));

  for (const file of EXAMPLES)
    it(`${file} is sized without its data, and its budget can be met`, async () => {
      const { code, out } = await udc('check', file, '--json', '--no-data');
      assert.equal(code, 0);
      const report = JSON.parse(out) as CheckReport;
      assert.equal(report.feasible, true);
    });

  /** Parameters as Keras counts them, with four numbers a channel for each batch normalisation of the reference. */
  for (const { file, published, normalised, work } of [
    { file: 'kws-dscnn/kws-dscnn', published: 24_908, normalised: 64 + 8 * 64, work: 2_656_768 },
    { file: 'resnet8/resnet8', published: 78_666, normalised: 3 * 16 + 2 * 32 + 2 * 64, work: 12_501_632 },
    { file: 'visual-wake-words/vww-mobilenet', published: 221_794, normalised: 2736, work: 7_489_664 },
    { file: 'anomaly-detection/anomaly-autoencoder', published: 269_992, normalised: 8 * 128 + 8, work: 264_192 },
  ])
    it(`${file} has the parameters and multiply-accumulates of MLPerf Tiny's network`, () => {
      const { network } = parseDefinition(readFileSync(join('examples', `${file}.udc.yaml`), 'utf8'));
      assert.equal(network!.decisions.length, 0);
      const { operations } = instantiate(network!, []);
      const sum = (of: (operation: Operation) => number): number => operations.reduce((all, one) => all + of(one), 0);
      assert.equal(sum(parameters) + 4 * normalised, published);
      assert.equal(sum(macs), work);
    });

  it('docs/model-definition.md', () => {
    const [, first] = /```yaml\n([\s\S]*?)```/.exec(readFileSync('docs/model-definition.md', 'utf8'))!;
    check(first!);
  });
});
