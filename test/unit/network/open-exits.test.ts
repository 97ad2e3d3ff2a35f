/** Exits that may be left out, in the language: what they decide, what they cost, and how they are written back. */
import assert from 'node:assert/strict';
import { feasibility, refusalText } from '../../../src/costs/limits/feasibility.ts';
import { SizeExpression } from '../../../src/costs/weights/expression/size-expression.ts';
import { applyEdits } from '../../../src/language/edit-plan.ts';
import { completions } from '../../../src/language/yaml/definition-completions.ts';
import { planEdits, planWiden } from '../../../src/language/yaml/editing/plan-edits.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { between } from '../../../src/network/narrowed.ts';
import { exitsOf } from '../../../src/network/network-outputs.ts';
import { openExits, withExits } from '../../../src/network/open-exits.ts';
import type { Network } from '../../../src/network/types.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';

const HEAD = `udc: 1
name: exits
input: 16x16x1
target: { npu: ethos-u55-128, weights: 64 KiB }
layers:
`;
const STEM = '  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8 | 16, bits: 8 }\n';
const EARLY = '  - { name: early, op: exit | skip, units: 4, bits: 4 }\n';
const BODY = '  - { name: body, op: dsconv, kernel: 3x3, filters: 16, bits: 8 }\n';
const LATE = '  - { name: late, op: skip | exit, units: 4, bits: 2 | 4 }\n';
const MORE = '  - { name: more, op: dsconv, kernel: 3x3, filters: 16, bits: 8 }\n';
const END = '  - { name: pool, op: global-average-pool }\n  - { name: logits, op: dense, units: 4, bits: 8 }\n';
const TEXT = HEAD + STEM + EARLY + BODY + LATE + MORE + END;

function networkOf(text: string): Network {
  const { network, diagnostics } = parseDefinition(text);
  assert.ok(network, diagnostics.map(({ message }) => message).join('\n'));
  return network;
}

const errorsOf = (layers: string): readonly (readonly [string, string])[] =>
  parseDefinition(HEAD + layers).diagnostics.flatMap(({ severity, code, message }) =>
    severity === 'error' ? [[code, message] as const] : [],
  );

/** The assignment with options of these labels, else the first. */
const assignmentOf = (network: Network, labels: Readonly<Record<string, string>>): number[] =>
  network.decisions.map(({ id, labels: all }) => (id in labels ? all.indexOf(labels[id]!) : 0));

describe('exits that may be left out', () => {
  const network = networkOf(TEXT);
  const target = findTarget('ethos-u55-128');

  it('are decisions about an operator, and leave the network around them as it is', () => {
    assert.deepEqual(
      network.decisions.map(({ id, kind }) => [id, kind]),
      [
        ['stem.filters', 'width'],
        ['early.op', 'operator'],
        ['late.op', 'operator'],
        ['late.bits', 'bits'],
      ],
    );
    assert.equal(network.architectures, 2n * 2n * 3n);
    assert.deepEqual(openExits(network), [1, 3]);
    const names = (early: string, late: string): string[] => {
      const { operations } = instantiate(network, assignmentOf(network, { 'early.op': early, 'late.op': late }));
      return exitsOf(operations).map((index) => operations[index]!.layerName);
    };
    assert.deepEqual(names('exit', 'exit'), ['early', 'late']);
    assert.deepEqual(names('skip', 'exit'), ['late']);
    assert.deepEqual(names('skip', 'skip'), []);
    const plain = networkOf(HEAD + STEM + BODY + MORE + END);
    const kinds = (of: Network, labels: Readonly<Record<string, string>>): unknown[] =>
      instantiate(of, assignmentOf(of, labels)).operations.map(({ id, inputs, inChannels, outChannels }) => [
        id,
        inputs,
        inChannels,
        outChannels,
      ]);
    assert.deepEqual(kinds(network, { 'early.op': 'skip', 'late.op': 'skip' }), kinds(plain, {}));
  });

  it('stand in the space that is searched, which has the same decisions', () => {
    const standing = withExits(network);
    assert.deepEqual(
      standing.decisions.map(({ id, labels }) => [id, ...labels]),
      [
        ['stem.filters', '8', '16'],
        ['early.op', 'exit'],
        ['late.op', 'exit'],
        ['late.bits', '2', '4'],
      ],
    );
    assert.deepEqual(between(network, standing).whole([1, 0, 0, 1]), [1, 0, 1, 1]);
    assert.deepEqual(openExits(standing), []);
    assert.equal(withExits(standing), standing);
    const fixed = networkOf(TEXT.replace('exit | skip', 'exit').replace('skip | exit', 'exit'));
    assert.equal(withExits(fixed), fixed);
  });

  it('are expected to take the bytes of their heads as often as they stand', () => {
    const size = new SizeExpression(network, target);
    const standing = size.perLayer(assignmentOf(network, { 'early.op': 'exit', 'late.op': 'exit' }));
    for (const share of [0, 0.25, 1]) {
      const expected = size.expectedPerLayer([
        [1, 0],
        [share, 1 - share],
        [1 - share, share],
        [1, 0],
      ]);
      for (const layer of [1, 3]) assert.ok(Math.abs(expected[layer]! - share * standing[layer]!) < 1e-9);
    }
    assert.equal(size.layerRange(1).smallest, 0);
  });

  it('have to fit the budget, since they are trained before they are decided', () => {
    const without = new SizeExpression(network, target).smallest().bytes;
    const heads = new SizeExpression(withExits(network), target).smallest().bytes;
    assert.ok(heads > without);
    const refused = feasibility(network, target, limitsOf(Math.floor((without + heads) / 2)));
    assert.equal(refused.refusal?.needed.weights, Math.ceil(heads));
    assert.match(refusalText(refused.refusal!), /are trained before that is decided, so they have to fit: `op: skip`/);
    const others = feasibility(networkOf(HEAD + STEM + BODY + END), target, limitsOf(10));
    assert.doesNotMatch(refusalText(others.refusal!), /op: skip/);
    const met = feasibility(network, target, limitsOf(Math.ceil(heads)));
    assert.equal(met.refusal, undefined);
    const { operations } = instantiate(network, met.assignment);
    assert.equal(exitsOf(operations).length, 2);
  });

  for (const [early, late] of [
    ['exit', 'exit'],
    ['exit', 'skip'],
    ['skip', 'exit'],
    ['skip', 'skip'],
  ] as const)
    it(`are written back as ${early} and ${late}, and read again as the same network`, () => {
      const assignment = assignmentOf(network, { 'stem.filters': '16', 'early.op': early, 'late.op': late });
      const plan = planEdits(TEXT, network, assignment);
      if ('refused' in plan) assert.fail(plan.refused);
      const written = applyEdits(TEXT, plan.edits);
      assert.match(written, new RegExp(`name: early, op: ${early}, units: 4`));
      assert.match(written, new RegExp(`name: late, op: ${late}, units: 4`));
      assert.deepEqual(instantiate(networkOf(written), []).operations, instantiate(network, assignment).operations);
    });

  it('may be left out before layers that name what they read', () => {
    const text = HEAD + STEM + EARLY + BODY.replace('op:', 'input: stem, op:') + END;
    const named = networkOf(text);
    const plan = planEdits(text, named, assignmentOf(named, { 'early.op': 'skip' }));
    if ('refused' in plan) assert.fail(plan.refused);
    const { operations } = instantiate(networkOf(applyEdits(text, plan.edits)), []);
    assert.deepEqual(exitsOf(operations), []);
  });

  it('are told of where what they pass on would be another map', () => {
    const away = EARLY.replace('op:', 'input: stem, op:');
    const [[code, message] = [], ...others] = errorsOf(STEM + BODY + away + MORE + END);
    assert.deepEqual(others, []);
    assert.equal(code, 'open-exit-input');
    assert.match(message!, /`early` may be left out, and reads `stem` instead of the layer before it, `body`/);
    assert.deepEqual(errorsOf(STEM + BODY + away.replace('exit | skip', 'exit') + MORE + END), []);
    assert.deepEqual(errorsOf(STEM + away + BODY + END), []);
  });

  it('do not alone keep a layer in the network', () => {
    const layers = STEM + BODY + EARLY + MORE.replace('op:', 'input: stem, op:') + END;
    const [[code, message] = []] = errorsOf(layers);
    assert.equal(code, 'unread-layer');
    assert.match(message!, /Where `early` is `skip`, no layer reads `body`/);
    assert.deepEqual(errorsOf(layers.replace('exit | skip', 'exit')), []);
  });

  it('share a choice with nothing else, which completion knows', () => {
    const [[code, message] = []] = errorsOf(STEM + EARLY.replace('skip', 'dense') + BODY + END);
    assert.equal(code, 'operators-do-not-mix');
    assert.match(message!, /`exit` can share a choice only with `skip`/);
    const offered = (op: string): string[] => {
      const text = `${HEAD}${STEM}  - { name: early, op: ${op}`;
      return completions(text, text.length).map(({ label }) => label);
    };
    assert.deepEqual(offered('exit | '), ['skip']);
    assert.ok(offered('skip | ').includes('exit'));
    assert.ok(!offered('conv | ').includes('exit') && offered('conv | ').includes('dsconv'));
    assert.ok(offered('').includes('exit'));
  });

  it('are made of exits that stand', () => {
    const fixed = TEXT.replace('exit | skip', 'exit');
    const plan = planWiden(fixed, ['layers', 1, 'op'], ['exit', 'skip']);
    if ('refused' in plan) assert.fail(plan.refused);
    assert.equal(applyEdits(fixed, plan.edits), TEXT);
  });
});
