/** `ensemble:` of a definition: what is read, and what is refused where it stands. */
import assert from 'node:assert/strict';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';

const text = (ensemble: string, { target = ', weights: 8 KiB', head = 'input: 12x12x1', layers = '' } = {}): string =>
  `udc: 1
name: small
${head}
target: { npu: ethos-u55-128${target} }
ensemble: ${ensemble}
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8 }
${layers}  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;

const refused = (source: string, message: RegExp, line: number): void => {
  const [first, ...others] = parseDefinition(source).diagnostics.filter(({ severity }) => severity === 'error');
  assert.match(first?.message ?? 'nothing', message);
  assert.equal(first!.line, line);
  assert.deepEqual(others, []);
};

describe('an ensemble in a definition', () => {
  it('has members and a rule, and may limit the mean', () => {
    const { definition } = parseDefinition(text('{ members: 2 }'));
    assert.deepEqual(definition!.ensemble, { members: 2, rule: 'margin' });
    const more = parseDefinition(text('{ members: 3, rule: per-class, cycles: 40 k, latency: 2 ms }')).definition!;
    assert.deepEqual(more.ensemble, { members: 3, rule: 'per-class', cycles: 40_000, latency: 0.002 });
    assert.equal(parseDefinition(text('{ members: 2 }').replace(/ensemble.*\n/, '')).definition!.ensemble, undefined);
  });

  it('may state the joint limits that `target` would', () => {
    const { definition } = parseDefinition(text('{ members: 2, weights: 6 KiB, activations: 2 KiB }', { target: '' }));
    assert.deepEqual(definition!.target, { npu: 'ethos-u55-128', weights: 6144, activations: 2048 });
  });

  it('is told what is wrong, at its place', () => {
    refused(text('{ members: 4 }'), /members.*`2` or `3`/, 5);
    refused(text('{ rule: margin }'), /members/, 5);
    refused(text('{ members: 2, rule: vote }'), /`margin`, `entropy` or `per-class`/, 5);
    refused(text('{ members: 2, weights: 6 KiB }'), /`weights` is stated here and in `target:`/, 5);
    const both = ', activations: 6 KiB';
    refused(text(`{ members: 2${both} }`, { target: both }), /both are the limit of each member/, 5);
  });

  it('is of classifiers with one input and no exits of their own', () => {
    const head = 'task: regression\ninput: 12x12x1';
    refused(text('{ members: 2 }', { head }), /only classifiers .* the task is regression/, 6);
    const sizes = `input: 12x12x1 | 16x16x1\nprepare: [{ resize: input }]\ndataset: { format: generated, generator: shapes, samples: 120 }`;
    refused(text('{ members: 2 }', { head: sizes }), /`input` is a choice: write one size/, 7);
    const layers = '  - { name: early, op: exit, units: 4 }\n  - { name: body, op: conv, kernel: 3x3, filters: 4 }\n';
    refused(text('{ members: 2 }', { layers }), /`early` is an early exit/, 5);
  });
});
