/** Exits that a search may leave out: every strategy trains them, and what is kept is certified as it is. */
import assert from 'node:assert/strict';
import { certify } from '../../../src/integer/sizing.ts';
import { unpackFolded } from '../../../src/integer/pack-folded.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { decidedAssignment } from '../../../src/network/decided-assignment.ts';
import { exitsOf } from '../../../src/network/network-outputs.ts';
import { StrategySearch } from '../../../src/strategies/strategy-search.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { silentHooks, type SearchContext } from '../../../src/training/problem.ts';
import type { RunResult, UnnumberedEvent } from '../../../src/wire/run.ts';
import { runEvent, runResult } from '../../../src/wire/run-schema.ts';
import { STRATEGIES } from '../../../src/wire/strategies.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';
import { Helpers } from './helpers.ts';
import { comparable, networkOf, openTestBackend, quadrants } from './support.ts';

const BUDGET = 1300;
const DEFINITION = `search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 }
training: { warmup: 1, search: 1, race: 2, sparsify: 2, settle: 2, batch: 16, learningRate: 0.02 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8 | 12 }
  - { name: early, op: skip | exit, units: 4 }
  - { name: block, op: dsconv | skip, kernel: 3x3, filters: 8 | 16 }
  - { name: late, op: exit | skip, units: 4 }
  - { name: more, op: dsconv, kernel: 3x3, filters: 16 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;
const dataset = quadrants({ train: 64, validation: 64, test: 64 });
const context: SearchContext = {
  network: networkOf(DEFINITION),
  dataset,
  target: findTarget('ethos-u55-128'),
  limits: limitsOf(BUDGET),
  seed: 3,
  backend: { name: 'wasm', reason: 'test' },
};

interface Searched {
  readonly events: UnnumberedEvent[];
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly result: RunResult;
}

/** @param stops events after which it is stopped, and taken up from its last checkpoint */
async function searched(of: SearchContext, strategy: string, stops: readonly number[] = []): Promise<Searched> {
  const events: UnnumberedEvent[] = [];
  const files = new Map<string, Uint8Array>();
  const choice = { strategy, baselines: [] };
  let search = await StrategySearch.create(of, choice);
  let saved = { state: new Uint8Array(), events: 0 };
  const left = [...stops];
  for (;;) {
    const controller = new AbortController();
    try {
      const result = await search.run({
        ...silentHooks(controller.signal),
        emit: async (event) => {
          events.push(event);
          if (events.length !== left[0]) return;
          left.shift();
          controller.abort();
        },
        keep: async (file, bytes) => {
          files.set(file, bytes);
        },
        checkpoint: async () => {
          saved = { state: Uint8Array.from(await search.state()), events: events.length };
        },
      });
      return { events, files, result };
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
      events.length = saved.events;
      search = await StrategySearch.restore(of, choice, saved.state);
    }
  }
}

describe('a search that may leave exits out', () => {
  before(openTestBackend);

  for (const { id } of STRATEGIES)
    it(`${id}: trains them all, and certifies the networks without those that it leaves out`, async function () {
      this.timeout(240_000);
      const { events, files, result } = await searched(context, id);
      runResult(JSON.parse(JSON.stringify(result)));
      const started = events.find((event) => event.type === 'started')!;
      const places = started.decisions.flatMap(({ id: decision }, d) =>
        /^(early|late)\.op$/.test(decision) ? [d] : [],
      );
      assert.deepEqual(
        places.map((d) => started.decisions[d]!.labels),
        [
          ['skip', 'exit'],
          ['exit', 'skip'],
        ],
      );
      for (const [seq, event] of events.entries()) {
        runEvent(JSON.parse(JSON.stringify({ ...event, seq })));
        if (!('assignment' in event)) continue;
        for (const d of places) assert.equal(started.decisions[d]!.labels[event.assignment[d]!], 'exit');
        if (event.type !== 'epoch') continue;
        for (const [d, row] of event.probabilities.entries()) {
          assert.equal(row.length, started.decisions[d]!.labels.length);
          if (places.includes(d)) assert.equal(row[started.decisions[d]!.labels.indexOf('exit')], 1);
        }
      }
      const left = result.networks.flatMap(
        ({ decisions, weights, certificate, totals, exits = [], stopping, layers }) => {
          const decided = decidedAssignment(context.network, decisions);
          assert.ok('assignment' in decided);
          const architecture = instantiate(context.network, decided.assignment);
          const names = exitsOf(architecture.operations).map((index) => architecture.operations[index]!.layerName);
          assert.deepEqual(
            exits.map(({ name }) => name),
            names,
          );
          const folded = unpackFolded(files.get(weights)!, architecture);
          const codes = new Map(folded.operations.flatMap((one) => (one.codes ? [[one.operation.id, one.codes]] : [])));
          const again = certify(architecture, context.target, codes);
          assert.deepEqual(
            [certificate.encodedSha256, certificate.exactBytes, totals.totalBytes],
            [again.encodedSha256, again.exactBytes, again.exactBytes],
          );
          assert.ok(certificate.exactBytes <= BUDGET);
          assert.equal(stopping !== undefined, names.length > 0);
          if (stopping) {
            assert.ok(stopping.accuracy >= stopping.endAccuracy);
            // An exit stays where it saves more than its bytes: the head itself is work.
            assert.ok(stopping.mean < stopping.whole);
            assert.ok(Math.abs(stopping.whole - totals.cycles) < 1e-6 * totals.cycles);
          }
          const out = ['early', 'late'].filter((name) => !names.includes(name));
          for (const name of out) {
            const { op, totalBytes, macs } = layers.find((layer) => layer.name === name)!;
            assert.deepEqual({ op, totalBytes, macs }, { op: 'skip', totalBytes: 0, macs: 0 });
          }
          return out.length > 0 ? [out] : [];
        },
      );
      const said = events.flatMap((event) =>
        event.type === 'repaired' && /not worth their bytes/.test(event.reason) ? [event] : [],
      );
      assert.equal(said.length, left.length);
      for (const { assignment } of result.offers?.list ?? [])
        assert.equal(exitsOf(instantiate(context.network, assignment).operations).length, 2);
      assert.equal(result.offers !== undefined, id === 'once-for-all');
      for (const { beforeBytes, afterBytes } of said) assert.ok(afterBytes < beforeBytes && beforeBytes <= BUDGET);
    });

  it('gives the same, interrupted or not', async function () {
    this.timeout(240_000);
    const whole = await searched(context, 'udc');
    const interrupted = await searched(context, 'udc', [2, 4, 6]);
    assert.deepEqual(comparable(interrupted.events), comparable(whole.events));
    assert.deepEqual(interrupted.result, whole.result);
    assert.deepEqual([...interrupted.files], [...whole.files]);
  });

  it('tells the same of networks that are trained beside', async function () {
    this.timeout(240_000);
    const alone = await searched(context, 'random');
    assert.ok(alone.result.networks.length > 2);
    const side = new Helpers(2, dataset);
    const together = await searched({ ...context, side }, 'random');
    assert.ok(side.begun.length > 0);
    assert.deepEqual(comparable(together.events), comparable(alone.events));
    assert.deepEqual(together.result, alone.result);
    assert.deepEqual(together.files, alone.files);
  });
});
