/** Settings of training that would do nothing, or leave nothing of a sample, are refused where they stand. */
import assert from 'node:assert/strict';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';

const definition = (augment: string, training: string, task = 'classification', channels = 1): string => `udc: 1
name: a
task: ${task}
input: 12x10x${channels}
dataset: { format: npy, path: data, augment: { ${augment} } }
target: { npu: ethos-u55-128 }
training: { ${training} }
layers:
  - { name: a, op: conv, kernel: 3x3, filters: ${task === 'classification' ? 4 : 1} }
${task === 'classification' ? '  - { name: b, op: global-average-pool }\n  - { name: c, op: dense, units: 3 }' : ''}
`;

const errorsOf = (text: string): string[] =>
  parseDefinition(text).diagnostics.flatMap(({ severity, message, path }) =>
    severity === 'error' ? [`${path.join('.')}: ${message}`] : [],
  );

describe('levers of training', () => {
  const RIGHT = 'crop: 1, flip: true, brightness: 0.2, contrast: 0.1, timeShift: 11, timeMask: 11, frequencyMask: 9';
  it('are read, each with nothing as its default', () => {
    const text = definition(RIGHT, 'labelSmoothing: 0.1, mixup: 0.2, cutmix: 1, entropy: 0.05');
    assert.deepEqual(errorsOf(text), []);
    const { training, dataset } = parseDefinition(text).definition!;
    assert.deepEqual([training.labelSmoothing, training.mixup, training.cutmix, training.entropy], [0.1, 0.2, 1, 0.05]);
    assert.deepEqual(dataset!.augment, {
      crop: 1,
      flip: true,
      brightness: 0.2,
      contrast: 0.1,
      timeShift: 11,
      timeMask: 11,
      frequencyMask: 9,
    });
    const plain = parseDefinition(definition('flip: false', 'search: 1')).definition!;
    assert.deepEqual(plain.dataset!.augment, { crop: 0, flip: false });
    assert.deepEqual(
      [plain.training.labelSmoothing, plain.training.mixup, plain.training.cutmix, plain.training.entropy],
      [0, 0, 0, 0],
    );
  });

  for (const [augment, training, task, expected] of [
    ['timeShift: 12', '', 'classification', /augment\.timeShift: .*12 frames \(its height\); at most 11/],
    ['timeMask: 12', '', 'classification', /augment\.timeMask: .*at most 11/],
    ['frequencyMask: 10', '', 'classification', /augment\.frequencyMask: .*10 frequencies \(its width\); at most 9/],
    ['saturation: 0.1', '', 'classification', /augment\.saturation: .*1 channel has none/],
    ['crop: 1', 'mixup: 0.2', 'super-resolution', /training\.mixup: .*super-resolution.* has no classes/],
    ['crop: 1', 'cutmix: 1', 'super-resolution', /training\.cutmix/],
    ['crop: 1', 'labelSmoothing: 0.1', 'super-resolution', /training\.labelSmoothing/],
    ['brightness: 2', '', 'classification', /augment\.brightness: .*from 0 to 1/],
    ['timeMask: 1.5', '', 'classification', /augment\.timeMask/],
    ['crop: 1', 'labelSmoothing: 1', 'classification', /training\.labelSmoothing/],
    ['crop: 1', 'entropy: -1', 'classification', /training\.entropy/],
  ] as const)
    it(`refuses ${augment}, ${training} for ${task}`, () => {
      const errors = errorsOf(definition(augment, training, task));
      assert.equal(errors.length, 1, errors.join('\n'));
      assert.match(errors[0]!, expected);
    });
});
