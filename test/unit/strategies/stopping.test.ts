/** Searches that end early: every schedule still comes to its end, and a search that was interrupted is the same. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SessionPlan } from '../../../src/strategies/session/session-plan.ts';
import { scaled, Stopping } from '../../../src/strategies/session/stopping.ts';
import { strategyOf } from '../../../src/strategies/strategy-table.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { Pace } from '../../../src/training/pace.ts';
import type { SearchContext } from '../../../src/training/problem.ts';
import { runEvent } from '../../../src/wire/run-schema.ts';
import { withStagesInForce } from '../../../src/wire/stages.ts';
import type { RunEvent } from '../../../src/wire/run.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';
import { comparable, networkOf, openTestBackend, quadrants, run } from './support.ts';

const BUDGET = 700;
const bodyOf = (training: string): string => `training: { batch: 50, ${training} }
search: { bits: 4 | 8 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8 | 16 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;

const contextOf = (training: string): SearchContext => ({
  network: networkOf(bodyOf(training)),
  dataset: quadrants({ train: 100, validation: 40, test: 40 }),
  target: findTarget('ethos-u55-128'),
  limits: limitsOf(BUDGET),
  seed: 3,
  backend: { name: 'test', reason: 'of a test' },
});

const EPOCHS = 'warmup: 4, search: 8, sparsify: 8, settle: 8, race: 1';

describe('pace', () => {
  it('is a step a step until it is shortened, and comes to every place at its step', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 40 })), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.nat(30),
        (jumps, from) => {
          const pace = new Pace();
          assert.equal(pace.position(from), from);
          let [step, place] = [from, from];
          const knots = jumps.map(([steps, places]) => [(step += steps), (place += places)] as const);
          pace.follow(from, knots);
          for (let i = 0; i <= from; i++) assert.equal(pace.position(i), i, 'what was stays');
          for (const [at, aim] of knots) assert.equal(pace.position(at), aim);
          for (let i = 1; i < step + 5; i++) assert.ok(pace.position(i) > pace.position(i - 1));
          const again = new Pace();
          again.restore(JSON.parse(JSON.stringify(pace.state())) as ReturnType<Pace['state']>);
          assert.equal(again.position(step - 0.5), pace.position(step - 0.5));
        },
      ),
    );
  });

  it('that is shortened twice keeps what was gone through', () => {
    const pace = new Pace();
    pace.follow(10, [[20, 40]]);
    const before = Array.from({ length: 16 }, (_, i) => pace.position(i));
    pace.follow(15, [[17, 40]]);
    assert.deepEqual(
      Array.from({ length: 16 }, (_, i) => pace.position(i)),
      before,
    );
    assert.deepEqual([pace.position(16), pace.position(17), pace.position(18)], [32.5, 40, 41]);
  });
});

describe('rules that shorten a search', () => {
  const planOf = (lengths?: readonly number[]): SessionPlan =>
    new SessionPlan(networkOf(bodyOf(EPOCHS)), strategyOf('udc'), 10, lengths);

  it('leave what is done, and one epoch at least of each stage that is not', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(12), { minLength: 1, maxLength: 6 }),
        fc.nat(80),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (lengths, done, share) => {
          const found = scaled(lengths, done, share);
          let before = 0;
          lengths.forEach((length, i) => {
            const gone = Math.min(length, Math.max(0, done - before));
            assert.ok(found[i]! <= length && found[i]! >= gone + Math.min(1, length - gone));
            before += length;
          });
          assert.deepEqual(scaled(lengths, done, 1), lengths);
        },
      ),
    );
  });

  it('patience: count epochs of one stage that are compared, and act once in it', () => {
    const stopping = new Stopping({ patience: 2 }, planOf);
    const losses = [1, 0.9, 0.95];
    for (const [i, loss] of losses.entries()) assert.equal(stopping.watched(i + 1, 'a', loss), undefined);
    assert.equal(stopping.watched(4, 'a', 0.99), undefined, 'nothing is left of the stage');
    assert.equal(stopping.watched(5, 'a', 2), undefined, 'another stage has a mark of its own');
    assert.equal(stopping.watched(6, undefined, 3), undefined, 'is not compared');
    assert.equal(stopping.watched(7, 'a', 2.5)!.stages.find(({ id }) => id === 'search')!.epochs, 5);
    assert.equal(stopping.watched(8, 'a', 2.6), undefined, 'once is enough');
    const again = new Stopping({ patience: 2 }, planOf, JSON.parse(JSON.stringify(stopping.state())) as never);
    assert.deepEqual(again.plan.stages, stopping.plan.stages);
  });

  it('maxTime: shorten everything that is left by as little as does', () => {
    let now = 0;
    const stopping = new Stopping({ maxTime: 100 }, planOf, undefined, () => 1000 * now);
    // Ten seconds an epoch, whichever it is.
    const left = (epoch: number) => (plan: SessionPlan) => 10 * (plan.totalEpochs - epoch);
    assert.equal(stopping.inTime(0, left(0)), undefined, 'nothing is known yet');
    now = 20;
    const event = stopping.inTime(2, left(2))!;
    assert.match(event.reason, /^maxTime: 20 s of 100 s are worked and 260 s more were foreseen/);
    assert.ok(stopping.plan.totalEpochs <= 10 && stopping.plan.totalEpochs >= 6, `${stopping.plan.totalEpochs}`);
    assert.equal(
      stopping.inTime(3, () => 10),
      undefined,
      'it will do now',
    );
    now = 1000;
    stopping.inTime(3, left(3));
    const lengths = stopping.plan.stages.map(({ epochs }) => epochs);
    assert.equal(stopping.inTime(3, left(3)), undefined, 'no shorter than that');
    assert.ok(lengths.every((length, i) => length >= (planOf().stages[i]!.epochs > 0 ? 1 : 0)));
  });
});

/** What the stages of a search came to, by their ids. */
function lengthsOf(events: readonly { readonly type: string }[]): Record<string, number> {
  const lengths: Record<string, number> = {};
  for (const event of events as readonly RunEvent[])
    if (event.type === 'epoch') lengths[event.stage] = (lengths[event.stage] ?? 0) + 1;
  return lengths;
}

describe('a search that is shortened', function () {
  this.timeout(300_000);
  before(openTestBackend);

  it('by patience ends in a certified network, with every stage as long as it was said, and resumes exactly', async () => {
    const context = contextOf(`${EPOCHS}, patience: 1, learningRate: 0.5`);
    const whole = await run(context);
    const shortened = whole.events.filter((event) => event.type === 'shortened');
    assert.ok(shortened.length > 0, 'losses at this rate do not fall for long');
    whole.events.forEach((event, seq) =>
      runEvent({ ...event, seq, ...('measured' in event && event.type === 'decoded' && { measured: { seconds: 1 } }) }),
    );
    const started = whole.events.find((event) => event.type === 'started')!;
    const inForce = withStagesInForce({ ...started, seq: 0 }, whole.events as unknown as RunEvent[]);
    const lengths = lengthsOf(whole.events);
    for (const { id, epochs } of inForce.stages) assert.equal(lengths[id] ?? 0, epochs, id);
    const [network] = whole.result.networks;
    assert.ok(network.certificate.exactBytes <= BUDGET);
    const after = inForce.stages.filter(({ id }) => id === 'sparsify' || id === 'settle');
    assert.equal(network.steps, after.reduce((sum, { epochs }) => sum + epochs, 0) * started.stepsPerEpoch);
    // Rates fall to the end of the schedule, whatever its length.
    const rates = whole.events.flatMap((event) =>
      event.type === 'epoch' && event.stage === 'settle' ? [event.learningRate] : [],
    );
    assert.ok(rates.at(-1)! < 0.2 * 0.5, `${rates.at(-1)}`);
    const again = await run(context, [7, 20, 33]);
    assert.deepEqual(comparable(again.events), comparable(whole.events));
    assert.deepEqual(again.result, whole.result);
    assert.deepEqual(again.files, whole.files);
  });

  it('by maxTime at once has one more epoch of each stage, and is certified all the same', async () => {
    const context = contextOf(`${EPOCHS}, maxTime: 0.001 s`);
    const { events, result } = await run(context);
    const lengths = lengthsOf(events);
    for (const [stage, length] of Object.entries(lengths)) assert.ok(length <= 3, `${stage} ${length}`);
    assert.ok(events.some((event) => event.type === 'shortened'));
    assert.ok(result.networks[0].certificate.exactBytes <= BUDGET);
    assert.ok(Number.isFinite(result.networks[0].integerMetric));
  });

  it('by rules that never act is the search without them', async () => {
    const [plain, ruled] = [
      await run(contextOf(EPOCHS)),
      await run(contextOf(`${EPOCHS}, patience: 99, maxTime: 2 h`)),
    ];
    assert.deepEqual(comparable(ruled.events), comparable(plain.events));
    assert.deepEqual(ruled.result, plain.result);
  });

  for (const strategy of ['once-for-all', 'random'])
    it(`as ${strategy}, of one step an epoch, comes to its end`, async () => {
      const context = {
        ...contextOf(
          'batch: 100, warmup: 2, search: 4, sparsify: 6, settle: 6, race: 2, maxTime: 0.001 s'.replace(
            'batch: 100, ',
            '',
          ),
        ),
        dataset: quadrants({ train: 50, validation: 40, test: 40 }),
      };
      const { events, result } = await run(context, [], strategy);
      assert.ok(events.some((event) => event.type === 'shortened'));
      for (const { certificate } of result.networks) assert.ok(certificate.exactBytes <= BUDGET);
    });
});
