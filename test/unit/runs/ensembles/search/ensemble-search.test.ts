/** Searches for several networks under one budget: within it together, resumable, and honest on who wins. */
import assert from 'node:assert/strict';
import { runAll, stopAtOnce } from '../../../../../src/deploy/ensembles/decide.ts';
import { EnsembleSearch } from '../../../../../src/runs/ensembles/search/ensemble-search.ts';
import { limitsOfPart } from '../../../../../src/runs/ensembles/search/ensemble-parts.ts';
import { combineMembers } from '../../../../../src/runs/ensembles/search/ensemble-outcome.ts';
import { verified, type MemberNetwork } from '../../../../../src/runs/ensembles/read-member.ts';
import { findTarget } from '../../../../../src/targets/find-target.ts';
import { BudgetError, TargetError, type SearchContext, type SearchHooks } from '../../../../../src/training/problem.ts';
import type { Limit } from '../../../../../src/wire/limits.ts';
import { runResult } from '../../../../../src/wire/run-schema.ts';
import type { RunResult, UnnumberedEvent } from '../../../../../src/wire/run.ts';
import { STRATEGY_NAMES, type StrategyName } from '../../../../../src/wire/strategies.ts';
import { cases } from '../../../../cases.ts';
import { limitsOf } from '../../../../fixtures/run-parts.ts';
import { comparable, networkOf, openTestBackend, quadrants } from '../../../strategies/support.ts';

const LAYERS = `layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8, bits: 2 | 8, sparsity: 0 | 0.5 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;
const TRAINING = 'training: { warmup: 1, search: 1, race: 2, sparsify: 1, settle: 1, batch: 16, learningRate: 0.01 }';
const dataset = quadrants({ train: 48, validation: 32, test: 48 });

function contextOf(budget: number, members = 2, more = ''): SearchContext {
  return {
    network: networkOf(`ensemble: { members: ${members}${more} }\n${TRAINING}\n${LAYERS}`),
    dataset,
    target: findTarget('ethos-u55-128'),
    limits: limitsOf(budget),
    seed: 1,
    backend: { name: 'wasm', reason: 'test' },
  };
}

const specOf = ({ network }: SearchContext): NonNullable<SearchContext['network']['definition']['ensemble']> =>
  network.definition.ensemble!;

const begun = (context: SearchContext, strategy = 'udc', baselines: readonly string[] = []): Promise<EnsembleSearch> =>
  EnsembleSearch.create(context, specOf(context), { strategy, baselines });

interface Followed {
  readonly events: UnnumberedEvent[];
  readonly checkpoints: { readonly state: Uint8Array; readonly events: number }[];
  readonly files: Map<string, Uint8Array>;
  readonly result: RunResult;
}

async function follow(search: EnsembleSearch): Promise<Followed> {
  const events: UnnumberedEvent[] = [];
  const checkpoints: Followed['checkpoints'] = [];
  const files: Followed['files'] = new Map();
  const hooks: SearchHooks = {
    emit: (event) => Promise.resolve(void events.push(event)),
    progress: () => undefined,
    keep: (file, bytes) => Promise.resolve(void files.set(file, bytes)),
    checkpoint: async () => {
      checkpoints.push({ state: await search.state(), events: events.length });
    },
    signal: new AbortController().signal,
  };
  return { result: await search.run(hooks), events, checkpoints, files };
}

/** A network of the result, as it is combined. */
function memberOf({ result, files }: Followed, { target, limits }: SearchContext, index: number): MemberNetwork {
  const chosen = result.networks[index]!;
  const weights = files.get(chosen.weights)!;
  return { run: chosen.name, chosen, target, limits, ...verified({ chosen, weights }, target, assert.fail) };
}

describe('a search for an ensemble', () => {
  before(openTestBackend);

  for (const [budget, members] of [
    [700, 2],
    [1000, 3],
  ] as const)
    it(`has ${members} members within ${budget} bytes together, and a single network within as many`, async function () {
      this.timeout(120_000);
      const context = contextOf(budget, members);
      const found = await follow(await begun(context));
      const { networks, ensemble, limits } = found.result;
      runResult(JSON.parse(JSON.stringify(found.result)));
      assert.deepEqual(
        networks.map(({ name }) => name),
        ['single network', ...Array.from({ length: members }, (_, k) => `member ${k + 1}`)],
      );
      assert.deepEqual(limits, context.limits);
      const [single, ...others] = networks.map(({ certificate }) => certificate.exactBytes);
      const together = others.reduce((a, b) => a + b, 0);
      assert.ok(together <= budget && single! <= budget, `${together} and ${single} of ${budget}`);
      assert.equal(ensemble!.ensemble.bytes, together);
      assert.equal(ensemble!.alone.bytes, single);
      assert.deepEqual(ensemble!.certificate.costs[0], { cost: 'weights', value: together, limit: budget });
      const { ensemble: ours, alone: theirs } = ensemble!;
      const [more, less] = ensemble!.winner === 'ensemble' ? [ours, theirs] : [theirs, ours];
      assert.ok(more.validation > less.validation || (more.validation === less.validation && more.work <= less.work));
      assert.deepEqual([...found.files.keys()].sort(), networks.map(({ weights }) => weights).sort());
      // The single network had as many epochs as all members together.
      assert.equal(theirs.steps, ours.steps);
    });

  it('tells one run: its stages once, its epochs and candidates one after another', async function () {
    this.timeout(120_000);
    const { events } = await follow(await begun(contextOf(700)));
    const started = events.filter((event) => event.type === 'started');
    assert.equal(started.length, 1);
    assert.equal(started[0]!.limits.find(({ cost }) => cost === 'weights')!.limit, 700);
    const ids = new Set(started[0]!.stages.map(({ id }) => id));
    assert.equal(ids.size, started[0]!.stages.length);
    const epochs = events.flatMap((event) => (event.type === 'epoch' ? [event.epoch] : []));
    assert.deepEqual(
      epochs,
      epochs.map((_, i) => i + 1),
    );
    for (const event of events) if ('stage' in event) assert.ok(ids.has(event.stage), event.stage);
    const candidates = events.flatMap((event) => (event.type === 'candidate' ? [event.id] : []));
    const known = new Set(candidates);
    for (const event of events)
      if (event.type === 'trial' || event.type === 'dropped') assert.ok(known.has(event.candidate));
    assert.equal(events.filter(({ type }) => type === 'finished').length, 1);
    assert.equal(events.at(-1)!.type, 'finished');
  });

  it('goes on from a checkpoint with the same events, weights and result', async function () {
    this.timeout(240_000);
    const context = contextOf(700);
    const whole = await follow(await begun(context));
    const { length } = whole.checkpoints;
    for (const { state, events } of whole.checkpoints.filter((_, i) => i % 7 === 0 || i === length - 1)) {
      const choice = { strategy: 'udc', baselines: [] };
      const again = await follow(await EnsembleSearch.restore(context, specOf(context), choice, state));
      assert.deepEqual(comparable(again.events), comparable(whole.events.slice(events)));
      assert.deepEqual(again.result, whole.result);
      assert.deepEqual(again.files, whole.files);
    }
  });

  it('is the first member where every sample stops there, and all of them where none does', async function () {
    this.timeout(120_000);
    const context = contextOf(700);
    const found = await follow(await begun(context));
    const members = [1, 2].map((index) => memberOf(found, context, index));
    const asked = { spec: specOf(context), limits: context.limits };
    const combined = await combineMembers(members, memberOf(found, context, 0), asked, dataset, () =>
      Promise.resolve(),
    );
    const { report } = combined;
    const [first] = report.members;
    const least = report.points.find(({ thresholds }) => thresholds.join() === stopAtOnce(2).join());
    if (least) assert.equal(least.test.accuracy, first!.alone.test);
    const most = report.points.find(({ thresholds }) => thresholds.join() === runAll(2).join());
    if (most) assert.equal(most.test.accuracy, report.together.logits.test);
    assert.ok(least ?? most);
    assert.equal(found.result.ensemble!.ensemble.test, report.points[report.chosen]!.test.accuracy);
  });

  for (const strategy of cases<readonly StrategyName[]>(['random'], STRATEGY_NAMES))
    it(`takes ${strategy} as it takes any strategy`, async function () {
      this.timeout(240_000);
      const { result } = await follow(await begun(contextOf(700), strategy));
      assert.ok(result.ensemble!.ensemble.bytes <= 700);
      assert.equal(result.networks.length, 3);
    });

  it('is refused before any training where its members do not fit together', async () => {
    await assert.rejects(begun(contextOf(150)), (error) => {
      assert.ok(error instanceof BudgetError);
      assert.match(error.message, /2 members of the smallest architecture need .* or take fewer members/);
      return true;
    });
    const unknown = { ...contextOf(700, 2, ', cycles: 10 k'), target: findTarget('stm32f746') };
    await assert.rejects(begun(unknown), TargetError);
  });
});

describe('limits of the parts of an ensemble', () => {
  const joint: readonly Limit[] = [
    { cost: 'weights', limit: 1001, from: 'given' },
    { cost: 'activations', limit: 4096, from: 'target' },
    { cost: 'latency', limit: 0.004, from: 'definition' },
  ];
  const values = (limits: readonly Limit[]): unknown =>
    Object.fromEntries(limits.map(({ cost, limit }) => [cost, limit]));

  it('are an even share of what is left, of all that adds up', () => {
    const spec = { members: 2, rule: 'margin' } as const;
    assert.deepEqual(values(limitsOfPart(joint, spec, 0, [])), { weights: 500, activations: 4096, latency: 0.002 });
    const spent = [
      [
        { cost: 'weights', value: 401 },
        { cost: 'latency', value: 0.001 },
      ],
    ] as const;
    assert.deepEqual(values(limitsOfPart(joint, spec, 1, spent)), { weights: 600, activations: 4096, latency: 0.003 });
    assert.deepEqual(values(limitsOfPart(joint, spec, 2, spent)), values(joint));
  });

  it('keep the mean where a network runs for every sample', () => {
    const spec = { members: 3, rule: 'margin', latency: 0.001, cycles: 5000 } as const;
    const [first, second, single] = [0, 1, 3].map((part) => limitsOfPart(joint, spec, part, []));
    assert.deepEqual(values(first!), { weights: 333, activations: 4096, latency: 0.001, cycles: 5000 });
    assert.ok(!second!.some(({ cost }) => cost === 'cycles'));
    assert.deepEqual(values(single!), { weights: 1001, activations: 4096, latency: 0.001, cycles: 5000 });
  });
});
