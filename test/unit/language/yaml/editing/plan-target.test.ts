/**
 * `target:` as it is written with a network that was made for other limits: nothing else changes, and it is read back.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyEdits, invertEdits } from '../../../../../src/language/edit-plan.ts';
import { languageOf } from '../../../../../src/language/language-table.ts';
import type { Definition } from '../../../../../src/network/types.ts';

type Target = Definition['target'];
const yaml = languageOf('a.udc.yaml');

const STATED = ['weights: 4 KiB', 'activations: 16 KiB', 'latency: 3 ms', 'cycles: 1.2 M', 'macs: 5 M'];
/** A definition that states some limits, on one line or on several, with comments. */
const texts = fc.tuple(fc.subarray(STATED), fc.boolean()).map(([stated, flow]) => {
  const keys = ['npu: ethos-u55-128', ...stated];
  const target = flow
    ? `target: { ${keys.join(', ')} } # the chip`
    : `target: # the chip\n${keys.map((key) => `  ${key} # ${key.length}`).join('\n')}`;
  return `udc: 1
name: model
input: 8x8x1
${target}
layers:
  - { name: stem, op: conv, kernel: 3x3 | 5x5, filters: 4 | 8, bits: 2 | 8 } # first
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6, bits: 8 }
`;
});
const maybe = (values: fc.Arbitrary<number>): fc.Arbitrary<number | undefined> => fc.option(values, { nil: undefined });
const wanted: fc.Arbitrary<Target> = fc
  .record({
    npu: fc.constantFrom('ethos-u55-128', 'mcu-packed', 'max78000'),
    weights: maybe(
      fc.oneof(
        fc.integer({ min: 1, max: 1e7 }),
        fc.nat(4000).map((n) => 1024 * (n + 1)),
      ),
    ),
    activations: maybe(fc.integer({ min: 1, max: 1e7 })),
    latency: maybe(fc.integer({ min: 1, max: 1e6 }).map((n) => Number((n * 1e-6).toPrecision(15)))),
    cycles: maybe(fc.integer({ min: 1, max: 1e9 })),
    macs: maybe(fc.integer({ min: 1, max: 1e9 })),
  })
  .map(
    (all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as unknown as Target,
  );

describe('a target that is written with an architecture', () => {
  it('says what is wanted, whatever it said; all else is as without it, and the edit can be taken back', () => {
    fc.assert(
      fc.property(texts, wanted, (text, target) => {
        const { network } = yaml.read(text);
        const assignment = network!.decisions.map(({ labels }) => labels.length - 1);
        const [plan, plain] = [
          yaml.decide(text, network!, assignment, { target }),
          yaml.decide(text, network!, assignment),
        ];
        assert.ok(!('refused' in plan) && !('refused' in plain), JSON.stringify(plan));
        const [after, without] = [applyEdits(text, plan.edits), applyEdits(text, plain.edits)];
        const layers = (one: string): string => one.slice(one.indexOf('layers:'));
        assert.deepEqual(yaml.read(after).definition!.target, target);
        assert.equal(layers(after), layers(without));
        assert.equal(applyEdits(after, invertEdits(text, plan.edits)), text);
        assert.match(after, /# the chip/);
      }),
      { numRuns: 200 },
    );
  });

  it('is left alone where it says that already, and refused where an edit would change another place', () => {
    const text = `udc: 1
name: model
input: 8x8x1
target: { npu: ethos-u55-128, weights: &size 4 KiB }
layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 4 | 8, bits: 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6, bits: 8 }
`;
    const { network } = yaml.read(text);
    const same = yaml.decide(text, network!, [0], { target: { npu: 'ethos-u55-128', weights: 4096 } });
    assert.deepEqual('paths' in same && same.paths, [['layers', 0, 'filters']]);
    const refused = yaml.decide(text, network!, [0], { target: { npu: 'ethos-u55-128', weights: 2048 } });
    assert.match('refused' in refused ? refused.refused : '', /has an anchor/);
  });
});
