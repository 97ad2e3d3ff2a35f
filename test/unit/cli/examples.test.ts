/** The shipped example definitions and the one in the documentation are right as they stand. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
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
    assert.deepEqual([...tasks].sort(), ['classification', 'super-resolution']);
  });

  for (const file of EXAMPLES) it(file, () => check(readFileSync(file, 'utf8')));

  it('docs/model-definition.md', () => {
    const [, first] = /```yaml\n([\s\S]*?)```/.exec(readFileSync('docs/model-definition.md', 'utf8'))!;
    check(first!);
  });
});
