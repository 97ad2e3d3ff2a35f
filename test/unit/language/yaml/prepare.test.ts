/** `prepare:` of a definition: what is read, what is refused and with which remedy, what completion offers. */
import assert from 'node:assert/strict';
import { completions } from '../../../../src/language/yaml/definition-completions.ts';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import { schemaAt } from '../../../../src/language/definition-schema.ts';
import { STEP_NAMES, STEP_SPECS } from '../../../../src/wire/preparation/step-table.ts';
import type { PrepareStep } from '../../../../src/wire/preparation/step-table.ts';

const text = (prepare: string, { input = '96x64x1', task = 'classification', dataset = '' } = {}): string =>
  `udc: 1
name: prepared
task: ${task}
input: ${input}
target: { npu: ethos-u55-128 }
${dataset}prepare: ${prepare}
layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 2 }
`;

const READ: readonly (readonly [string, readonly PrepareStep[]])[] = [
  ['[]', []],
  [
    '[{ resize: 96x64 }, { grey: true }]',
    [{ step: 'resize', height: 96, width: 64, fit: 'stretch', filter: 'bilinear' }, { step: 'grey' }],
  ],
  [
    '\n  - resize: { size: 128, fit: crop, filter: bicubic }\n  - crop: 96x64\n  - normalise: { mean: 3, std: [2.5] }',
    [
      { step: 'resize', height: 128, width: 128, fit: 'crop', filter: 'bicubic' },
      { step: 'crop', height: 96, width: 64 },
      { step: 'normalise', mean: [3], std: [2.5] },
    ],
  ],
  ['[{ normalise: symmetric }]', [{ step: 'normalise', by: 'symmetric' }]],
];

const REFUSED: readonly (readonly [string, RegExp, Parameters<typeof text>[1]?])[] = [
  ['[{ resize: big }]', /`resize`: `big` is not right; write a size such as `96x96`/],
  ['[{ resise: 96x96 }]', /no key `resise` here; did you mean `resize`\?/],
  ['[{ resize: { fit: crop } }]', /no `size`/],
  [
    '[{ resize: 96x64, fit: crop }]',
    /^There is no key `fit` here; it belongs into `resize`: `resize: \{ size: 96x64, fit: crop \}`$/,
  ],
  ['[{ resize: { size: 96x64 }, fit: pad }]', /it belongs into `resize`: `resize: \{ …, fit: pad \}`$/],
  ['[{ resize: 96x64, grey: true }]', /write one step/],
  ['[{ resize: 64x64 }]', /`prepare` makes samples of 64x64x1, `input` is 96x64x1: write `input: 64x64x1`/],
  ['[{ grey: true }]', /`prepare` makes samples of 96x64x1, `input` is 96x64x3/, { input: '96x64x3' }],
  ['[{ resize: 32x32 }, { crop: 96x64 }]', /`crop: 96x64` takes more than there is, 32x32; `resize`/],
  ['[{ normalise: standardised }, { grey: true }]', /`normalise` is the last step/],
  ['[{ normalise: { mean: [1, 2], std: [1] } }]', /`mean` and `std` are as many numbers/],
  ['[{ normalise: { mean: [1], std: [0] } }]', /`std` 0 is not above 0/],
  ['[{ normalise: { mean: [1, 2], std: [1, 2] } }, { normalise: unit-range }]', /`normalise` is the last step/],
  ['[{ resize: 96x64 }]', /`resize` would change the images of `task: super-resolution`/, { task: 'super-resolution' }],
  ['[{ normalise: symmetric }]', /judged on values from 0 to 1/, { task: 'super-resolution' }],
];

describe('prepare of a definition', () => {
  for (const [written, steps] of READ)
    it(`is read: ${JSON.stringify(written)}`, () => {
      const { definition, diagnostics } = parseDefinition(text(written));
      assert.deepEqual(
        diagnostics.filter(({ severity }) => severity === 'error'),
        [],
      );
      assert.deepEqual(definition?.prepare, steps);
    });

  for (const [written, said, settings] of REFUSED)
    it(`is refused with a remedy: ${written}`, () => {
      const { network, diagnostics } = parseDefinition(text(written, settings));
      assert.equal(network, undefined);
      assert.ok(
        diagnostics.some(({ severity, message }) => severity === 'error' && said.test(message)),
        JSON.stringify(diagnostics.map(({ message }) => message)),
      );
    });

  it('is absent where a definition has none', () => {
    const { definition } = parseDefinition(text('[]').replace('prepare: []\n', ''));
    assert.ok(definition && !('prepare' in definition));
  });

  it('has in the schema the steps of the table, each with a description and examples that it reads', () => {
    assert.deepEqual(Object.keys(schemaAt(['prepare', 0])?.properties ?? {}), STEP_NAMES);
    for (const name of STEP_NAMES) {
      const schema = schemaAt(['prepare', 0, name]);
      assert.ok((schema?.description ?? '').length > 0 && (schema?.['x-expected'] ?? '').length > 0);
      const { examples } = STEP_SPECS[name];
      const dataset = 'dataset: { format: npy, path: x, rate: 16000 }\n';
      if (schema?.examples) assert.deepEqual(schema.examples, examples);
      for (const example of examples) {
        const { diagnostics } = parseDefinition(text(`[{ ${name}: ${example} }]`, { input: '96x96x3', dataset }));
        const refused = diagnostics.filter(({ code }) => code === 'wrong-value' || code === 'unknown-key');
        assert.deepEqual(refused, [], example);
      }
    }
  });

  it('is completed: steps, then their values and keys', () => {
    const labels = (written: string): string[] => {
      const whole = text(written);
      return completions(whole.replace('@', ''), whole.indexOf('@')).map(({ label }) => label);
    };
    assert.deepEqual(labels('\n  - @'), STEP_NAMES);
    assert.deepEqual(labels('[{ resize: @ }]').slice(0, 1), ['96x96']);
    assert.deepEqual(labels('[{ resize: { size: 96x96, fit: @ } }]'), ['stretch', 'crop', 'pad']);
    assert.deepEqual(labels('[{ resize: { @ } }]'), ['size', 'fit', 'filter']);
    assert.deepEqual(labels('[{ normalise: @ }]').slice(0, 3), ['standardised', 'unit-range', 'symmetric']);
  });
});
