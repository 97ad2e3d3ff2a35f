/** A search space within what a target can run: nothing that runs is lost, nothing that does not is left. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { between } from '../../../src/network/narrowed.ts';
import { everyAssignment } from '../../../src/network/space-moves.ts';
import type { Network } from '../../../src/network/types.ts';
import { findTarget, TARGETS } from '../../../src/targets/find-target.ts';
import { supports } from '../../../src/targets/operator-limits.ts';
import { unsupportedOptions } from '../../../src/targets/runnable.ts';
import { leftOutText, withinTarget } from '../../../src/targets/within-target.ts';

function networkOf(layers: readonly string[], input = '16x16x1'): Network {
  const text = `udc: 1
name: space
input: ${input}
target: { npu: ethos-u55-128, weights: 8 KiB }
layers:
${layers.map((layer) => `  - { ${layer} }`).join('\n')}
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6, bits: 2 | 3 | 8 }
`;
  const { network, diagnostics } = parseDefinition(text);
  assert.ok(network, JSON.stringify(diagnostics.map(({ message }) => message)));
  return network;
}

const runsOneByOne = (network: Network, target: string, assignment: readonly number[]): boolean =>
  instantiate(network, assignment).operations.every((one) => supports(findTarget(target), one) === undefined);

const choice = (options: readonly string[]): fc.Arbitrary<string> =>
  fc.subarray([...options], { minLength: 1, maxLength: 3 }).map((some) => some.join(' | '));
const layer = (name: string): fc.Arbitrary<string> =>
  fc
    .record({
      op: choice(['conv', 'dsconv', 'pwconv', 'skip']).filter((ops) => ops !== 'skip'),
      kernel: choice(['1x1', '3x3', '5x5', '7x3']),
      bits: choice(['2', '3', '4', '6', '8']),
      filters: choice(['4', '8', '2048']),
    })
    .map(({ op, kernel, bits, filters }) => {
      const size = op === 'pwconv' || op === 'pwconv | skip' ? '' : `, kernel: ${kernel}`;
      return `name: ${name}, op: ${op}${size}, bits: ${bits}, filters: ${filters}`;
    });

describe('a space within what a target can run', () => {
  it('has only what runs, loses only what does not, and is refused only where nothing runs', () => {
    const targets = fc.constantFrom(...TARGETS.map(({ name }) => name));
    fc.assert(
      fc.property(fc.tuple(layer('a'), layer('b')), targets, (layers, name) => {
        const [whole, target] = [networkOf(layers), findTarget(name)];
        const every = [...(everyAssignment(whole) ?? [])];
        const found = withinTarget(whole, target);
        if ('refused' in found) {
          assert.ok(!every.some((one) => runsOneByOne(whole, name, one)), `${found.refused}: but some run`);
          return;
        }
        const { network, leftOut } = found;
        assert.deepEqual(unsupportedOptions(network, target), []);
        if (leftOut.length === 0) assert.equal(network, whole);
        const { nearest, whole: back } = between(whole, network);
        for (const one of every.filter((_, i) => i % 7 === 0)) {
          const there = nearest(one);
          assert.deepEqual(instantiate(whole, back(there)), instantiate(network, there));
          if (runsOneByOne(whole, name, one) && !conditional(leftOut))
            assert.deepEqual(instantiate(network, there), instantiate(whole, one));
        }
      }),
      { seed: 12, numRuns: 150 },
    );
  });

  it('names what is left out with the layers, each reason once, and says nothing where all runs', () => {
    const whole = networkOf(['name: a, op: conv | dsconv, kernel: 3x3 | 5x5, filters: 8, bits: 3 | 8']);
    const max = findTarget('max78000');
    const found = withinTarget(whole, max);
    assert.ok('network' in found);
    assert.equal(
      leftOutText(max, found.leftOut),
      'MAX78000 cannot run all of the space; left out: op dsconv (a); kernel 5x5 (a); bits 3 (a, logits).',
    );
    assert.equal(leftOutText(max, []), undefined);
    assert.deepEqual(
      found.network.decisions.map(({ id, labels }) => [id, ...labels]),
      [
        ['a.op', 'conv'],
        ['a.kernel', '3x3'],
        ['a.bits', '8'],
        ['logits.bits', '2', '8'],
      ],
    );
    assert.equal(found.network.architectures, 2n);
  });

  it('leaves out a layer that may be, and refuses one that may not', () => {
    const max = findTarget('max78000');
    const skipped = withinTarget(
      networkOf(['name: a, op: conv, filters: 8, kernel: 3x3', 'name: b, op: dsconv | skip, kernel: 3x3, filters: 8']),
      max,
    );
    assert.ok('network' in skipped);
    assert.deepEqual(skipped.network.layers[1]!.op.options, ['skip']);
    const refused = withinTarget(networkOf(['name: a, op: conv, filters: 8, kernel: 3x3, stride: 2']), max);
    assert.match('refused' in refused ? refused.refused : '', /^a: stride 2x2/);
  });
});

/** Did an option go that runs with some others? Then architectures are lost that run. */
const conditional = (leftOut: readonly { readonly key: string }[]): boolean =>
  leftOut.some(({ key }) => key === 'filters');
