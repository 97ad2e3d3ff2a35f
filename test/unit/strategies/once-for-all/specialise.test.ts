/** Networks from shared weights: within any limits, untrained or tuned, and what is refused. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readSafetensors, writeSafetensors } from '../../../../src/base/safetensors-file.ts';
import { feasibility } from '../../../../src/costs/limits/feasibility.ts';
import { specialiser, tuned } from '../../../../src/strategies/once-for-all/specialise-strategy.ts';
import { unpackShared } from '../../../../src/strategies/once-for-all/shared-file.ts';
import { SearchSession } from '../../../../src/strategies/session/search-session.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import { BudgetError, SharedFileError, silentHooks, type SearchContext } from '../../../../src/training/problem.ts';
import { SHARED_FILE } from '../../../../src/wire/offers.ts';
import type { RunResult, UnnumberedEvent } from '../../../../src/wire/run.ts';
import { runResult } from '../../../../src/wire/run-schema.ts';
import { cases } from '../../../cases.ts';
import { limitsOf } from '../../../fixtures/run-parts.ts';
import { networkOf, openTestBackend, quadrants, run } from '../support.ts';

const DEFINITION = `search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 }
training: { warmup: 3, search: 2, race: 2, sparsify: 1, settle: 1, batch: 16, learningRate: 0.01 }
layers:
  - { name: stem, op: conv, kernel: 3x3 | 5x5, stride: 2, filters: 4 | 8 | 12 }
  - { name: block, op: dsconv | skip, kernel: 3x3, filters: 8 | 16 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;
const dataset = quadrants({ train: 96, validation: 64, test: 64 });
const contextOf = (budget: number, target = 'ethos-u55-128', text = DEFINITION): SearchContext => ({
  network: networkOf(text),
  dataset,
  target: findTarget(target),
  limits: limitsOf(budget),
  seed: 3,
  backend: { name: 'wasm', reason: 'test' },
});

async function specialise(
  context: SearchContext,
  bytes: Uint8Array,
  tune = 0,
): Promise<{ result: RunResult; events: UnnumberedEvent[] }> {
  const events: UnnumberedEvent[] = [];
  const short = { ...context, network: tuned(context.network, tune) };
  const session = await SearchSession.create(short, specialiser(bytes));
  const result = await session.run({
    ...silentHooks(new AbortController().signal),
    emit: (event) => {
      events.push(event);
      return Promise.resolve();
    },
  });
  return { result, events };
}

describe('a network from shared weights', () => {
  let bytes: Uint8Array;
  let source: RunResult;

  before(async function () {
    this.timeout(120_000);
    await openTestBackend();
    const { files, result } = await run(contextOf(1000), [], 'once-for-all');
    bytes = files.get(SHARED_FILE)!;
    source = result;
  });

  it('is offered in many sizes, each predicted better than what is smaller, by exact bytes', () => {
    const { offers } = runResult(JSON.parse(JSON.stringify(source)));
    assert.ok(offers && offers.list.length >= 3);
    offers.list.forEach((offer, i) => {
      const before = offers.list[i - 1];
      assert.equal(
        offer.layers.reduce((sum, { totalBytes }) => sum + totalBytes, 0),
        offer.exactBytes,
      );
      assert.equal(offer.costs.find(({ cost }) => cost === 'weights')!.value, offer.exactBytes);
      if (before) {
        assert.ok(offer.exactBytes >= before.exactBytes);
        assert.ok(offer.predictedMetric > before.predictedMetric);
      }
    });
    assert.ok(offers.ranking.measured >= 40);
  });

  it('is within any limit that can be met, on any target, without a step of training', async function () {
    this.timeout(240_000);
    const targets = fc.constantFrom('ethos-u55-128', 'ethos-u85-256', 'mcu-packed', 'generic-bitmask');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 300, max: 4000 }), targets, async (budget, target) => {
        const context = contextOf(budget, target);
        const possible = !feasibility(context.network, context.target, context.limits).refusal;
        const found = await specialise(context, bytes).catch((error: unknown) => error);
        if (!possible) {
          assert.ok(found instanceof BudgetError, String(found));
          return;
        }
        assert.ok(!(found instanceof Error), String(found));
        const { result, events } = found as Awaited<ReturnType<typeof specialise>>;
        assert.ok(result.networks[0].certificate.exactBytes <= budget);
        assert.equal(result.target, target);
        assert.equal(events.filter(({ type }) => type === 'epoch').length, 0);
        assert.equal(result.networks[0].steps, unpackShared(context, bytes).steps);
      }),
      { seed: 2, numRuns: cases(5, 10), endOnFailure: true },
    );
  });

  it('keeps limits on latency too, is tuned where that is asked for, and is the same when taken up again', async function () {
    this.timeout(120_000);
    const context = contextOf(1500);
    const { result: free } = await specialise(context, bytes);
    const { cycles } = free.networks[0].totals;
    const tight = {
      ...context,
      limits: [...context.limits, { cost: 'cycles', limit: 0.9 * cycles, from: 'given' } as const],
    };
    const { result, events } = await specialise(tight, bytes, 2);
    assert.ok(result.networks[0].totals.cycles <= 0.9 * cycles);
    assert.equal(events.filter(({ type }) => type === 'epoch').length, 2);
    const state = await (await SearchSession.create(context, specialiser(bytes))).state();
    const taken = await SearchSession.restore(
      { ...context, network: tuned(context.network, 0) },
      specialiser(bytes),
      state,
    );
    const again = await taken.run(silentHooks(new AbortController().signal));
    assert.equal(again.networks[0].certificate.encodedSha256, free.networks[0].certificate.encodedSha256);
  });

  it('is faster where the definition has an objective on cycles, and the same where that has no weight', async function () {
    this.timeout(120_000);
    const cyclesWith = async (objective: string): Promise<number> => {
      const text = DEFINITION.replace('search: {', `search: { objective: { ${objective} },`);
      const { result } = await specialise(contextOf(1500, 'ethos-u55-128', text), bytes);
      return result.networks[0].totals.cycles;
    };
    const { result: free } = await specialise(contextOf(1500), bytes);
    assert.equal(await cyclesWith('cycles: 2 k, weight: 0'), free.networks[0].totals.cycles);
    assert.ok((await cyclesWith('cycles: 2 k, weight: -1')) < free.networks[0].totals.cycles);
  });

  it('is tuned at a higher rate the fewer epochs there are, within what a definition may say', () => {
    const { network } = contextOf(1000);
    const rates = [0, 1, 2, 4, 6, 8, 20].map((epochs) => tuned(network, epochs).definition.training.learningRate);
    assert.deepEqual(rates, [0.01, 0.02, 0.02, 0.02, (8 / 6) * 0.01, 0.01, 0.01]);
    const fast = { ...network.definition, training: { ...network.definition.training, learningRate: 0.5 } };
    assert.equal(tuned({ ...network, definition: fast }, 1).definition.training.learningRate, 1);
  });

  it('is refused where the file is damaged, of another version or of another space', () => {
    const context = contextOf(1000);
    const refused = (file: Uint8Array, why: RegExp, of = context): void => {
      assert.throws(
        () => unpackShared(of, file),
        (error: unknown) => error instanceof SharedFileError && why.test(error.message),
      );
    };
    refused(bytes.slice(0, 100), /damaged/);
    refused(new Uint8Array(), /damaged/);
    const { tensors, metadata } = readSafetensors(bytes);
    refused(writeSafetensors(tensors, {}), /no file of shared weights/);
    const said = JSON.parse(metadata['udc-shared']!) as Record<string, unknown>;
    const saying = (changed: object): Record<string, string> => ({
      'udc-shared': JSON.stringify({ ...said, ...changed }),
    });
    refused(writeSafetensors(tensors, saying({ format: 7 })), /format 7; this version reads format 1/);
    refused(writeSafetensors(tensors, saying({ founders: [[99]] })), /none of the space/);
    refused(writeSafetensors(tensors, saying({ steps: 'many' })), /damaged/);
    refused(writeSafetensors(tensors.slice(1), metadata), /missing|predictor/);
    refused(bytes, /another search space/, contextOf(1000, undefined, DEFINITION.replace('4 | 8 | 12', '4 | 8')));
  });
});
