/** Runs that were written in format 1, before strategies, stages and limits were declared, read as runs of today. */
import assert from 'node:assert/strict';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { curves } from '../../../src/charts/curves.ts';
import { sha256, writeSealed } from '../../../src/runs/files/sealed.ts';
import { EventLog, readLog } from '../../../src/runs/folder/event-log.ts';
import { RunError } from '../../../src/runs/folder/run-error.ts';
import { listRuns, RunFolder } from '../../../src/runs/folder/run-folder.ts';
import { currentEvent, currentHeader, currentResult } from '../../../src/wire/old-runs.ts';
import type { EpochEvent, RunEvent, StartedEvent } from '../../../src/wire/run.ts';
import { runEvent, runHeader, runResult } from '../../../src/wire/run-schema.ts';
import { totalEpochs } from '../../../src/wire/stages.ts';
import { inFolder } from '../../scratch.ts';
import { fixtureRun } from '../../fixtures/runs.ts';
import { without } from '../../fixtures/without.ts';

type Json = Readonly<Record<string, unknown>>;

const HEADER: Json = {
  format: 1,
  id: '20250301-120000-kws-ab12',
  created: '2025-03-01T12:00:00.000Z',
  version: '0.1.0',
  definitionText: 'udc: 1\n',
  definitionPath: '/models/kws.udc.yaml',
  budgetBytes: 4096,
  seed: 7,
  backend: 'wasm',
  baselines: ['uniform'],
};

const LAYER = {
  name: 'stem',
  op: 'conv',
  output: [16, 8, 16],
  kernel: '3x3',
  bits: 4,
  sparsity: 0.5,
  parameters: 144,
  macs: 18432,
  activationBytes: 2048,
  totalBytes: 900,
  weightBytes: 800,
  sideBytes: 100,
  paddingBytes: 9,
  entropyBytes: 700,
};
const MEASURED = { seconds: 2.5, secondsPerStep: 0.1, residentBytes: 1e8, tensors: 40 };

const STARTED: Json = {
  seq: 0,
  type: 'started',
  name: 'kws',
  metric: 'accuracy',
  budgetBytes: 4096,
  activationBudgetBytes: 65_536,
  target: 'ethos-u55-128',
  backend: 'wasm',
  backendReason: 'TensorFlow is not installed',
  seed: 7,
  decisions: [{ id: 'stem.bits', kind: 'bits', layers: ['stem'], labels: ['2', '4'] }],
  epochs: { warmup: 1, search: 2, sparsify: 0, settle: 1 },
  stepsPerEpoch: 12,
  smallestBytes: 700,
  largestBytes: 9000,
  samples: { train: 100, validation: 20, test: 20 },
  initialWeights: { file: 'old.tflite', sha256: 'ab', taken: 1, operations: 1, inputs: 'as stored' },
  data: { normalisation: { mean: [0.5], std: [2] }, classNames: ['yes', 'no'], sha256: 'cd' },
};

const oldEpoch = (seq: number, epoch: number, stage: string, more: Json = {}): Json => ({
  seq,
  type: 'epoch',
  stage,
  epoch,
  trainLoss: 1.5,
  validationLoss: 1.75,
  metric: 0.5,
  expectedBytes: 3900.5,
  exactBytes: 900,
  tau: 2.5,
  entropy: 0.75,
  mu: 0.125,
  learningRate: 0.01,
  probabilities: [[0.25, 0.75]],
  assignment: [1],
  layers: [LAYER],
  norms: { 'stem/conv': 1.01 },
  measured: MEASURED,
  ...more,
});

const LOG: readonly Json[] = [
  STARTED,
  oldEpoch(1, 1, 'warmup'),
  oldEpoch(2, 2, 'search', { tau: 0.5, entropy: 0.25, mu: 7 }),
  oldEpoch(3, 3, 'search', { tau: 0.1, entropy: 0, mu: 0 }),
  { seq: 4, type: 'decoded', assignment: [1], exactBytes: 900, measured: { seconds: 1 } },
  oldEpoch(5, 4, 'settle', { tau: 0, entropy: 0, mu: 0, expectedBytes: 900, probabilities: [[0, 1]] }),
  { seq: 6, type: 'repaired', reason: 'the final weights took more', beforeBytes: 4100, afterBytes: 900 },
  { seq: 7, type: 'finished', exactBytes: 900, metric: 0.75 },
  { seq: 8, type: 'failed', code: 'budget', message: 'it did not fit' },
];

const RESULT: Json = {
  format: 1,
  name: 'kws',
  metric: 'accuracy',
  target: 'ethos-u55-128',
  backend: 'wasm',
  seed: 7,
  budgetBytes: 4096,
  activationBudgetBytes: 65_536,
  decisions: [{ id: 'stem.bits', kind: 'bits', option: 1, label: '4' }],
  layers: [{ ...LAYER, achievedSparsity: 0.51 }],
  totals: {
    totalBytes: 900,
    weightBytes: 800,
    sideBytes: 100,
    paddingBytes: 9,
    entropyBytes: 700,
    parameters: 144,
    macs: 18432,
    peakActivationBytes: 2048,
    cycles: 4000,
  },
  floatMetric: 0.8,
  integerMetric: 0.75,
  certificate: { encodedSha256: '12ef', exactBytes: 900, budgetBytes: 4096 },
  baselines: [
    { name: 'uniform 8-bit', bits: 8, widthFactor: 0.5, exactBytes: 880, floatMetric: 0.7, integerMetric: 0.6 },
    { name: 'uniform 2-bit', bits: 2, widthFactor: 1.375, exactBytes: 890, floatMetric: 0.5, integerMetric: 0.4 },
  ],
  steps: 48,
};

const LIMITS = [
  { cost: 'weights', limit: 4096, from: 'given' },
  { cost: 'activations', limit: 65_536, from: 'definition' },
];
const UDC = { id: 'udc', title: 'UDC' };

const linesOf = (events: readonly unknown[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join('');
/** The value with what stands at a path of keys replaced; undefined takes it away. */
function damaged(value: unknown, [key, ...rest]: readonly (string | number)[], wrong: unknown): unknown {
  if (key === undefined) return wrong;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as Json) }) as Record<string, unknown>;
  copy[key] = damaged(copy[key], rest, wrong);
  return copy;
}

/** A folder as the former version left it. `files`: with the checksums that later ones of it wrote. */
async function oldFolder(place: string, files: boolean): Promise<RunFolder> {
  const path = join(place, HEADER['id'] as string);
  await mkdir(path);
  const log = linesOf(LOG);
  const weights = Uint8Array.of(1, 2, 3);
  await writeFile(join(path, 'events.ndjson'), log);
  await writeFile(join(path, 'weights.safetensors'), weights);
  if (files) {
    await writeSealed(join(path, 'run.json'), HEADER);
    const sums = { weights: sha256(weights), log: sha256(log) };
    await writeSealed(join(path, 'result.json'), { ...RESULT, files: sums });
  } else {
    await writeFile(join(path, 'run.json'), JSON.stringify(HEADER));
    await writeFile(join(path, 'result.json'), JSON.stringify(RESULT));
  }
  return new RunFolder(path);
}

describe('a run folder of format 1', () => {
  for (const files of [false, true]) {
    it(`is read as one of today, ${files ? 'with' : 'without'} checksums`, () =>
      inFolder(async (place) => {
        const folder = await oldFolder(place, files);
        const before = await readFile(join(folder.path, 'run.json'), 'utf8');
        assert.deepEqual(await folder.readHeader(), {
          ...without(HEADER, 'budgetBytes'),
          format: 2,
          strategy: 'udc',
          limits: LIMITS.slice(0, 1),
        });
        const { decisions, layers, totals, floatMetric, integerMetric, steps } = RESULT;
        assert.deepEqual(await folder.readResult(), {
          format: 2,
          name: 'kws',
          metric: 'accuracy',
          strategy: UDC,
          target: 'ethos-u55-128',
          backend: 'wasm',
          seed: 7,
          limits: LIMITS,
          networks: [
            {
              name: 'kws',
              decisions,
              layers,
              totals,
              floatMetric,
              integerMetric,
              certificate: {
                encodedSha256: '12ef',
                exactBytes: 900,
                costs: [
                  { cost: 'weights', value: 900, limit: 4096 },
                  { cost: 'activations', value: 2048, limit: 65_536 },
                ],
              },
              weights: 'weights.safetensors',
              steps,
            },
          ],
          baselines: [
            { name: 'uniform 8-bit', details: 'width × 0.50', exactBytes: 880, floatMetric: 0.7, integerMetric: 0.6 },
            { name: 'uniform 2-bit', details: 'width × 1.38', exactBytes: 890, floatMetric: 0.5, integerMetric: 0.4 },
          ],
        });
        const content = await folder.readContent();
        assert.deepEqual([content?.checked, content?.notes, content?.events.length], [files, [], LOG.length]);
        assert.deepEqual(
          (await listRuns(place)).map(({ state, problem }) => [state, problem]),
          [['done', undefined]],
        );
        assert.equal(await readFile(join(folder.path, 'run.json'), 'utf8'), before, 'reading changes nothing');
      }));
  }

  it('keeps its checksum: a flipped digit is damage, not another budget', () =>
    inFolder(async (place) => {
      const folder = await oldFolder(place, true);
      const file = join(folder.path, 'run.json');
      await writeFile(file, (await readFile(file, 'utf8')).replace('4096', '4097'));
      await assert.rejects(folder.readHeader(), /its content is not what was written \(SHA-256\)/);
    }));

  it('has no limit on activations where none was set', () => {
    const read = runResult(currentResult(without(RESULT, 'activationBudgetBytes')));
    assert.deepEqual(read.limits, LIMITS.slice(0, 1));
    assert.deepEqual(read.networks[0].certificate.costs[1], { cost: 'activations', value: 2048 });
    const event = runEvent(currentEvent(without(STARTED, 'activationBudgetBytes'))) as StartedEvent;
    assert.deepEqual(event.limits, [{ ...LIMITS[0], smallest: 700, largest: 9000 }]);
  });
});

describe('a log of format 1', () => {
  const read = (events: readonly Json[]): readonly RunEvent[] => events.map((event) => runEvent(currentEvent(event)));

  it('is read whole, every kind of event', () =>
    inFolder(async (place) => {
      const file = join(place, 'events.ndjson');
      await writeFile(file, linesOf(LOG));
      const { events, damage, torn } = await readLog(file);
      assert.deepEqual([damage, torn, events.length], [undefined, false, LOG.length]);
      const [started, warmup, search, , decoded, settle, ...rest] = events as [StartedEvent, ...RunEvent[]];
      assert.deepEqual(
        [started.strategy, started.limits],
        [UDC, [{ ...LIMITS[0], smallest: 700, largest: 9000 }, LIMITS[1]]],
      );
      assert.deepEqual(
        started.stages.map(({ id, title, epochs, deciding }) => [id, title, epochs, deciding]),
        [
          ['warmup', 'Warm-up', 1, true],
          ['search', 'Search', 2, true],
          ['sparsify', 'Sparsify', 0, false],
          ['settle', 'Settle', 1, false],
        ],
      );
      assert.equal(totalEpochs(started), 4);
      for (const key of ['decisions', 'samples', 'initialWeights', 'data', 'backendReason', 'stepsPerEpoch'] as const)
        assert.deepEqual(started[key], STARTED[key]);
      for (const key of ['budgetBytes', 'activationBudgetBytes', 'smallestBytes', 'largestBytes', 'epochs'])
        assert.ok(!(key in started), key);
      const plain = (event: Json): Json => without(event, 'tau', 'entropy', 'mu', 'expectedBytes');
      assert.deepEqual(warmup, {
        ...plain(LOG[1]!),
        expectedBytes: 3900.5,
        numbers: { tau: 2.5, entropy: 0.75, mu: 0.125 },
      });
      assert.deepEqual((search as EpochEvent).numbers, { tau: 0.5, entropy: 0.25, mu: 7 });
      assert.deepEqual(settle, { ...plain(LOG[5]!), numbers: {} }, 'nothing was open any more');
      assert.deepEqual([decoded, ...rest], [LOG[4], ...LOG.slice(6)]);
    }));

  it('is drawn with the curves that it had', () => {
    const drawn = curves(read(LOG)).filter(({ own }) => own);
    assert.deepEqual(
      drawn.map(({ title, series, spikes }) => [title, series[0]!.values, spikes]),
      [
        ['Entropy of the decisions', [0.75, 0.25, 0, null], undefined],
        ['Temperature τ', [2.5, 0.5, 0.1, null], undefined],
        ['Budget pressure μ', [0.125, 7, 0, null], true],
      ],
    );
  });

  it('is gone on with in the present format', () =>
    inFolder(async (place) => {
      const file = join(place, 'events.ndjson');
      await writeFile(file, linesOf(LOG.slice(0, 6)));
      const log = await EventLog.open(file, 3);
      const fresh = fixtureRun().events.find((event) => event.type === 'epoch')!;
      await log.append(without(fresh, 'seq'));
      await log.close();
      assert.equal((await readFile(file, 'utf8')).startsWith(linesOf(LOG.slice(0, 3))), true);
      const { events, damage } = await readLog(file);
      assert.equal(damage, undefined);
      assert.deepEqual(events, [...read(LOG.slice(0, 3)), { ...fresh, seq: 3 }]);
    }));

  it('keeps the numbers of whatever epochs', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    const epoch = fc.record({
      stage: fc.constantFrom('warmup', 'search', 'sparsify', 'settle'),
      seq: fc.nat(),
      epoch: fc.nat(),
      tau: number,
      entropy: number,
      mu: number,
      expectedBytes: number,
      exactBytes: number,
      trainLoss: number,
      validationLoss: number,
      metric: number,
      learningRate: number,
      probabilities: fc.array(fc.array(number)),
      assignment: fc.array(fc.nat()),
      norms: fc.dictionary(fc.string(), number),
    });
    fc.assert(
      fc.property(epoch, (values) => {
        const old = JSON.parse(JSON.stringify(oldEpoch(0, 0, 'search', values))) as Json;
        const { tau, entropy, mu, expectedBytes, ...others } = old;
        const now = runEvent(currentEvent(old)) as EpochEvent;
        const open = values.stage === 'warmup' || values.stage === 'search';
        assert.deepEqual(now, { ...others, ...(open && { expectedBytes }), numbers: open ? { tau, entropy, mu } : {} });
        assert.deepEqual(runEvent(currentEvent(now)), now, 'what is of today stays as it is');
      }),
    );
  });

  it('is said to be damaged by the place in the event, from the event that is', async () => {
    const [started, epoch] = [STARTED, LOG[2]!];
    const cases: readonly [at: number, event: unknown, problem: RegExp][] = [
      [
        0,
        damaged(started, ['budgetBytes'], '4 KiB'),
        /^limits\[0\]\.limit: a finite number was expected, found "4 KiB"$/,
      ],
      [0, damaged(started, ['activationBudgetBytes'], null), /^limits\[1\]\.limit: a finite number .*, found null$/],
      [0, damaged(started, ['smallestBytes'], 'x'), /^limits\[0\]\.smallest: a finite number/],
      [0, damaged(started, ['largestBytes'], []), /^limits\[0\]\.largest: a finite number/],
      [0, damaged(started, ['epochs'], 4), /^stages\[0\]\.epochs: a whole number from 0 was expected, found nothing$/],
      [0, damaged(started, ['epochs', 'settle'], -1), /^stages\[3\]\.epochs: .*, found -1$/],
      [0, damaged(started, ['decisions', 0, 'kind'], 'mood'), /^decisions\[0\]\.kind: one of /],
      [2, damaged(epoch, ['tau'], 'x'), /^numbers\.tau: a finite number was expected, found "x"$/],
      [2, damaged(epoch, ['mu'], undefined), /^numbers\.mu: a finite number was expected, found nothing$/],
      [2, damaged(epoch, ['entropy'], null), /^numbers\.entropy: .*, found null$/],
      [2, damaged(epoch, ['expectedBytes'], '1'), /^expectedBytes: a finite number was expected, found "1"$/],
      [2, damaged(epoch, ['layers', 0, 'sparsity'], 2), /^layers\[0\]\.sparsity: a number from 0 to 1 .*, found 2$/],
      [5, damaged(LOG[5], ['metric'], null), /^metric: a finite number/],
    ];
    for (const [at, event, problem] of cases)
      await inFolder(async (place) => {
        const file = join(place, 'events.ndjson');
        await writeFile(file, linesOf(LOG.slice(0, at)));
        await appendFile(file, linesOf([event, ...LOG.slice(at + 1)]));
        const { events, damage } = await readLog(file);
        assert.equal(events.length, at);
        const [place_, said] = [`${file}:${at + 1}: `, damage ?? ''];
        assert.ok(said.startsWith(place_), said);
        assert.match(said.slice(place_.length), problem);
      });
  });
});

describe('damage and unknown formats', () => {
  it('of a header or a result are said by the place', () => {
    for (const [path, wrong, problem] of [
      [['budgetBytes'], 'x', /^limits\[0\]\.limit: a finite number was expected, found "x"$/],
      [['budgetBytes'], undefined, /^limits\[0\]\.limit: a finite number was expected, found nothing$/],
      [['seed'], null, /^seed: /],
      [['backend'], 'abacus', /^backend: one of /],
    ] as const)
      assert.throws(() => runHeader(currentHeader(damaged(HEADER, path, wrong))), { message: problem });
    for (const [path, wrong, problem] of [
      [['budgetBytes'], null, /^limits\[0\]\.limit: /],
      [['activationBudgetBytes'], '1', /^limits\[1\]\.limit: /],
      [['totals'], 3, /^networks\[0\]\.totals: an object was expected, found 3$/],
      [['totals', 'totalBytes'], '9', /^networks\[0\]\.totals\.totalBytes: /],
      [['layers', 0, 'bits'], null, /^networks\[0\]\.layers\[0\]\.bits: /],
      [['decisions'], undefined, /^networks\[0\]\.decisions: an array was expected, found nothing$/],
      [['integerMetric'], null, /^networks\[0\]\.integerMetric: /],
      [['steps'], 0.5, /^networks\[0\]\.steps: a whole number from 0 was expected, found 0\.5$/],
      [['certificate'], 'sound', /^networks\[0\]\.certificate\.encodedSha256: /],
      [['certificate', 'exactBytes'], null, /^networks\[0\]\.certificate\.exactBytes: /],
      [['baselines'], {}, /^baselines: an array was expected/],
      [['baselines', 1], 3, /^baselines\[1\]: an object was expected, found 3$/],
      [['baselines', 1, 'widthFactor'], 'wide', /^baselines\[1\]\.details: a text was expected, found nothing$/],
      [['baselines', 0, 'exactBytes'], null, /^baselines\[0\]\.exactBytes: /],
    ] as const)
      assert.throws(() => runResult(currentResult(damaged(RESULT, path, wrong))), { message: problem });
  });

  it('are not made up for: what is no object stays what it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
        for (const current of [currentEvent, currentHeader, currentResult]) assert.deepEqual(current(value), value);
      }),
    );
  });

  it('are refused with the formats that can be read', () =>
    inFolder(async (place) => {
      for (const format of [0, 3, '1', null]) {
        const own = join(place, String(format));
        await mkdir(own);
        const folder = await oldFolder(own, false);
        const written = JSON.stringify(format);
        for (const [file, value, reading] of [
          ['result.json', RESULT, (): Promise<unknown> => folder.readResult()],
          ['run.json', HEADER, (): Promise<unknown> => folder.readHeader()],
        ] as const) {
          await writeFile(join(folder.path, file), JSON.stringify({ ...value, format }));
          const by = file === 'run.json' ? ' by UDC 0.1.0' : '';
          await assert.rejects(reading(), (error: unknown) => {
            assert.ok(error instanceof RunError);
            assert.equal(error.code, 'foreign-format');
            assert.equal(
              error.problem,
              `this run was written in format ${written}${by}; this UDC reads format 1 and 2.`,
            );
            return true;
          });
        }
      }
    }));
});
