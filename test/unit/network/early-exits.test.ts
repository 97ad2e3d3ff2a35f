/** Early exits in a definition: what stands where, what is read by whom, and what cannot be. */
import assert from 'node:assert/strict';
import { activationMemory } from '../../../src/costs/activations/activation-memory.ts';
import { executionOrder } from '../../../src/costs/activations/map-layout.ts';
import { estimateCycles } from '../../../src/costs/cycles/estimate-cycles.ts';
import { segmentsOf } from '../../../src/integer/segments.ts';
import { sizeExactly } from '../../../src/integer/sizing.ts';
import { openedValues } from '../../../src/language/opened-values.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { exitsOf, outputsOf } from '../../../src/network/network-outputs.ts';
import { filterShape, macs } from '../../../src/network/operation-counts.ts';
import type { Architecture, Network } from '../../../src/network/types.ts';
import { findTarget, TARGETS } from '../../../src/targets/find-target.ts';
import { foldedOf } from '../formats/run.ts';

const text = (layers: string, more = 'task: classification'): string => `udc: 1
name: exits
${more}
input: 16x16x1
target: { npu: ethos-u55-128, weights: 64 KiB }
layers:
${layers}`;

const STEM = '  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8 | 16, bits: 8 }\n';
const END = '  - { name: pool, op: global-average-pool }\n  - { name: logits, op: dense, units: 4, bits: 8 }\n';
const EARLY = '  - { name: early, op: exit, units: 4, bits: 4 }\n';
const BODY = '  - { name: body, op: dsconv, kernel: 3x3, filters: 16, bits: 8 }\n';

function networkOf(layers: string): Network {
  const { network, diagnostics } = parseDefinition(text(layers));
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  return network!;
}

const architectureOf = (network: Network, option = 0): Architecture =>
  instantiate(
    network,
    network.decisions.map(({ labels }) => option % labels.length),
  );

const problemsOf = (layers: string, more?: string): string[] =>
  parseDefinition(text(layers, more)).diagnostics.flatMap(({ severity, code }) => (severity === 'error' ? [code] : []));

describe('early exits', () => {
  it('are leaves: the next layer reads what the exit reads', () => {
    const network = networkOf(STEM + EARLY + EARLY.replace('early', 'other') + BODY + END);
    assert.deepEqual(
      network.layers.map(({ input }) => input),
      [-1, 0, 0, 0, 3, 4],
    );
    for (const option of [0, 1]) {
      const { operations } = architectureOf(network, option);
      assert.deepEqual(
        outputsOf(operations).map((index) => operations[index]!.layerName),
        ['early', 'other', 'logits'],
      );
      const [head] = exitsOf(operations);
      const { inChannels, outChannels, bits, batchNorm, activation } = operations[head!]!;
      assert.deepEqual(
        { inChannels, outChannels, bits, batchNorm, activation },
        { inChannels: 8 * (option + 1), outChannels: 4, bits: 4, batchNorm: false, activation: 'none' },
      );
    }
  });

  it('change nothing of the network around them', () => {
    const without = architectureOf(networkOf(STEM + BODY + END)).operations;
    const { operations } = architectureOf(networkOf(STEM + EARLY + BODY + END));
    const kept = operations.filter(({ layerName }) => layerName !== 'early');
    const plain = (all: typeof without): object[] => all.map((operation) => ({ ...operation, layer: 0, inputs: [] }));
    assert.deepEqual(plain(kept), plain(without));
    assert.deepEqual(outputsOf(without), [without.length - 1]);
  });

  for (const [what, code, layers, more] of [
    ['the last layer', 'exit-at-end', STEM + END + EARLY],
    [
      'nothing but pools behind it',
      'exit-at-end',
      `${STEM}${BODY}  - { name: pool, op: global-average-pool }\n${EARLY}`,
    ],
    [
      'a choice among operators',
      'operators-do-not-mix',
      STEM + EARLY.replace('op: exit', 'op: exit | dense') + BODY + END,
    ],
    ['no class for each output', 'exit-units', STEM + EARLY.replace('units: 4', 'units: 5') + BODY + END],
    ['a choice of outputs', 'exit-units', STEM + EARLY.replace('units: 4', 'units: 4 | 8') + BODY + END],
    ['no outputs', 'missing-key', STEM + EARLY.replace('units: 4, ', '') + BODY + END],
    ['read by a layer', 'reads-exit', STEM + EARLY + BODY.replace('op:', 'input: early, op:') + END],
    ['added', 'reads-exit', `${STEM}${EARLY}  - { name: sum, op: add, from: early }\n${BODY}${END}`],
    [
      'too many',
      'too-many-exits',
      STEM + [1, 2, 3, 4, 5].map((k) => EARLY.replace('early', `early${k}`)).join('') + BODY + END,
    ],
    ['without classes', 'exit-without-classes', STEM + EARLY + BODY + END, 'task: regression'],
  ] as const)
    it(`cannot be: ${what}`, () => {
      assert.ok(problemsOf(layers, more).includes(code), problemsOf(layers, more).join());
    });

  it('are told of where layers run before them that they do not read', () => {
    const late = (exit: string, before: string): string[] =>
      parseDefinition(text(`${STEM}${before}${exit}${BODY.replace('body', 'more')}${END}`)).diagnostics.flatMap(
        ({ severity, code, message }) => (code === 'exit-asked-late' ? [`${severity}: ${message}`] : []),
      );
    const [told, ...others] = late(EARLY.replace(' units', ' input: stem, units'), BODY);
    assert.deepEqual(others, []);
    assert.match(told!, /^warning: `early` reads `stem`, but `body` runs before it is asked: write it right behind it/);
    const [first] = late(EARLY.replace(' units', ' input: input, units'), BODY);
    assert.match(first!, /reads the network's input, but `stem`, `body` run before it is asked: write it first/);
    assert.deepEqual(late(EARLY, BODY), []);
    assert.deepEqual(late(EARLY.replace(' units', ' input: stem, units'), ''), []);
    assert.deepEqual(late(EARLY + EARLY.replace('early', 'other'), BODY), []);
  });

  it('offers the units that are right', () => {
    const source = text(STEM + EARLY.replace('units: 4', 'units: 5') + BODY + END);
    const [fix] = parseDefinition(source).diagnostics.flatMap(({ fixes }) => fixes ?? []);
    const fixed = source.slice(0, fix!.range.start) + fix!.text + source.slice(fix!.range.end);
    assert.ok(parseDefinition(fixed).network);
  });

  it('are searched for bits and zeros, not for outputs', () => {
    const source = text((STEM + EARLY + BODY + END).replaceAll(/, bits: \d/g, ''));
    const { network, tree } = parseDefinition(source);
    const opened = openedValues(network!, tree, [2, 4, 8]).map(({ place }) => place.join('.'));
    assert.ok(opened.includes('layers.1.bits') && opened.includes('layers.2.filters'));
    assert.ok(!opened.includes('layers.1.units') && !opened.includes('layers.4.units'));
  });
});

describe('costs of early exits', () => {
  const architecture = architectureOf(networkOf(STEM + EARLY + BODY + END));
  const { operations } = architecture;

  it('are those of all parts together, for every target', () => {
    const codes = new Map(foldedOf(architecture).operations.map(({ operation, codes: own }) => [operation.id, own]));
    for (const { name } of TARGETS) {
      const target = findTarget(name);
      const sized = sizeExactly(architecture, target, ({ id }) => codes.get(id)!);
      const segments = segmentsOf(architecture, target, sized);
      const sum = (of: (segment: (typeof segments)[number]) => number): number =>
        segments.reduce((total, one) => total + of(one), 0);
      assert.deepEqual(
        segments.map(({ name: layer }) => layer),
        ['early', 'logits'],
      );
      assert.equal(
        sum(({ bytes }) => bytes),
        sized.totalBytes,
      );
      assert.equal(
        sum((segment) => segment.macs),
        operations.reduce((total, one) => total + macs(one), 0),
      );
      const weights = sized.perOperation.map((size) => size?.weightBytes ?? 0);
      const { total } = estimateCycles(architecture, target, weights);
      assert.ok(Math.abs(sum(({ cycles }) => cycles) - total) <= 1e-6 * total);
      assert.equal(
        Math.max(...segments.map(({ peakActivationBytes }) => peakActivationBytes)),
        activationMemory(architecture, target).peakBytes,
      );
    }
  });

  it('hold the answer of an exit until the end of an inference, and its input until it is read again', () => {
    const target = findTarget('mcu-packed');
    const { perOperation } = activationMemory(architecture, target);
    const [head] = exitsOf(operations);
    const last = operations.length - 1;
    const map = 8 * 8 * 8;
    assert.equal(perOperation[head!], map + 8 + 4);
    assert.equal(perOperation[last], 16 + 4 + 4);
  });

  it('run an exit before what only later ones need', () => {
    for (const name of ['mcu-packed', 'ethos-u55-128']) {
      const order = executionOrder(operations, findTarget(name));
      const [head] = exitsOf(operations);
      const later = operations.flatMap(({ layerName }, i) => (['body', 'logits'].includes(layerName) ? [i] : []));
      for (const one of later) assert.ok(order.indexOf(head!) < order.indexOf(one));
      assert.deepEqual(
        [...order].sort((a, b) => a - b),
        [...operations.keys()],
      );
    }
    assert.ok(operations.every((one) => !filterShape(one) || one.bits > 0));
  });
});
