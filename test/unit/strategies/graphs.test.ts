/** Searches of networks with branches, and of chains that name their inputs. */
import assert from 'node:assert/strict';
import { findTarget } from '../../../src/targets/find-target.ts';
import type { SearchContext } from '../../../src/training/problem.ts';
import { limitsOf, mainNetwork } from '../../fixtures/run-parts.ts';
import { withEveryInput } from '../network/support/random-graphs.ts';
import { comparable, networkOf, openTestBackend, quadrants, run } from './support.ts';

const HEAD = `search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 }
training: { warmup: 1, search: 1, race: 2, sparsify: 1, settle: 1, batch: 16 }
layers:
`;
const CHAIN = `${HEAD}  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8 | 16 }
  - { name: block, op: dsconv | conv | skip, kernel: 3x3 | 5x5, filters: 8 | 16 }
  - { name: sum, op: add, from: stem }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;
const BRANCHES = `${HEAD}  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8 | 16 }
  - { name: left, op: dsconv | skip, kernel: 3x3 | 5x5, filters: 8 | 16 }
  - { name: right, op: ibn | conv, kernel: 3x3, filters: 8 | 16, expand: 2, input: stem }
  - { name: both, op: add, from: left }
  - { name: pool, op: global-average-pool }
  - { name: one, op: dense, units: 4 }
  - { name: again, op: conv, kernel: 3x3, stride: 2, filters: 8, input: input }
  - { name: mean, op: global-average-pool }
  - { name: two, op: dense, units: 4 }
  - { name: logits, op: add, from: one }
`;

describe('a search of a graph', () => {
  const data = quadrants({ train: 96, validation: 32, test: 32 });
  const contextFor = (space: string, budgetBytes: number): SearchContext => ({
    network: networkOf(space),
    dataset: data,
    target: findTarget('ethos-u55-128'),
    limits: limitsOf(budgetBytes),
    seed: 3,
    backend: { name: 'wasm', reason: 'test' },
  });
  before(openTestBackend);

  it('gives a chain with `input:` in every layer the numbers of the chain', async function () {
    this.timeout(120_000);
    const named = withEveryInput(CHAIN);
    assert.equal(named.match(/input: /g)!.length, 5);
    const [one, other] = [await run(contextFor(CHAIN, 2000)), await run(contextFor(named, 2000))];
    assert.deepEqual(comparable(other.events), comparable(one.events));
    assert.deepEqual(other.result, one.result);
    assert.deepEqual(other.files, one.files);
  });

  it('ends within its budget, the same where it was interrupted, and says what layers read', async function () {
    this.timeout(120_000);
    const context = contextFor(BRANCHES, 3000);
    const [whole, interrupted] = [await run(context), await run(context, [4, 20])];
    assert.deepEqual(interrupted.result, whole.result);
    const { certificate, layers } = mainNetwork(whole.result);
    assert.ok(certificate.exactBytes <= 3000);
    assert.deepEqual(
      layers.flatMap(({ name, inputs }) => (inputs ? [[name, ...inputs]] : [])),
      [
        ['right', 'stem'],
        ['both', 'right', 'left'],
        ['again', 'input'],
        ['logits', 'two', 'one'],
      ],
    );
  });
});
