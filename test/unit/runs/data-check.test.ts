import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { placed, dataQuestion } from '../../../src/editor/language/problems/data-problems.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { lookAtData } from '../../../src/runs/data-check.ts';
import { inFolder } from '../../scratch.ts';
import { npy } from '../data/fixtures.ts';

const CLASSIFIER = `udc: 1
name: small
task: classification
input: 8x6x1
dataset: { format: npy, path: data }
target: { npu: ethos-u55-128 }
layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 4 | 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 3 }
`;

const UPSCALER = `udc: 1
name: larger
task: super-resolution
input: 4x4x1
dataset: { format: npy, path: data }
target: { npu: ethos-u55-128 }
layers:
  - { name: body, op: conv, kernel: 3x3, filters: 4 }
  - { name: up, op: upsample, factor: 2 }
`;

/** A folder's four arrays: samples of a shape, with labels or target images. */
async function write(
  folder: string,
  shape: readonly number[],
  count: number,
  labels: readonly number[] | undefined,
  targets?: readonly number[],
  test: { readonly shape?: readonly number[]; readonly labels?: readonly number[] } = {},
): Promise<void> {
  const size = (one: readonly number[]): number => one.reduce((product, n) => product * n, count);
  for (const [part, own] of [
    ['train', {}],
    ['test', test],
  ] as const) {
    shape = own.shape ?? shape;
    labels = own.labels ?? labels;
    await writeFile(join(folder, `x_${part}.npy`), npy('|u1', [count, ...shape], new Uint8Array(size(shape))));
    const y = targets
      ? npy('|u1', [count, ...targets], new Uint8Array(size(targets)))
      : npy(
          '|u1',
          [count],
          Uint8Array.from({ length: count }, (_, i) => labels![i % labels!.length]!),
        );
    await writeFile(join(folder, `y_${part}.npy`), y);
  }
}

describe('data are looked at before a search', () => {
  const cases: readonly {
    readonly name: string;
    readonly text: string;
    readonly shape: readonly number[];
    readonly count?: number;
    readonly labels?: readonly number[];
    readonly targets?: readonly number[];
    /** What the test part has otherwise. */
    readonly test?: { readonly shape?: readonly number[]; readonly labels?: readonly number[] };
    /** `labels.txt` */
    readonly classNames?: string;
    readonly at?: string;
    readonly says?: RegExp;
    readonly severity?: 'warning';
  }[] = [
    { name: 'what fits', text: CLASSIFIER, shape: [8, 6, 1], labels: [0, 1, 2] },
    {
      name: 'another shape',
      text: CLASSIFIER,
      shape: [9, 6, 1],
      labels: [0, 1, 2],
      at: '8x6x1',
      says: /x_train\.npy: samples are 9x6x1; the definition's input is 8x6x1: write `input: 9x6x1`/,
    },
    {
      name: 'more classes than logits',
      text: CLASSIFIER,
      shape: [8, 6, 1],
      labels: [0, 1, 2, 3],
      at: '3 }',
      says: /^the data set has 4 classes, the last layer `logits` has 3 outputs: give it `units: 4`/,
    },
    {
      name: 'fewer classes than logits',
      text: CLASSIFIER.replace('units: 3', 'units: 10'),
      shape: [8, 6, 1],
      labels: [0, 1, 2],
      at: '10 }',
      says: /^the last layer `logits` has 10 outputs, the data set has 3 classes: the last 7 would never be right; give it `units: 3`; where that is meant, write `classes: 10` in `dataset`$/,
      severity: 'warning',
    },
    {
      name: 'fewer classes than logits, which is said to be meant',
      text: CLASSIFIER.replace('path: data', 'path: data, classes: 10').replace('units: 3', 'units: 10'),
      shape: [8, 6, 1],
      labels: [0, 1, 2],
    },
    {
      name: 'labels from 1',
      text: CLASSIFIER,
      shape: [8, 6, 1],
      labels: [1, 2, 3],
      at: 'data }',
      says: /begin at 1.*subtract 1/,
    },
    {
      name: 'another number of classes than is said',
      text: CLASSIFIER.replace('path: data', 'path: data, classes: 2').replace('units: 3', 'units: 2'),
      shape: [8, 6, 1],
      labels: [0, 1, 2],
      at: 'data, classes',
      says: /label 2 is out of range/,
    },
    {
      name: 'one sample',
      text: CLASSIFIER,
      shape: [8, 6, 1],
      count: 1,
      labels: [0],
      at: '{ format',
      says: /1 training samples; at least 2/,
    },
    {
      name: 'a limit of one sample',
      text: CLASSIFIER.replace('path: data', 'path: data, limit: 1'),
      shape: [8, 6, 1],
      labels: [0, 1, 2],
      at: '1 }\ntarget',
      says: /1 training samples; at least 2/,
    },
    {
      name: 'a missing folder',
      text: CLASSIFIER.replace('path: data', 'path: dat'),
      shape: [8, 6, 1],
      labels: [0, 1],
      at: 'dat }',
      says: /no such folder/,
    },
    {
      name: 'a test part of another shape',
      text: CLASSIFIER,
      shape: [8, 6, 1],
      labels: [0, 1, 2],
      test: { shape: [7, 6, 1] },
      at: 'data }',
      says: /x_test\.npy: samples are 7x6x1, those of .*x_train\.npy 8x6x1: bring both/,
    },
    {
      name: 'classes that are only tested on, beyond the outputs',
      text: CLASSIFIER,
      shape: [8, 6, 1],
      labels: [0, 1, 2],
      test: { labels: [0, 1, 2, 3, 4, 5, 6] },
      at: 'data }',
      says: /x_test\.npy: its labels go up to 6, those of .* to 2/,
    },
    {
      name: 'a class that is only tested on',
      text: CLASSIFIER,
      shape: [8, 6, 1],
      labels: [0, 1],
      test: { labels: [0, 1, 2] },
      at: 'data }',
      says: /no training sample is of class 2 \(of 0 to 2\)/,
      severity: 'warning',
    },
    {
      name: 'a class that is not tested',
      text: CLASSIFIER,
      shape: [8, 6, 1],
      labels: [0, 1, 2],
      test: { labels: [0, 2] },
      at: 'data }',
      says: /^no sample of the test part is of class 1 \(of 0 to 2\): the accuracy would say nothing about it/,
      severity: 'warning',
    },
    {
      name: 'classes that are not tested, by their names',
      text: CLASSIFIER,
      shape: [8, 6, 1],
      labels: [0, 1, 2],
      test: { labels: [1] },
      classNames: 'yes\nno\nup\n',
      at: 'data }',
      says: /is of class `yes`, `up` \(of 3 classes\): the accuracy would say nothing about them/,
      severity: 'warning',
    },
    {
      name: 'a gap between the classes',
      text: CLASSIFIER,
      shape: [8, 6, 1],
      labels: [0, 2],
      at: 'data }',
      says: /no training sample is of class 1 \(of 0 to 2\)/,
      severity: 'warning',
    },
    {
      name: 'classes that `limit` leaves out',
      text: CLASSIFIER.replace('path: data', 'path: data, limit: 2'),
      shape: [8, 6, 1],
      labels: [0, 1, 2],
      at: '{ format',
      says: /left out by `limit`/,
      severity: 'warning',
    },
    {
      name: 'names for other classes than there are',
      text: CLASSIFIER,
      shape: [8, 6, 1],
      labels: [0, 1, 2],
      classNames: 'yes\nno\n',
      at: 'data }',
      says: /labels\.txt: 2 names for the 3 classes/,
    },
    { name: "targets of the network's size", text: UPSCALER, shape: [4, 4, 1], targets: [8, 8, 1] },
    {
      name: 'targets of another size',
      text: UPSCALER,
      shape: [4, 4, 1],
      targets: [12, 12, 1],
      at: '{ name: up',
      says: /are 12x12x1, the last layer `up` makes 8x8x1/,
    },
    {
      name: 'images where labels belong',
      text: UPSCALER.replace('format: npy, path: data', 'format: generated, generator: shapes, samples: 12').replace(
        '4x4x1',
        '16x16x1',
      ),
      shape: [4, 4, 1],
      targets: [8, 8, 1],
      at: 'super-resolution',
      says: /class labels, no target images/,
    },
  ];
  for (const {
    name,
    text,
    shape,
    count = 12,
    labels,
    targets,
    test,
    classNames,
    at,
    says,
    severity = 'error',
  } of cases) {
    it(`${name}: ${at === undefined ? 'nothing is said' : 'said at the value'}`, () =>
      inFolder(async (folder) => {
        await mkdir(join(folder, 'data'));
        await write(join(folder, 'data'), shape, count, labels, targets, test);
        if (classNames !== undefined) await writeFile(join(folder, 'data', 'labels.txt'), classNames);
        const parsed = parseDefinition(text);
        assert.ok(parsed.network, JSON.stringify(parsed.diagnostics));
        const { problems, counts } = await lookAtData(parsed.network, join(folder, 'small.udc.yaml'));
        assert.equal(counts === undefined, severity === 'error' && at !== undefined);
        assert.equal(problems.length, at === undefined ? 0 : 1);
        const [problem] = problems;
        if (at === undefined || says === undefined) return;
        assert.match(problem?.message ?? 'nothing is said', says);
        const about = dataQuestion(parsed)!;
        const shown = placed(text, parsed, { about, problem: problem! });
        assert.equal(shown?.range.start, text.indexOf(at));
        assert.equal(shown.severity, severity);
        // It moves with the text, and goes with the value.
        const moved = `# a comment\n${text}`;
        assert.equal(placed(moved, parseDefinition(moved), { about, problem: problem! })?.line, shown.line + 1);
        const changed = text.replace('input: ', 'input: 1').replace('input: 116x16', 'input: 32x32');
        assert.equal(placed(changed, parseDefinition(changed), { about, problem: problem! }), undefined);
      }));
  }

  it('counts the samples of each part and class, and says each warning by itself', () =>
    inFolder(async (folder) => {
      await mkdir(join(folder, 'data'));
      await write(join(folder, 'data'), [8, 6, 1], 20, [0, 1, 0, 2], undefined, { labels: [0, 1] });
      const { network } = parseDefinition(CLASSIFIER.replace('units: 3', 'units: 5'));
      const { problems, counts } = await lookAtData(network!, join(folder, 'small.udc.yaml'));
      assert.deepEqual(
        problems.map(({ message, path }) => [message.split(':')[0], path]),
        [
          ['the last layer `logits` has 5 outputs, the data set has 3 classes', ['layers', 2, 'units']],
          ['no sample of the test part is of class 2 (of 0 to 2)', ['dataset', 'path']],
        ],
      );
      assert.deepEqual([counts?.shape, counts?.classes], [{ height: 8, width: 6, channels: 1 }, 3]);
      const { training, validation, test } = counts!;
      assert.deepEqual(test, { samples: 20, perClass: [10, 10, 0] });
      assert.equal(training.samples + validation.samples, 20);
      assert.deepEqual(
        training.perClass?.map((n, label) => n + validation.perClass![label]!),
        [10, 5, 5],
      );
    }));

  it('counts samples without classes', () =>
    inFolder(async (folder) => {
      await mkdir(join(folder, 'data'));
      await write(join(folder, 'data'), [4, 4, 1], 12, undefined, [8, 8, 1]);
      const { counts } = await lookAtData(parseDefinition(UPSCALER).network!, join(folder, 'small.udc.yaml'));
      assert.deepEqual([counts?.classes, counts?.test], [0, { samples: 12 }]);
    }));
});
