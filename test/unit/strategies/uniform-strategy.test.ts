/** Uniform networks: each bitwidth as wide as fits, dense, of the definition's own widths; nothing else is chosen. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SizeExpression } from '../../../src/costs/weights/expression/size-expression.ts';
import type { Assignment, Network } from '../../../src/network/types.ts';
import type { Proposal } from '../../../src/strategies/strategy.ts';
import { nearestOption } from '../../../src/strategies/space/candidates.ts';
import { UntrainedChooser } from '../../../src/strategies/space/untrained-chooser.ts';
import { uniform } from '../../../src/strategies/uniform/uniform-strategy.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';
import { networkOf, quadrants } from './support.ts';

const TARGET = findTarget('ethos-u55-128');
const dataset = quadrants({ train: 8, validation: 8, test: 8 });
const TAIL = `
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;
const CHOICES = networkOf(`search: { bits: 8 | 2 | 4, sparsity: 0.5 | 0 }
layers:
  - { name: stem, op: conv, kernel: 3x3 | 5x5, filters: 12 | 4 | 8, sparsity: 0 }
  - { name: block, op: skip | conv, kernel: 3x3, filters: 8 | 16 | 24, sparsity: 0 | 0.5 }${TAIL}`);
const NETWORKS: Readonly<Record<string, Network>> = {
  'choices of every kind': CHOICES,
  'widths of bits that are unusual': networkOf(`search: { bits: 3 | 6 }
layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 4 | 8 | 16 }
  - { name: block, op: dsconv, kernel: 3x3, filters: 8 | 12 | 32 }${TAIL}`),
  'widths without bits': networkOf(`layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 4 | 7 | 16 }
  - { name: block, op: conv, kernel: 3x3, filters: 24 | 8 }${TAIL}`),
  // Half of the widest leaves much of most budgets to the finer one.
  'widths in coarse and in fine steps': networkOf(`layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 4 | 64 }
  - { name: block, op: conv, kernel: 3x3, filters: 8 | 16 | 24 | 32 }${TAIL}`),
  'layers that offer different bits': networkOf(`layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 4 | 12, bits: 8 | 4 }
  - { name: block, op: conv, kernel: 3x3, filters: 8 | 24, bits: 6 | 2, sparsity: 0.25 | 0.75 }${TAIL}`),
};

interface Proposed extends Proposal {
  readonly chooser: UntrainedChooser;
}

async function proposed(network: Network, budget: number): Promise<Proposed> {
  const context = {
    network,
    dataset,
    target: TARGET,
    limits: limitsOf(budget),
    seed: 3,
    backend: { name: 'none', reason: '' },
  };
  const chooser = await uniform.create(context, { before: 0, after: 0, race: 1, network });
  assert.ok(chooser instanceof UntrainedChooser);
  await chooser.prepare();
  return { chooser, ...(await chooser.propose()) };
}

/** A budget at a share between the ends of the space, and somewhat beyond either. */
function budgetOf(network: Network, share: number): number {
  const size = new SizeExpression(network, TARGET);
  const [low, high] = [size.smallest().bytes, size.largest().bytes];
  return Math.ceil(1.1 * low + share * (1.1 * high - low));
}

/** Bitwidths that a definition offers anywhere. */
const bitsOf = ({ decisions }: Network): number[] => [
  ...new Set(decisions.flatMap((one) => (one.kind === 'bits' ? one.options : []))),
];

/** Every architecture that differs in one width, which is the larger for it. */
function wider({ decisions }: Network, from: Assignment): number[][] {
  return decisions.flatMap((decision, d) =>
    decision.kind !== 'width'
      ? []
      : decision.options.flatMap((width, k) =>
          width > decision.options[from[d]!]! ? [from.map((option, other) => (other === d ? k : option))] : [],
        ),
  );
}

const shares = fc.constantFrom(0, 0.15, 0.3, 0.45, 0.6, 0.8, 1);

describe('the uniform strategy', () => {
  for (const [name, network] of Object.entries(NETWORKS)) {
    it(`proposes one bitwidth everywhere, dense, within the budget and as wide as fits: ${name}`, async () => {
      await fc.assert(
        fc.asyncProperty(shares, async (share) => {
          const budget = budgetOf(network, share);
          const { chooser, candidates, names, race, fixed } = await proposed(network, budget);
          assert.equal(race, false);
          assert.equal(fixed, true, 'what is left of the budget is not spent on bits');
          assert.ok(candidates.length >= 1);
          for (const { origin } of candidates) assert.equal(origin.kind, 'rule');
          if (!names) {
            assert.deepEqual(candidates, [{ assignment: chooser.field().smallest, origin: { kind: 'rule' } }]);
            return;
          }
          assert.equal(new Set(names).size, candidates.length);
          const { constraint, scores } = chooser.field();
          for (const [i, { assignment }] of candidates.entries()) {
            const bits = Number(/^uniform (\d+)-bit$/.exec(names[i]!)?.[1] ?? 0);
            if (bitsOf(network).length > 0) assert.ok(bitsOf(network).includes(bits), names[i]);
            else assert.equal(names[i], 'uniform');
            assert.ok((await chooser.exactBytes(assignment)) <= budget);
            network.decisions.forEach((decision, d) => {
              const k = assignment[d]!;
              assert.ok(decision.labels[k] !== undefined, decision.id);
              if (decision.kind === 'operator') assert.notEqual(decision.options[k], 'skip');
              if (decision.kind === 'bits') assert.equal(k, nearestOption(decision.options, bits, scores.allowed[d]));
              if (decision.kind === 'sparsity') {
                const least = decision.options.filter((_, other) => scores.allowed[d]![other]);
                assert.equal(decision.options[k], Math.min(...least));
              }
            });
            // No layer alone could be wider, unless the budget counts as used.
            if (constraint.bytes(assignment) < constraint.floorBytes)
              for (const other of wider(network, assignment))
                assert.ok(constraint.bytes(other) > constraint.budgetBytes, `${other.join()} would fit`);
          }
        }),
        { seed: 8, numRuns: 5 },
      );
    });

    it(`grows with the budget to the widest there is: ${name}`, async () => {
      const before = new Map<string, number>();
      for (const share of [0.1, 0.5, 1]) {
        const { chooser, candidates, names = [] } = await proposed(network, budgetOf(network, share));
        for (const one of before.keys()) assert.ok(names.includes(one), `${one} fitted before`);
        for (const [i, one] of names.entries()) {
          const bytes = await chooser.exactBytes(candidates[i]!.assignment);
          assert.ok(bytes >= (before.get(one) ?? 0), one);
          before.set(one, bytes);
          if (share === 1) assert.deepEqual(wider(network, candidates[i]!.assignment), [], `${one} is not the widest`);
        }
      }
      assert.ok(before.size > 0);
      assert.ok(before.size <= uniform.plan({ before: 0, after: 0, race: 1, network }).networks);
    });
  }

  it('compares the usual bitwidths where they are offered, the finest first, else those that are', async () => {
    const namesOf = async (bits: string): Promise<readonly string[] | undefined> => {
      const network = networkOf(`search: { bits: ${bits} }
layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 4 | 8 }${TAIL}`);
      return (await proposed(network, 100_000)).names;
    };
    assert.deepEqual(await namesOf('2 | 3 | 4 | 8'), ['uniform 8-bit', 'uniform 4-bit', 'uniform 2-bit']);
    assert.deepEqual(await namesOf('3 | 4'), ['uniform 4-bit']);
    assert.deepEqual(await namesOf('6 | 3'), ['uniform 3-bit', 'uniform 6-bit']);
    assert.deepEqual(await namesOf('5'), ['uniform']);
  });

  it('proposes the smallest network where no uniform one fits', async () => {
    const network = CHOICES;
    const size = new SizeExpression(network, TARGET);
    const { chooser, candidates, names } = await proposed(network, Math.ceil(1.05 * size.smallest().bytes));
    assert.equal(names, undefined);
    assert.deepEqual(
      candidates.map(({ assignment }) => assignment),
      [chooser.field().smallest],
    );
  });

  it('proposes the same again, and from a saved state', async () => {
    const budget = budgetOf(CHOICES, 0.4);
    const { chooser, candidates } = await proposed(CHOICES, budget);
    const again = uniform.restore(
      chooser.context,
      { before: 0, after: 0, race: 1, network: CHOICES },
      await chooser.save(new Map()),
      new Map(),
    );
    await again.prepare();
    const found = await again.propose(
      () => Promise.resolve(),
      () => undefined,
    );
    assert.deepEqual(found.candidates, candidates);
    assert.deepEqual((await proposed(CHOICES, budget)).candidates, candidates);
  });
});
