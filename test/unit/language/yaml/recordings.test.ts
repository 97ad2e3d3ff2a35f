/** What a definition says of recordings: what is read, what follows from it for the input, and what is refused. */
import assert from 'node:assert/strict';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import type { DatasetSpec } from '../../../../src/network/types.ts';

const text = (dataset: string, input: string, prepare = ''): string => `udc: 1
name: recorded
input: ${input}
target: { npu: ethos-u55-128 }
dataset: { path: data, ${dataset} }
${prepare}
layers:
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;

const READ: readonly (readonly [string, string, string, Partial<DatasetSpec>])[] = [
  [
    'format: audio',
    '49x10x1',
    'prepare: [{ mfcc: true }]',
    {
      rate: 16000,
      audio: { rate: 16000, samples: 16000, unknown: 0.1, silence: 0.1, noise: { share: 0.8, volume: 0.1 } },
    },
  ],
  [
    'format: audio, rate: 8000, length: 500 ms, classes: [yes, on, 1, silence], noise: { volume: 0 }, test: 0.3',
    '4000x1x1',
    '',
    {
      rate: 8000,
      audio: {
        rate: 8000,
        samples: 4000,
        classes: ['yes', 'on', '1', 'silence'],
        unknown: 0.1,
        silence: 0.1,
        noise: { share: 0.8, volume: 0 },
        test: 0.3,
      },
    },
  ],
  [
    'format: sensors, rate: 50, window: 2 s, columns: [ax, ay], missing: drop, decimal: ","',
    '70x1x2',
    'prepare: [{ highPass: 0.5 }, { features: true }]',
    {
      rate: 50,
      sensors: {
        rows: 'sample',
        window: 100,
        hop: 50,
        channels: ['ax', 'ay'],
        missing: 'drop',
        decimal: ',',
        test: 0.2,
      },
    },
  ],
];

const REFUSED: readonly (readonly [string, string, string, RegExp])[] = [
  [
    'format: audio',
    '49x10x1',
    '',
    /`dataset` has samples of 16000x1x1, `input` is 49x10x1: write `input: 16000x1x1`, or add .*mfcc/,
  ],
  ['format: audio', '98x10x1', 'prepare: [{ mfcc: true }]', /`prepare` makes samples of 49x10x1, `input` is 98x10x1/],
  [
    'format: audio, length: 20 ms',
    '1x10x1',
    'prepare: [{ mfcc: true }]',
    /windows of 480 samples \(30 ms\), samples have 320/,
  ],
  ['format: audio, rate: 16000.5', '1x1x1', '', /`rate`: write a whole number/],
  ['format: audio, length: 1', '1x1x1', '', /`length`: (without quotes it is a number|`1` is not right)/],
  ['format: audio, window: 3', '16000x1x1', '', /`window` is for format `sensors`; take it out/],
  ['format: idx, noise: {}', '28x28x1', '', /`noise` is for format `audio`/],
  ['format: idx, classes: [a, b]', '28x28x1', '', /`classes`: write how many/],
  ['format: audio, classes: [a, b, a]', '16000x1x1', '', /`a` stands there twice/],
  ['format: sensors', '128x1x3', '', /needs `window`/],
  ['format: sensors, window: 2 s', '128x1x3', '', /a time needs `rate`/],
  ['format: sensors, window: 128, columns: [x, y, z]', '128x1x6', '', /samples of 128x1x3, `input` is 128x1x6/],
  ['format: sensors, window: 128', '128x1x3', 'prepare: [{ lowPass: 3 }]', /write `rate`, in hertz, in `dataset`/],
];

describe('recordings of a definition', () => {
  for (const [dataset, input, prepare, wanted] of READ)
    it(`are read: ${dataset}`, () => {
      const { definition, diagnostics } = parseDefinition(text(dataset, input, prepare));
      assert.deepEqual(
        diagnostics.filter(({ severity }) => severity === 'error'),
        [],
      );
      const { rate, audio, sensors } = definition!.dataset!;
      assert.deepEqual({ rate, ...(audio && { audio }), ...(sensors && { sensors }) }, wanted);
    });

  for (const [dataset, input, prepare, said] of REFUSED)
    it(`are refused: ${dataset} ${prepare}`, () => {
      const { diagnostics } = parseDefinition(text(dataset, input, prepare));
      const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message);
      assert.ok(
        errors.some((message) => said.test(message)),
        JSON.stringify(errors),
      );
    });
});
