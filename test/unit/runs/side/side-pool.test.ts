/** Threads beside the run's worker: real ones, and made-up ones that die. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '../../../../src/data/dataset.ts';
import { loadDataset } from '../../../../src/data/load-dataset.ts';
import { IndexedSplit } from '../../../../src/data/split.ts';
import { threadsFor } from '../../../../src/devices/threads.ts';
import { instantiate } from '../../../../src/network/architecture.ts';
import { SidePool, type SideThread } from '../../../../src/runs/side/side-pool.ts';
import { atOnce, wantedAtOnce } from '../../../../src/runs/side/side-places.ts';
import { sharedLessons } from '../../../../src/runs/side/shared-lessons.ts';
import { factsOf, type SideMessage, type SideRequest } from '../../../../src/runs/side/side-messages.ts';
import { remoteDataset } from '../../../../src/runs/side/remote-dataset.ts';
import { failureOf } from '../../../../src/runs/side/side-failure.ts';
import { BudgetError, TargetError, TrainingError } from '../../../../src/training/problem.ts';
import { SideError } from '../../../../src/training/side.ts';
import { initialTensors, LEG, type LegOrder, type LegOutcome } from '../../../../src/training/trained/leg.ts';
import { freshTensors } from '../../../../src/training/trained/initial-tensors.ts';
import { inFolder } from '../../../scratch.ts';
import { definitionOf, npy } from '../../data/fixtures.ts';
import { networkOf, openTestBackend, quadrants } from '../../strategies/support.ts';

const network = networkOf(`
training: { batch: 16 }
search: { bits: 2 | 8, sparsity: 0 | 0.5 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`);
const dataset = quadrants({ train: 96, validation: 64, test: 16 });

/** Of a teacher who knows nothing: all classes are alike. */
const LESSONS = sharedLessons({ share: 0.3, rows: new Float32Array(96 * 4).fill(0.25) });

/** A leg of an architecture that takes an option of each decision. */
function order(option: number, goal = 12): LegOrder {
  const architecture = instantiate(
    network,
    network.decisions.map(({ labels }) => option % labels.length),
  );
  return {
    architecture,
    task: 'classification',
    learningRate: 0.01,
    weightDecay: 0,
    entropy: 0.01,
    batches: {
      batch: 16,
      seed: 3,
      augment: { crop: 1, flip: true },
      labels: { classes: 4, smoothing: 0.1, mixings: { mixup: 0.2, cutmix: 0 }, lessons: LESSONS },
    },
    from: { initial: initialTensors(architecture, freshTensors(1)) },
    first: 0,
    goal,
    rampSteps: 8,
  };
}

const submit = (pool: SidePool, option: number, hear: (loss: number) => void = () => undefined): Promise<LegOutcome> =>
  pool.submit(LEG, () => order(option), hear);

describe('threads beside the worker', () => {
  before(openTestBackend);

  it('come to what this thread comes to, bit for bit, and end when they are dropped', async function () {
    // On a busy machine threads take long to read the sources.
    this.timeout(300_000);
    const losses: number[] = [];
    const here = (option: number, tell = (): void => undefined): Promise<LegOutcome> =>
      LEG.run(order(option), { dataset, tell, breathe: () => Promise.resolve() });
    const expected = [await here(0), await here(1)];
    const pool = new SidePool({ dataset, most: 2, threads: 3 });
    try {
      assert.ok(pool.startSeconds > 0);
      const found = await Promise.all([0, 1].map((option) => submit(pool, option, (loss) => losses.push(loss))));
      assert.deepEqual(found, expected);
      assert.equal(losses.length, 2 * 12);
      assert.equal(pool.startSeconds, 0);
    } finally {
      await pool.drop();
    }
    assert.ok(pool.startSeconds > 0);
  });
});

/** A thread that does what it is told to by `play`, without being one. */
class Puppet extends EventEmitter {
  ended = false;
  constructor(private readonly play: (puppet: Puppet, request: SideRequest) => void) {
    super();
  }

  postMessage(request: SideRequest): void {
    setImmediate(() => {
      if (!this.ended) this.play(this, structuredClone(request));
    });
  }

  say(message: SideMessage): void {
    this.emit('message', message);
  }

  die(error?: Error): void {
    this.ended = true;
    if (error) this.emit('error', error);
    this.emit('exit', 1);
  }

  terminate(): Promise<number> {
    this.ended = true;
    return Promise.resolve(1);
  }
}

type Play = (puppet: Puppet, request: SideRequest, number: number) => void;

/** A pool whose threads play, and those that it opened. */
function playing(play: Play, most = 2, threads = most, data: Dataset = dataset): { pool: SidePool; opened: Puppet[] } {
  const opened: Puppet[] = [];
  const pool = new SidePool({ dataset: data, most, threads }, () => {
    const number = opened.length;
    const puppet = new Puppet((self, request) => {
      play(self, request, number);
    });
    opened.push(puppet);
    return puppet as unknown as SideThread;
  });
  return { pool, opened };
}

const ANSWER = { loss: 1 };
const answer = (puppet: Puppet): void => {
  puppet.say({ type: 'done', answer: ANSWER });
};

describe('a thread that dies', () => {
  it('is started again once, and what it was at is begun anew', async () => {
    const { pool, opened } = playing((puppet, _, number) => {
      if (number === 0) puppet.die();
      else answer(puppet);
    });
    let orders = 0;
    const found = await pool.submit(
      LEG,
      () => {
        orders++;
        return order(0);
      },
      () => undefined,
    );
    assert.deepEqual([found, orders, opened.length], [ANSWER, 2, 2]);
    assert.equal(pool.most, 1, 'fewer at once: memory may have been short');
  });

  it('twice ends the job with what it said last; others go on', async () => {
    const { pool } = playing((puppet, request) => {
      const { name } = request as { readonly name: string };
      if (name === 'fatal') puppet.die(new Error('Worker terminated due to reaching memory limit'));
      else answer(puppet);
    });
    const fatal = pool.submit(
      { ...LEG, name: 'fatal' },
      () => order(0),
      () => undefined,
    );
    const fine = submit(pool, 1);
    await assert.rejects(
      fatal,
      (error) => error instanceof SideError && /ended 2 times .*: Worker terminated due to .*limit/.test(error.message),
    );
    assert.deepEqual(await fine, ANSWER);
  });

  it('of memory, which it can tell itself, is the same', async () => {
    const { pool, opened } = playing((puppet, _, number) => {
      if (number > 0) answer(puppet);
      else puppet.say({ type: 'failed', error: failureOf(new Error('Cannot enlarge memory')), memory: true });
    });
    assert.deepEqual(await submit(pool, 0), ANSWER);
    assert.ok(opened[0]!.ended);
  });

  it('tells errors of training as what they are', async () => {
    const errors = [
      new TrainingError('the loss became NaN'),
      new TargetError('it cannot run this'),
      new BudgetError('nothing fits', 'weights', { weights: 700 }),
      new Error('else'),
    ];
    for (const error of errors) {
      const { pool } = playing((puppet) => {
        puppet.say({ type: 'failed', error: failureOf(error), memory: false });
      });
      const thrown = await submit(pool, 0).catch((caught: unknown) => caught);
      assert.deepEqual(thrown, error);
      assert.equal((thrown as Error).constructor, error.constructor);
    }
  });

  it('is not one whose job failed: that would fail again', async () => {
    const { pool, opened } = playing((puppet) => {
      puppet.say({ type: 'failed', error: failureOf(new RangeError('wrong')), memory: false });
    });
    await assert.rejects(submit(pool, 0), /wrong/);
    assert.equal(opened.length, 1);
  });
});

/** Submits a job whose order is of no matter. */
const begin = (pool: SidePool, begun: () => void): Promise<LegOutcome> =>
  pool.submit(
    LEG,
    () => {
      begun();
      return order(0);
    },
    () => undefined,
  );

describe('work for threads', () => {
  it('begins in order, never with more threads than there are, and with all of them where there are fewer jobs', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.nat(3), { minLength: 12, maxLength: 12 }),
        async (threads, wanted, jobs, delays) => {
          const most = Math.min(threads, wanted);
          let [busy, begun, peak] = [0, 0, 0];
          const first: number[] = [];
          const { pool } = playing(
            (puppet, request) => {
              const used = (request as Extract<SideRequest, { type: 'job' }>).threads;
              busy += used;
              peak = Math.max(peak, busy);
              if (begun < Math.min(most, jobs)) first.push(used);
              setTimeout(() => {
                busy -= used;
                answer(puppet);
              }, delays[begun++]);
            },
            most,
            threads,
          );
          const begins: number[] = [];
          await Promise.all(Array.from({ length: jobs }, (_, i) => begin(pool, () => begins.push(i))));
          assert.deepEqual(
            begins,
            Array.from({ length: jobs }, (_, i) => i),
          );
          assert.ok(peak <= threads, `${peak} of ${threads}`);
          assert.equal(
            first.reduce((a, b) => a + b, 0),
            jobs < most ? threads : Math.max(most, sumOf(threads, most)),
          );
        },
      ),
      { numRuns: 30 },
    ));

  it('gets samples from this thread, and its errors', async () => {
    const places = Int32Array.of(3, 1);
    const seen: unknown[] = [];
    const play: Play = (puppet, request) => {
      if (request.type === 'job')
        puppet.say({ type: 'want', request: 7, part: 'validation', size: -1, wanted: { places } });
      else {
        seen.push(request);
        answer(puppet);
      }
    };
    await submit(playing(play).pool, 0);
    assert.deepEqual(seen, [{ type: 'batch', request: 7, batch: await dataset.validation.gather(places) }]);

    const lost = new Error('the file is gone');
    const gather = (): Promise<never> => Promise.reject(lost);
    const validation = Object.assign(Object.create(dataset.validation) as Dataset['validation'], { gather });
    const { pool, opened } = playing(play, 2, 2, { ...dataset, validation });
    await assert.rejects(submit(pool, 0), (error) => error === lost);
    assert.ok(opened[0]!.ended);
  });

  it('is told of the data by what can be cloned', () => {
    assert.deepEqual(structuredClone(factsOf(dataset)), factsOf(dataset));
  });

  it('knows of the data all that this thread knows, but how they are read', () =>
    inFolder(async (folder) => {
      const values = Float32Array.from({ length: 120 }, (_, i) => (i % 7) * 100 - 3);
      for (const part of ['train', 'test']) {
        await writeFile(join(folder, `x_${part}.npy`), npy('|u1', [40, 2, 3, 1], new Uint8Array(240).fill(9, 7)));
        await writeFile(join(folder, `y_${part}.npy`), npy('<f4', [40, 3], values));
      }
      const whole = await loadDataset(definitionOf({ format: 'npy' }, undefined, 'regression'), folder);
      const there = remoteDataset(structuredClone(factsOf(whole)), () => Promise.reject(new Error('nobody asks')));
      assert.deepEqual(statements(there), statements(whole));
      assert.ok(there.targetRange && there.test.targetScaling && there.train.range && there.train.origins);
      await whole.close();
    }));
});

const GETTERS = Object.entries(Object.getOwnPropertyDescriptors(IndexedSplit.prototype)).flatMap(([name, { get }]) =>
  get ? [name] : [],
);

/** What an object says, computed or not, without what it does and keeps to itself. */
function statementsOf(of: object): object {
  const names = new Set([...Object.keys(of), ...GETTERS].filter((name) => !PRIVATE.has(name)));
  const found = [...names].map((name) => [name, (of as Record<string, unknown>)[name]] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined && typeof value !== 'function'));
}
const PRIVATE = new Set(['held', 'part', 'indices', 'preparation', 'targetPreparation', 'most', 'kept', 'keptBytes']);

const statements = ({ train, validation, test, ...whole }: Dataset): object => ({
  ...statementsOf(whole),
  preparation: statementsOf(whole.preparation),
  parts: [train, validation, test].map(statementsOf),
});

/** What the first jobs get together where there are at least as many as fit. */
const sumOf = (threads: number, most: number): number => {
  let free = threads;
  for (let left = most; left > 0; left--) free -= Math.floor(free / left);
  return threads - free;
};

describe('how many networks are trained at once', () => {
  it('follows threads, memory and the setting', () => {
    const MB = 2 ** 20;
    for (const [threads, free, each, wanted, expected] of [
      [1, 64_000, 150, undefined, 1],
      [2, 64_000, 150, undefined, 2],
      [7, 64_000, 150, undefined, 7],
      [7, 900, 150, undefined, 3],
      [7, 100, 150, undefined, 1],
      [7, 64_000, 150, 1, 1],
      [7, 900, 150, 5, 5],
      [4, 64_000, 150, 12, 4],
      [40, 640_000, 150, undefined, 16],
    ] as const)
      assert.equal(atOnce(threads, free * MB, each * MB, wanted), expected, [threads, free, wanted].join());
  });

  it('is a whole number, where it is set', () => {
    assert.equal(wantedAtOnce(''), undefined);
    assert.equal(wantedAtOnce('3'), 3);
    for (const wrong of ['0', '1.5', 'all', '-2', '65'])
      assert.throws(() => wantedAtOnce(wrong), /UDC_PARALLEL must be a whole number from 1 to 64/);
  });

  it('leaves a core to whoever works at the machine', () => {
    assert.deepEqual([1, 2, 3, 4, 8, 9, 64].map(threadsFor), [1, 2, 2, 3, 7, 8, 8]);
  });
});
