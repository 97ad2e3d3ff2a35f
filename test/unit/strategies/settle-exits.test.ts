/** Which exits of a trained network stay, held against all that could: bytes, cycles and answers made anew. */
import assert from 'node:assert/strict';
import { tradesOf } from '../../../src/deploy/ensembles/exit-choice.ts';
import { EncodedWeights } from '../../../src/integer/encodings.ts';
import { evaluateInteger, evaluateOutputs } from '../../../src/integer/evaluate-integer.ts';
import { quantise } from '../../../src/integer/quantise-network.ts';
import { segmentsOf } from '../../../src/integer/segments.ts';
import { sizeExactly } from '../../../src/integer/sizing.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { outputsOf } from '../../../src/network/network-outputs.ts';
import type { Assignment } from '../../../src/network/types.ts';
import { settleExits, type SettledNetwork } from '../../../src/strategies/session/settle-exits.ts';
import { standing } from '../../../src/strategies/session/standing-exits.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import type { Outcome } from '../../../src/training/finish.ts';
import type { SearchContext } from '../../../src/training/problem.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';
import { foldedOf } from '../formats/run.ts';
import { networkOf, quadrants } from './support.ts';

const dataset = quadrants({ train: 16, validation: 48, test: 16 });
const definition = (search: string, fixed = 'exit'): string => `${search}
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8, bits: 8 }
  - { name: early, op: exit | skip, units: 4, bits: 8 }
  - { name: block, op: dsconv, kernel: 3x3, filters: 16, bits: 8 }
  - { name: late, op: skip | exit, units: 4, bits: 8 }
  - { name: more, op: dsconv, kernel: 3x3, filters: 16, bits: 8 }
  - { name: last, op: ${fixed}, units: 4, bits: 8 }
  - { name: most, op: dsconv, kernel: 3x3, filters: 16, bits: 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4, bits: 8 }
`;

const contextOf = (search = ''): SearchContext =>
  standing({
    network: networkOf(definition(search)),
    dataset,
    target: findTarget('ethos-u55-128'),
    limits: limitsOf(16384),
    seed: 1,
    backend: { name: '', reason: '' },
  });

/** What the end of a training has, of random weights. */
function outcomeOf({ network, target }: SearchContext, seed: number): Outcome {
  const architecture = instantiate(
    network,
    network.decisions.map(() => 0),
  );
  const folded = foldedOf(architecture, seed);
  const codes = new Map(folded.operations.flatMap((one) => (one.codes ? [[one.operation.id, one.codes]] : [])));
  return {
    folded,
    encoded: new EncodedWeights(architecture, target, codes),
    floatMetric: 0.5,
    integerMetric: 0.5,
    measures: {},
    exits: [0.1, 0.2, 0.3],
    test: {} as Outcome['test'],
  };
}

const settle = (context: SearchContext, outcome: Outcome): Promise<SettledNetwork> =>
  settleExits(
    context,
    outcome,
    context.network.decisions.map(() => 0),
  );

/** Of each set of exits its trades and its bytes, from nothing but the whole network's weights. */
async function everySet(
  context: SearchContext,
  { folded }: Outcome,
): Promise<Map<string, readonly [number, ReturnType<typeof tradesOf>]>> {
  const whole = context.whole!;
  const found = new Map<string, readonly [number, ReturnType<typeof tradesOf>]>();
  const { images, count } = await dataset.validation.slice(0, dataset.validation.count);
  for (const [early, late] of [
    [0, 1],
    [1, 1],
    [0, 0],
    [1, 0],
  ] as const) {
    const assignment: Assignment = [early, late];
    const architecture = instantiate(whole, assignment);
    const operations = architecture.operations.map((operation) => ({
      ...folded.operations.find((one) => one.operation.id === operation.id)!,
      operation,
    }));
    const network = quantise({ ...folded, architecture, operations });
    const sized = sizeExactly(
      architecture,
      context.target,
      ({ id }) => operations.find((one) => one.operation.id === id)!.codes!,
    );
    const logits = evaluateOutputs(network, images, count);
    const ends = outputsOf(architecture.operations);
    const stages = segmentsOf(architecture, context.target, sized).map(({ cycles }, k) => ({
      logits: logits[k]!,
      scale: network.operations[ends[k]!]!.output.scale,
      work: cycles,
    }));
    found.set(assignment.join(), [sized.totalBytes, tradesOf(stages, dataset.validation.labels)]);
  }
  return found;
}

describe('exits of a trained network', () => {
  it('stay where that has the least mean cycles × bytes at the accuracy of the end', async () => {
    const context = contextOf();
    const kept = new Set<string>();
    for (let seed = 1; seed <= 6; seed++) {
      const outcome = outcomeOf(context, seed);
      const settled = await settle(context, outcome);
      const sets = await everySet(context, outcome);
      const { accuracy, endAccuracy, mean } = settled.stopping!;
      assert.ok(accuracy >= endAccuracy);
      const least = Math.min(
        ...[...sets.values()].flatMap(([bytes, trades]) =>
          trades.flatMap((trade) => (trade.accuracy >= endAccuracy ? [trade.work * bytes] : [])),
        ),
      );
      const [bytes] = sets.get(settled.assignment.join())!;
      assert.equal(settled.outcome.encoded.certificate.exactBytes, bytes);
      assert.ok(Math.abs(mean * bytes - least) <= 1e-9 * least, `seed ${seed}`);
      assert.equal(settled.reason !== undefined, settled.assignment[0] === 1 || settled.assignment[1] === 0);
      kept.add(settled.assignment.join());
    }
    assert.ok(kept.size >= 2, [...kept].join(' '));
  });

  it('or, with an objective, where accuracy × (mean cost / goal)^weight is the highest, whatever the cost', async () => {
    for (const [cost, goal] of [
      ['cycles', '3000'],
      ['latency', '0.006 ms'],
      ['macs', '50000'],
    ] as const) {
      const context = contextOf(`search: { objective: { ${cost}: ${goal}, weight: -0.3 } }`);
      for (let seed = 1; seed <= 2; seed++) {
        const outcome = outcomeOf(context, seed);
        const settled = await settle(context, outcome);
        assert.equal(settled.stopping!.unit, cost === 'macs' ? 'MACs' : 'cycles');
        if (cost === 'macs') continue;
        const sets = await everySet(context, outcome);
        // Cycles and seconds are in proportion, so that their goals make no difference to which is best.
        const scores = [...sets.values()].flatMap(([, trades]) =>
          trades.map((trade) => trade.accuracy * trade.work ** -0.3),
        );
        const { accuracy, mean } = settled.stopping!;
        const best = Math.max(...scores);
        assert.ok(Math.abs(accuracy * mean ** -0.3 - best) <= 1e-9 * best);
      }
    }
  });

  it('leave the rest of the network as it computes', async () => {
    const context = contextOf();
    const { images, count } = await dataset.test.slice(0, dataset.test.count);
    for (let seed = 1; seed <= 3; seed++) {
      const outcome = outcomeOf(context, seed);
      const { outcome: kept, assignment } = await settle(context, outcome);
      assert.deepEqual(kept.folded.architecture, kept.encoded.architecture);
      assert.deepEqual(kept.encoded.architecture, instantiate(context.whole!, assignment));
      assert.deepEqual(
        evaluateInteger(quantise(kept.folded), images, count),
        evaluateInteger(quantise(outcome.folded), images, count),
      );
      const names = outputsOf(kept.folded.architecture.operations)
        .slice(0, -1)
        .map((index) => kept.folded.architecture.operations[index]!.layerName);
      const metrics = { early: 0.1, late: 0.2, last: 0.3 } as Readonly<Record<string, number>>;
      assert.deepEqual(
        kept.exits,
        names.map((name) => metrics[name]),
      );
      assert.ok(names.includes('last'), 'what is no choice stays');
    }
  });

  it('keep their network as it is where none may be left out', async () => {
    const network = networkOf(definition('').replace('exit | skip', 'exit').replace('skip | exit', 'exit'));
    const context = { ...contextOf(), network, whole: undefined };
    const outcome = outcomeOf(context, 2);
    const settled = await settle(context, outcome);
    assert.equal(settled.outcome, outcome);
    assert.ok(settled.stopping && settled.reason === undefined);
  });

  it('all stay where no network without one of them is within the limits', async () => {
    const context = contextOf();
    const outcome = outcomeOf(context, 3);
    const { exactBytes } = outcome.encoded.certificate;
    // Nothing less than the whole is within this one: no set but that of all exits may be chosen.
    const none = { ...context, limits: [{ cost: 'macs' as const, limit: 0, from: 'given' as const }] };
    const settled = await settle(none, outcome);
    assert.equal(settled.outcome.encoded.certificate.exactBytes, exactBytes);
  });
});
