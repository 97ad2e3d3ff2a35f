/** What holds for every strategy: limits met, events, resumption, what is declared; and what each is for. */
import assert from 'node:assert/strict';
import { decidedAssignment } from '../../../src/network/decided-assignment.ts';
import { architectureKey, instantiate } from '../../../src/network/architecture.ts';
import { unpackFolded } from '../../../src/integer/pack-folded.ts';
import { certify } from '../../../src/integer/sizing.ts';
import { raceSteps } from '../../../src/strategies/session/race.ts';
import { strategyOf } from '../../../src/strategies/strategy-table.ts';
import { StrategySearch } from '../../../src/strategies/strategy-search.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import type { SearchContext } from '../../../src/training/problem.ts';
import { STRATEGIES } from '../../../src/wire/strategies.ts';
import { totalEpochs } from '../../../src/wire/stages.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';
import { comparable, networkOf, openTestBackend, quadrants, run } from './support.ts';

const BUDGET = 1000;
const DEFINITION = `search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 }
training: { warmup: 1, search: 1, race: 2, sparsify: 1, settle: 1, batch: 16, learningRate: 0.01 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8 | 12 }
  - { name: block, op: dsconv | skip, kernel: 3x3, filters: 8 | 16 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;
const dataset = quadrants({ train: 48, validation: 16, test: 32 });
const contextOf = (text = DEFINITION, activations?: number): SearchContext => ({
  network: networkOf(text),
  dataset,
  target: findTarget('ethos-u55-128'),
  limits: limitsOf(BUDGET, activations),
  seed: 3,
  backend: { name: 'wasm', reason: 'test' },
});

/** The architecture that a network of a result is, by its decisions. */
function assignmentOf(context: SearchContext, decisions: Parameters<typeof decidedAssignment>[1]): readonly number[] {
  const found = decidedAssignment(context.network, decisions);
  assert.ok('assignment' in found);
  return found.assignment;
}

describe('every strategy', () => {
  before(openTestBackend);

  for (const { id } of STRATEGIES) {
    it(`${id}: keeps to its limits, certifies what it stores, and declares what it reports`, async function () {
      this.timeout(120_000);
      const context = contextOf();
      const { events, result, files } = await run(context, [], id);
      const started = events.find((event) => event.type === 'started')!;
      const epochs = events.filter((event) => event.type === 'epoch');
      assert.equal(started.strategy.id, id);
      assert.equal(result.strategy.id, id);
      assert.equal(epochs.length, totalEpochs(started));
      for (const { id: stage, epochs: length } of started.stages)
        assert.equal(epochs.filter((epoch) => epoch.stage === stage).length, length, stage);
      for (const epoch of epochs)
        for (const key of Object.keys(epoch.numbers)) assert.ok(started.curves.some((curve) => curve.id === key));
      assert.ok(result.networks.length >= 1);
      assert.equal(new Set(result.networks.map(({ weights }) => weights)).size, result.networks.length);
      for (const { certificate, decisions, weights, totals } of result.networks) {
        assert.ok(certificate.exactBytes <= BUDGET);
        assert.equal(totals.totalBytes, certificate.exactBytes);
        const folded = unpackFolded(
          files.get(weights)!,
          instantiate(context.network, assignmentOf(context, decisions)),
        );
        const codes = new Map(folded.operations.flatMap((one) => (one.codes ? [[one.operation.id, one.codes]] : [])));
        const again = certify(folded.architecture, context.target, codes);
        assert.equal(again.encodedSha256, certificate.encodedSha256);
      }
    });

    it(`${id}: tells of its candidates: who came up from whom, how each was tried, when it fell out`, async function () {
      this.timeout(120_000);
      const context = contextOf();
      const { events, result } = await run(context, [], id);
      const stages = new Set(
        events.flatMap((event) => (event.type === 'started' ? event.stages.map((s) => s.id) : [])),
      );
      const all = events.filter((event) => event.type === 'candidate');
      // What was passed over may come up again.
      const candidates = all.filter((event, i) => all.findIndex((one) => one.id === event.id) === i);
      const ids = candidates.map((candidate) => candidate.id);
      assert.ok(candidates.length >= result.networks.length);
      assert.deepEqual(ids, [...ids.keys()], 'numbered as they come');
      const keys = candidates.map(({ assignment }) => architectureKey(context.network, assignment));
      assert.equal(new Set(keys).size, ids.length, 'each once');
      for (const { stage, origin, exactBytes } of candidates) {
        assert.ok(stages.has(stage), stage);
        for (const parent of origin.parents) assert.ok(ids.includes(parent));
        assert.ok(exactBytes === undefined || exactBytes <= BUDGET);
      }
      const dropped = events.filter((event) => event.type === 'dropped');
      for (const { rank, of } of dropped) assert.ok(rank >= 1 && rank <= of);
      assert.equal(dropped.length, all.length - 1, 'each falls out as often as it came, but for one');
      const finished = events.find((event) => event.type === 'finished')!;
      const alive = new Set<number>();
      for (const event of events) {
        if (event.type === 'candidate') {
          assert.ok(!alive.has(event.id));
          alive.add(event.id);
        } else if (event.type === 'trial') assert.ok(alive.has(event.candidate));
        else if (event.type === 'dropped') assert.ok(alive.delete(event.candidate));
      }
      assert.deepEqual([...alive], [finished.candidate]);
    });

    it(`${id}: gives the same, interrupted or not`, async function () {
      this.timeout(240_000);
      const whole = await run(contextOf(), [], id);
      const interrupted = await run(contextOf(), [2, 7, 9, 21, 30], id);
      assert.deepEqual(comparable(interrupted.events), comparable(whole.events));
      assert.deepEqual(interrupted.result, whole.result);
      assert.deepEqual([...interrupted.files], [...whole.files]);
    });

    it(`${id}: trains a definition that leaves nothing open`, async () => {
      const fixed = DEFINITION.replace(/search: .*\n/, '')
        .replace('4 | 8 | 12', '4')
        .replace('dsconv | skip', 'dsconv')
        .replace('8 | 16', '8');
      const { result } = await run(contextOf(fixed), [], id);
      assert.equal(new Set(result.networks.map(({ certificate }) => certificate.encodedSha256)).size, 1);
    });
  }
});

describe('the strategies', () => {
  before(openTestBackend);

  it('are found by their names, and others are refused with those that there are', () => {
    for (const { id } of STRATEGIES) assert.equal(strategyOf(id).id, id);
    assert.throws(
      () => strategyOf('constructor'),
      /no strategy 'constructor'; there are udc, once-for-all, reinforcement, evolution, random, memory-driven, uniform/,
    );
  });

  it('uniform: one bitwidth everywhere, dense, no layer left out, a network each', async () => {
    const { result } = await run(contextOf(), [], 'uniform');
    assert.deepEqual(result.networks.map(({ name }) => name).sort(), [
      'uniform 2-bit',
      'uniform 4-bit',
      'uniform 8-bit',
    ]);
    for (const { name, layers } of result.networks) {
      const weighted = layers.filter(({ parameters }) => parameters > 0);
      assert.ok(
        weighted.some((layer) => layer.name === 'block'),
        'a layer that may be left out is there',
      );
      for (const { bits, sparsity } of weighted) assert.deepEqual([`uniform ${bits}-bit`, sparsity], [name, 0]);
    }
  });

  it('random and evolution take at most the steps of UDC, and nearly all of them', () => {
    const costs = { before: 60, after: 40, race: 4, network: contextOf().network };
    const udc = costs.before + raceSteps(costs.after, costs.race) + costs.after;
    const random = strategyOf('random').plan(costs).networks * costs.after;
    const evolution = raceSteps(costs.after, strategyOf('evolution').plan(costs).racers) + costs.after;
    for (const steps of [random, evolution])
      assert.ok(steps <= udc && steps > udc - 2 * costs.after, `${steps} of ${udc}`);
  });

  it('are compared in as many steps, and their progress is that of no epoch', async function () {
    this.timeout(120_000);
    const context = contextOf();
    const search = await StrategySearch.create(context, { strategy: 'udc', baselines: ['uniform', 'udc', 'random'] });
    const seen = new Set<string>();
    const result = await search.run({
      emit: () => Promise.resolve(),
      keep: () => Promise.resolve(),
      checkpoint: () => Promise.resolve(),
      progress: ({ stage, hasEpochs }) => {
        if (stage === 'baselines') assert.equal(hasEpochs, false);
        seen.add(stage);
      },
      signal: new AbortController().signal,
    });
    assert.equal(result.networks.length, 1);
    assert.equal(result.baselines.filter(({ details }) => details === 'Uniform').length, 3);
    assert.deepEqual(
      result.baselines.filter(({ details }) => details !== 'Uniform').map(({ name }) => name),
      ['Random'],
      'a strategy is not compared with itself',
    );
    for (const { exactBytes } of result.baselines) assert.ok(exactBytes <= BUDGET);
  });
});
