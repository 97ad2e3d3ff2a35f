/** `input:` as a choice: what is read, what is refused and with which remedy, how it is written back. */
import assert from 'node:assert/strict';
import { applyEdits } from '../../../../src/language/edit-plan.ts';
import { completions } from '../../../../src/language/yaml/definition-completions.ts';
import { planEdits, planWiden } from '../../../../src/language/yaml/editing/plan-edits.ts';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';

const PREPARE = 'prepare: [{ resize: input }]\n';
const FOLDER = 'dataset: { format: folder, path: images }\n';
const text = (input: string, { task = 'classification', dataset = FOLDER, prepare = PREPARE } = {}): string =>
  `udc: 1
name: sizes # of images
task: ${task}
input: ${input} # height x width
target: { npu: ethos-u55-128 }
${dataset}${prepare}layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8 | 16 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 2 }
`;

const problems = (written: string): string[] =>
  parseDefinition(written)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ code, message, line }) => `${line} ${code}: ${message}`);

const REFUSED: readonly (readonly [string, RegExp, Parameters<typeof text>[1]?])[] = [
  [
    '96x96x3 | 96x96x1',
    /^4 input-channels: .*96x96x3 and 96x96x1 differ in their channels; write for example `96x96x3`/,
  ],
  ['96x96x3 | 96x96x3', /^4 duplicate-option: `input` lists `96x96x3` twice/],
  ['96x96x3 | ', /^4 empty-option/],
  ['96x96x3 | big', /^4 wrong-value: `input`: `big` is not right; write height x width x channels/],
  ['96x96 | 128x128', /^4 wrong-value: `input`: `96x96` is not right/],
  ['0x96x3', /^4 wrong-value: `input`: `0x96x3` is not right; write height x width x channels/],
  ['[96x96x3, 128x128x3]', /^4 wrong-value: `input`: a list is not right; write height x width x channels/],
  ['', /^4 wrong-value: `input`: there is no value/],
  [
    '48x48x3 | 96x96x3',
    /^4 input-choice-of-task: `input` cannot be a choice with `task: super-resolution`/,
    { task: 'super-resolution', dataset: '', prepare: '' },
  ],
  [
    '32x32x1 | 64x64x1',
    /^4 input-choice-of-task: `input` cannot be a choice with `task: reconstruction`/,
    { task: 'reconstruction', dataset: '', prepare: '' },
  ],
  [
    '49x10x1 | 98x10x1',
    /input-choice-of-data: .*`format: audio` has sounds/,
    { dataset: 'dataset: { format: audio, path: words }\n', prepare: 'prepare: [{ mfcc: true }]\n' },
  ],
  [
    '128x1x3 | 64x1x3',
    /input-choice-of-data: .*`format: sensors` has windows of sensor values/,
    { dataset: 'dataset: { format: sensors, path: data, window: 128 }\n', prepare: '' },
  ],
  [
    '32x16x1 | 16x16x1',
    /input-choice-of-data: .*`generator: tones` makes spectrograms/,
    { dataset: 'dataset: { format: generated, generator: tones, samples: 100 }\n' },
  ],
  [
    '96x96x3 | 128x128x3',
    /^4 input-choice-prepared: `input` is a choice, and nothing says how images come to each size: add `prepare: \[\{ resize: input \}\]`/,
    { prepare: '' },
  ],
  [
    '96x96x3 | 128x128x3',
    /^7 input-choice-prepared: `input` is a choice, and `resize` brings all images to one size: write `resize: input`/,
    { prepare: 'prepare: [{ resize: 128x128 }]\n' },
  ],
  [
    '96x128x3 | 128x96x3',
    /^7 input-choice-mixed: `crop: input` .*96x128x3.*`resize: input`/,
    { prepare: 'prepare: [{ resize: 160x160 }, { crop: input }]\n' },
  ],
];

describe('input as a choice', () => {
  it('is read in any order, and one option is no choice', () => {
    const { definition, network } = parseDefinition(text('96x96x3 | 160x160x3|128x128x3'));
    assert.deepEqual(definition!.input, { height: 160, width: 160, channels: 3 });
    assert.deepEqual(definition!.inputs!.texts, ['96x96x3', '160x160x3', '128x128x3']);
    assert.deepEqual(network!.decisions[0]!.labels, ['96x96x3', '160x160x3', '128x128x3']);
    const one = parseDefinition(text('96x64x3'));
    assert.equal(one.definition!.inputs, undefined);
    assert.equal(one.network!.resolution, undefined);
    assert.deepEqual(one.definition!.prepare, [
      { step: 'resize', height: 96, width: 64, fit: 'stretch', filter: 'bilinear' },
    ]);
  });

  it('needs no preparation where no data are named', () => {
    assert.deepEqual(problems(text('96x96x3 | 128x128x3', { dataset: '', prepare: '' })), []);
  });

  for (const [input, message, options] of REFUSED)
    it(`is refused: ${input} ${JSON.stringify(options ?? {})}`, () => {
      const found = problems(text(input, options));
      assert.ok(
        found.some((one) => message.test(one)),
        found.join('\n') || 'nothing',
      );
    });

  it('has fixes for a preparation that is missing or of one size', () => {
    for (const [prepare, fixed] of [
      ['', 'prepare: [{ resize: input }]'],
      ['prepare: [{ resize: 128x128 }, { normalise: symmetric }]\n', '{ resize: input }, { normalise'],
    ] as const) {
      const before = text('96x96x3 | 128x128x3', { prepare });
      const [fix] = parseDefinition(before).diagnostics[0]!.fixes!;
      const after = before.slice(0, fix!.range.start) + fix!.text + before.slice(fix!.range.end);
      assert.ok(after.includes(fixed), after);
      assert.deepEqual(problems(after), []);
    }
  });

  it('is written back as one value, comments and preparation as they were', () => {
    const before = text('"96x96x3 | 128x128x3 | 160x160x3"');
    const { network } = parseDefinition(before);
    const plan = planEdits(before, network!, [1, 1]);
    if ('refused' in plan) assert.fail(plan.refused);
    const after = applyEdits(before, plan.edits);
    assert.equal(after, text('"128x128x3"').replace('8 | 16', '16'));
    const again = planEdits(after, network!, [1, 1]);
    assert.ok('edits' in again && again.edits.length === 0, 'it is decided');
    const other = planEdits(after, network!, [0, 1]);
    assert.ok('refused' in other);
    assert.match(
      other.refused,
      /`input` has changed since it was searched: .* became 96x96x3, which it does not offer/,
    );
    const part = planEdits(before, network!, [1, 1], { layers: [0] });
    assert.ok('edits' in part);
    assert.equal(applyEdits(before, part.edits), before.replace('8 | 16', '16'), 'a layer alone leaves the input open');
  });

  it('can be made a choice, and completion offers one', () => {
    const before = text('96x96x3');
    const plan = planWiden(before, ['input'], ['96x96x3', '128x128x3']);
    if ('refused' in plan) assert.fail(plan.refused);
    assert.equal(applyEdits(before, plan.edits), text('96x96x3 | 128x128x3'));
    const refused = planWiden(text('96x96x3', { prepare: '' }), ['input'], ['96x96x3', '128x128x3']);
    assert.match('refused' in refused ? refused.refused : '', /prepare: \[\{ resize: input \}\]/);
    const at = (written: string): string[] => completions(written, written.indexOf('@')).map(({ label }) => label);
    const offered = completions(text('').replace('input: ', 'input: '), text('').indexOf('input: ') + 7);
    assert.ok(offered.some(({ label }) => label === '96x96x3 | 128x128x3 | 160x160x3'));
    assert.ok(Array.isArray(at('udc: 1\ninput: @\n')));
    const steps = text('96x96x3', { prepare: 'prepare: [{ resize: }]\n' });
    const sizes = completions(steps, steps.indexOf('resize: }') + 8).map(({ label }) => label);
    assert.ok(sizes.includes('input'), sizes.join());
  });
});
