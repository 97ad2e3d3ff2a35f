/** Whether a definition is the architecture that a run chose. */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import type { LayerSpec } from '../../../src/network/types.ts';
import type { RunHeader, RunResult } from '../../../src/wire/run.ts';
import { runResult } from '../../../src/wire/run-schema.ts';
import { mainNetwork } from '../../fixtures/run-parts.ts';

const COPY = 'copied-run';

function onlyRun(folder: string): string {
  const runs = join(folder, '.udc/runs');
  const ids = readdirSync(runs).filter((name) => !name.startsWith('.') && name !== COPY);
  assert.equal(ids.length, 1, `runs: ${ids.join(', ')}`);
  return join(runs, ids[0]!);
}

/** Puts a copy of the only run beside it, as if it had had another seed and come to another accuracy. */
export function copyRun(
  folder: string,
  { seed, integerMetric }: { readonly seed: number; readonly integerMetric: number },
): void {
  const copy = join(folder, '.udc/runs', COPY);
  const change = <T extends object>(name: string, changed: (written: T) => T): void => {
    const file = join(copy, name);
    // Without a checksum, as older versions wrote it: that of the other run would say that this one is damaged.
    const written = JSON.parse(readFileSync(file, 'utf8')) as T & { sha256?: string };
    delete written.sha256;
    writeFileSync(file, JSON.stringify(changed(written)));
  };
  cpSync(onlyRun(folder), copy, { recursive: true });
  change<RunResult>('result.json', (result) => {
    const [first, ...others] = result.networks;
    return { ...result, seed, networks: [{ ...first, integerMetric }, ...others] };
  });
  change<RunHeader>('run.json', (header) => ({ ...header, seed }));
}

export function removeCopy(folder: string): void {
  rmSync(join(folder, '.udc/runs', COPY), { recursive: true });
}

/** The result of the only run of a workspace. */
export const onlyResult = (folder: string): RunResult =>
  runResult(JSON.parse(readFileSync(join(onlyRun(folder), 'result.json'), 'utf8')));

/**
 * The lines of a text without the values that a choice can stand for: what applying an architecture must leave alone.
 */
const untouched = (text: string): string[] =>
  text.split('\n').map((line) => line.split(/\s{2,}#/)[1] ?? (line.includes('|') || line.includes('- {') ? '' : line));

/** Throws unless `after` is `before` with the decisions of `result` in it, and nothing else changed. */
export function assertApplied(before: string, after: string, result: RunResult): void {
  const parsed = parseDefinition(after);
  assert.deepEqual(
    parsed.diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  assert.ok(parsed.definition && parsed.network);
  assert.deepEqual(
    parsed.network.decisions.map(({ id }) => id),
    [],
    'choices are left',
  );
  for (const layer of mainNetwork(result).layers) {
    const spec: LayerSpec | undefined = parsed.definition.layers.find(({ name }) => name === layer.name);
    assert.ok(spec, `no layer ${layer.name}`);
    assert.equal(spec.op.options[0], layer.op);
    if (layer.parameters === 0) continue;
    assert.equal(spec.bits.options[0], layer.bits, `${layer.name}: bits`);
    assert.equal(spec.sparsity.options[0], layer.sparsity, `${layer.name}: sparsity`);
    assert.equal(spec.filters?.options[0], layer.output[2], `${layer.name}: filters`);
  }
  const lines = untouched(after);
  untouched(before).forEach((line, index) => {
    if (line !== '') assert.equal(lines[index], line);
  });
}
