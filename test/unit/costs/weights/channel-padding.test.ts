/** Padding: what it costs, that parts add up and bounds bound, and advice that somebody can follow. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { paddingAdvice, paddingLines } from '../../../../src/costs/check/padding-advice.ts';
import { instantiate } from '../../../../src/network/architecture.ts';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import { encodeStream } from '../../../../src/costs/weights/mlw/encode-stream.ts';
import { checkReport } from '../../../../src/costs/check/check-report.ts';
import { findTarget, TARGETS } from '../../../../src/targets/find-target.ts';
import { estimateSplit, splitSize, type SplitSize } from '../../../../src/costs/weights/padding/unpadded.ts';
import type { WeightTensor } from '../../../../src/targets/weight-tensor.ts';
import { entropyBound, splitParts } from '../../../../src/wire/byte-split.ts';
import { trainedWeights } from '../support/weight-generators.ts';
import { networkOf } from '../support/random-networks.ts';

const u55 = findTarget('ethos-u55-128');

/** Shapes in which channels, kernels or nothing is rounded. */
const shapes: fc.Arbitrary<Pick<WeightTensor, 'kind' | 'ohwi' | 'bits'> & { sparsity: number; seed: number }> = fc
  .record({
    kind: fc.constantFrom('conv' as const, 'depthwise' as const, 'dense' as const),
    outputs: fc.integer({ min: 1, max: 48 }),
    inputs: fc.integer({ min: 1, max: 40 }),
    side: fc.constantFrom(1, 2, 3),
    bits: fc.constantFrom(2, 4, 8),
    sparsity: fc.constantFrom(0, 0.5, 0.9, 1),
    seed: fc.nat(1000),
  })
  .map(({ kind, outputs, inputs, side, ...rest }) => ({
    kind,
    ohwi:
      kind === 'dense'
        ? ([outputs, 1, 1, inputs] as const)
        : ([outputs, side, side, kind === 'depthwise' ? 1 : inputs] as const),
    ...rest,
  }));

function assertWhole(size: SplitSize, what: string): void {
  const parts = splitParts(size);
  assert.equal(
    parts.reduce((sum, { bytes }) => sum + bytes, 0),
    size.totalBytes,
    `${what}: parts`,
  );
  assert.ok(
    parts.every(({ bytes }) => bytes >= 0),
    what,
  );
  const bound = entropyBound(size);
  assert.ok(bound === undefined || bound <= parts[0].bytes, `${what}: bound`);
}

describe('stored bytes in parts', () => {
  it('add up on every target, with weights and before them, and a bound is never more than what it bounds', () => {
    fc.assert(
      fc.property(
        shapes,
        fc.constantFrom(...TARGETS.filter(({ bits }) => bits.includes(2))),
        ({ sparsity, seed, ...shape }, target) => {
          const elements = shape.ohwi.reduce((product, side) => product * side, 1);
          const values =
            sparsity === 1 ? new Int8Array(elements) : trainedWeights(seed, elements, shape.bits, sparsity);
          assertWhole(splitSize(target, { ...shape, values }), `${target.name} ${shape.kind} ${shape.ohwi.join('x')}`);
          assertWhole(
            estimateSplit(target, { ...shape, sparsity: Math.min(sparsity, 0.95) }),
            `estimate ${target.name} ${shape.kind} ${shape.ohwi.join('x')}`,
          );
        },
      ),
      { seed: 3, numRuns: 300 },
    );
  });

  it('padding is what the same weights would not take without it: a first convolution over one channel', () => {
    const values = trainedWeights(1, 64 * 40, 8, 0);
    const size = splitSize(u55, { kind: 'conv', ohwi: [64, 10, 4, 1], values, bits: 8 });
    const alone = encodeStream(Int16Array.from(values), 'regor').length;
    assert.equal(size.paddingBytes, size.weightBytes - alone);
    // Seven of eight coded elements are padding; zeros in long runs take little.
    assert.equal(size.codedElements, 8 * size.elements);
    assert.ok(
      size.paddingBytes > 0.2 * size.weightBytes && size.paddingBytes < 0.5 * size.weightBytes,
      `${size.paddingBytes} of ${size.weightBytes}`,
    );
    const estimate = estimateSplit(u55, { kind: 'conv', ohwi: [64, 10, 4, 1], bits: 8, sparsity: 0 });
    assert.ok(
      Math.abs(estimate.paddingBytes / size.paddingBytes - 1) < 0.25,
      `${estimate.paddingBytes} estimated, ${size.paddingBytes} in truth`,
    );
  });

  it('there is none where nothing is rounded, and none without a weight order', () => {
    const values = trainedWeights(1, 32 * 32, 4, 0);
    for (const name of ['ethos-u55-128', 'max78000', 'stm32h743', 'generic-npu'])
      assert.equal(
        splitSize(findTarget(name), { kind: 'conv', ohwi: [32, 1, 1, 32], values, bits: 4 }).paddingBytes,
        0,
        name,
      );
  });
});

const definition = (layers: readonly string[]): string =>
  `udc: 1\nname: net\ninput: 16x16x3\ntarget: { npu: ethos-u55-128, weights: 64 KiB }\nlayers:\n${layers.map((layer) => `  - { ${layer} }\n`).join('')}`;

describe('advice on padding', () => {
  const lines = (layers: readonly string[]): string =>
    paddingLines(checkReport(networkOf(definition(layers)), u55).rows).join('\n');
  const END = ['name: pool, op: global-average-pool', 'name: logits, op: dense, units: 10'];

  it('names a count that the definition has, at the layer that has it', () => {
    assert.match(
      lines(['name: stem, op: conv, kernel: 3x3, filters: 40', 'name: mix, op: pwconv, filters: 64', ...END]),
      /^mix: .*% of what it stores, is padding; filters of stem 40 stores 64; 32 or 64 waste nothing$/m,
    );
  });

  it('asks nothing of the data, the task, or a width that is made of another', () => {
    const text = lines([
      'name: stem, op: conv, kernel: 3x3, filters: 16',
      'name: block, op: ibn, kernel: 3x3, filters: 16, expand: 3',
      ...END,
    ]);
    assert.match(text, /^stem: .*; 3 input channels are stored as 8: the data give them$/m);
    assert.match(text, /^logits: .*10 output channels are stored as 16: the task gives them/m);
    assert.match(text, /^block: .*48 input channels are stored as 64/m);
    assert.doesNotMatch(text, /(48|3|10) stores/);
  });

  it('says which layers have to change together', () => {
    const text = lines([
      'name: stem, op: conv, kernel: 3x3, filters: 40',
      'name: left, op: conv, kernel: 3x3, filters: 40',
      'name: sum, op: add, from: stem',
      'name: mix, op: pwconv, filters: 32',
      ...END,
    ]);
    assert.match(text, /^mix: .*filters of stem \(together with left\) 40 stores 64/m);
  });

  it('of an existing network says why, and advises nothing', () => {
    const { operations } = instantiate(
      networkOf(
        definition(['name: stem, op: conv, kernel: 3x3, filters: 40', 'name: mix, op: pwconv, filters: 64', ...END]),
      ),
      [],
    );
    const advice = paddingAdvice(u55, operations, { totalBytes: 100, paddingBytes: 10 });
    assert.deepEqual(advice, {
      bytes: 10,
      share: 0.1,
      remedies: [],
      reasons: [
        '3 input channels are stored as 8',
        '40 input channels are stored as 64',
        '64 input channels are stored as 64',
      ]
        .slice(0, 2)
        .concat('10 output channels are stored as 16'),
    });
  });

  it('followed, does away with the rounding that it names', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 3, max: 70 }), { minLength: 2, maxLength: 4 }), (widths) => {
        const write = (counts: readonly number[]): string =>
          definition([
            ...counts.map((filters, i) => `name: c${i}, op: conv, kernel: 3x3, filters: ${filters}`),
            ...END,
          ]);
        const { rows } = checkReport(networkOf(write(widths)), u55);
        for (const { name, padding } of rows) {
          for (const remedy of padding?.remedies ?? []) {
            const [, owner, channels, larger] = /^filters(?: of (\w+))? (\d+) stores (\d+);/.exec(remedy) ?? [];
            const changed = widths.map((width, i) => (`c${i}` === (owner ?? name) ? Number(larger) : width));
            assert.equal(
              widths[Number((owner ?? name).slice(1))],
              Number(channels),
              'the count is the one in the definition',
            );
            const { network, diagnostics } = parseDefinition(write(changed));
            assert.ok(network, JSON.stringify(diagnostics));
            const after = checkReport(network, u55).rows.find((row) => row.name === name)?.padding?.remedies ?? [];
            const same = owner === undefined ? /^filters \d/ : new RegExp(`^filters of ${owner} `);
            assert.ok(!after.some((text) => same.test(text)), `${remedy} -> ${after.join('; ')}`);
          }
        }
      }),
      { seed: 5, numRuns: 25 },
    );
  });

  it('says one thing of a number, in every layer that makes or reads it: written, no layer rounds it up any more', () => {
    const block = fc.constantFrom(
      'residual, kernel: 3x1, shortcut: projection',
      'residual, kernel: 3x3, stride: 2',
      'residual, kernel: 3x3, shortcut: projection',
      'dsconv, kernel: 3x3',
      'conv, kernel: 3x3, shortcut: projection, stride: 2',
      'pwconv',
      'conv, kernel: 5x5',
    );
    const space = fc.tuple(
      fc.array(fc.record({ block, filters: fc.integer({ min: 3, max: 70 }) }), { minLength: 2, maxLength: 4 }),
      fc.constantFrom('ethos-u55-32', 'ethos-u55-128', 'ethos-u65-512', 'ethos-u85-256'),
    );
    fc.assert(
      fc.property(space, ([blocks, npu]) => {
        const target = findTarget(npu);
        const write = (counts: readonly number[]): string =>
          definition([...blocks.map((one, i) => `name: c${i}, op: ${one.block}, filters: ${counts[i]!}`), ...END]);
        const advised = (
          counts: readonly number[],
        ): readonly { owner: string; name: string; counts: readonly number[]; whole: string }[] =>
          checkReport(networkOf(write(counts)), target).rows.flatMap(({ name, padding }) =>
            (padding?.remedies ?? []).map((remedy) => {
              const found = /^filters(?: of (\w+))? (\d+) stores [\d and]+(?:; (.*))?$/.exec(remedy);
              assert.ok(found, remedy);
              return {
                name,
                owner: found[1] ?? name,
                whole: found[3] ?? '',
                counts: [...(found[3] ?? '').matchAll(/\d+/g)].map(Number),
              };
            }),
          );
        const widths = blocks.map(({ filters }) => filters);
        const before = advised(widths);
        assert.equal(
          new Set(before.map(({ owner, name }) => `${owner} in ${name}`)).size,
          before.length,
          'one line for a number in a layer',
        );
        for (const { owner, whole } of before)
          assert.deepEqual(
            [...new Set(before.filter((one) => one.owner === owner).map((one) => one.whole))],
            [whole],
            owner,
          );
        for (const { owner, counts } of before) {
          for (const count of counts) {
            const after = advised(widths.map((width, i) => (`c${i}` === owner ? count : width)));
            assert.ok(
              !after.some((one) => one.owner === owner),
              `${owner}: ${count} of ${counts.join()} on ${npu}: ${JSON.stringify(after)}`,
            );
          }
        }
      }),
      { seed: 7, numRuns: 15 },
    );
  });
});
