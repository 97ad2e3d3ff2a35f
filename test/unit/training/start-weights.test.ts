/** Searches that start from an existing network: at first the supernet computes what that network does. */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import type { Normalisation } from '../../../src/data/preparation/preparation.ts';
import { foldedFor, writeDefinition } from '../../../src/formats/definition/write-definition.ts';
import { readTflite } from '../../../src/formats/tflite/read-tflite.ts';
import { writeTflite } from '../../../src/formats/tflite/write-tflite.ts';
import { evaluateInteger } from '../../../src/integer/evaluate-integer.ts';
import { initialAssignment, initialProblems, readInitialWeights } from '../../../src/integer/initial-weights.ts';
import { packFolded, unpackFolded } from '../../../src/integer/pack-folded.ts';
import { quantise } from '../../../src/integer/quantise-network.ts';
import { largestCode } from '../../../src/base/codes.ts';
import type { FoldedNetwork, FoldedOperation } from '../../../src/integer/integer-network.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { filterShape } from '../../../src/network/operation-counts.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import type { Network } from '../../../src/network/types.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { beginFrom } from '../../../src/training/start-weights.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import type { SearchContext, SearchHooks } from '../../../src/training/problem.ts';
import { SearchSession } from '../../../src/strategies/session/search-session.ts';
import { strategyOf } from '../../../src/strategies/strategy-table.ts';
import { Supernet } from '../../../src/training/supernet/supernet.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import type { StartedEvent, UnnumberedEvent } from '../../../src/wire/run.ts';
import { evaluateReal } from '../integer/real.ts';
import { networkOf, openTestBackend, quadrants, randomImages } from '../strategies/support.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';

const PLAIN: Normalisation = { mean: [0], std: [1] };

/** Random weights for an architecture: 8 bits, a few dead channels. */
function randomFolded(network: Network, random: SeededRandom, input = { min: -3, max: 3 }): FoldedNetwork {
  const architecture = instantiate(
    network,
    network.decisions.map(() => 0),
  );
  return {
    architecture,
    input,
    operations: architecture.operations.map((operation): FoldedOperation => {
      const output = { min: operation.activation === 'none' ? -8 : 0, max: 8 };
      const shape = filterShape(operation);
      if (!shape) return { operation, output };
      const fan = shape[1] * shape[2] * shape[3];
      const codes = Int8Array.from({ length: shape[0] * fan }, () =>
        Math.max(-127, Math.min(127, Math.round(40 * random.normal()))),
      );
      if (operation.batchNorm && random.next() < 0.3) codes.fill(0, 0, fan);
      const steps = Float32Array.from(
        { length: shape[0] },
        () => (((0.3 + random.next()) * 2) / (largestCode(8) * Math.sqrt(fan))) * 3,
      );
      return { operation, output, codes, steps, bias: Float32Array.from({ length: shape[0] }, () => random.normal()) };
    }),
  };
}

function supernetOf(network: Network, seed = 1): Supernet {
  return new Supernet(network, taskNamed('classification'), new SeededRandom(seed), 1e-4);
}

/** Outputs of the architecture that stands for the file's network, on normalised images. */
async function startOf(
  network: Network,
  file: Uint8Array,
  images: Float32Array,
  normalisation = PLAIN,
): Promise<{ readonly outputs: Float32Array; readonly inputs: string; readonly taken: number }> {
  const given = readInitialWeights(file);
  const supernet = supernetOf(network);
  const count = images.length / 144;
  const batch = tf.tensor4d(images, [count, 12, 12, 1]);
  const labels = tf.zeros([count], 'int32');
  const { inputs, taken } = await beginFrom(supernet, given, batch, normalisation);
  const { outputs } = await supernet.predict(initialAssignment(network, given), batch, labels);
  supernet.dispose();
  tf.dispose([batch, labels]);
  return { outputs, inputs, taken };
}

/** Root mean square of the difference over that of the wanted values around their mean. */
function relativeError(found: Float32Array, wanted: Float32Array): number {
  assert.equal(found.length, wanted.length);
  const mean = wanted.reduce((sum, value) => sum + value, 0) / wanted.length;
  const rms = (of: (i: number) => number): number =>
    Math.sqrt(wanted.reduce((sum, _, i) => sum + of(i) ** 2, 0) / wanted.length);
  return rms((i) => found[i]! - wanted[i]!) / rms((i) => wanted[i]! - mean);
}

const realOutputs = (folded: FoldedNetwork, images: Float32Array): Float32Array =>
  Float32Array.from(
    Array.from({ length: images.length / 144 }, (_, n) => [
      ...evaluateReal(folded, images.subarray(n * 144, (n + 1) * 144), false).at(-1)!,
    ]).flat(),
  );

/** The network of the file: the first option of each choice. The others make the search space around it. */
const SPACES: Readonly<Record<string, string>> = {
  'one architecture':
    'layers:\n  - { name: a, op: conv, kernel: 3x3, stride: 2, filters: 8 }\n  - { name: b, op: dsconv, kernel: 3x3, filters: 12 }\n  - { name: p, op: global-average-pool }\n  - { name: z, op: dense, units: 4 }\n',
  'wider choices':
    'layers:\n  - { name: a, op: conv, kernel: 3x3, stride: 2, filters: 8 | 16 }\n  - { name: b, op: ibn, kernel: 3x3, filters: 8 | 24, expand: 2 | 3 }\n  - { name: p, op: global-average-pool }\n  - { name: z, op: dense, units: 4 }\n',
  'larger kernels':
    'layers:\n  - { name: a, op: conv, kernel: 3x3 | 5x5, filters: 8 }\n  - { name: b, op: dwconv, kernel: 3x3 | 5x5, stride: 1 }\n  - { name: p, op: global-average-pool }\n  - { name: z, op: dense, units: 4 }\n',
  'shortcuts and depth':
    'layers:\n  - { name: a, op: conv, kernel: 3x3, stride: 2, filters: 8 | 12 }\n  - { name: r, op: residual | skip, kernel: 3x3, filters: 8 | 12 }\n  - { name: s, op: residual, kernel: 3x3, stride: 2, filters: 16 | 24 }\n  - { name: p, op: global-average-pool }\n  - { name: z, op: dense, units: 4 }\n',
  'other operators':
    'layers:\n  - { name: a, op: conv, kernel: 3x3, stride: 2, filters: 8 }\n  - { name: b, op: dsconv | conv, kernel: 3x3, filters: 8 }\n  - { name: p, op: max-pool, kernel: 2 }\n  - { name: g, op: global-average-pool }\n  - { name: z, op: dense, units: 4 }\n',
  'a flattened map':
    'layers:\n  - { name: a, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8 }\n  - { name: p, op: average-pool, kernel: 3 }\n  - { name: f, op: flatten }\n  - { name: h, op: dense, units: 10 | 20 }\n  - { name: z, op: dense, units: 4 }\n',
};

describe('initial weights', () => {
  before(openTestBackend);

  for (const [name, body] of Object.entries(SPACES)) {
    it(`compute what the file's network computes: ${name}`, async function () {
      this.timeout(60_000);
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), async (seed) => {
          const network = networkOf(body);
          const folded = randomFolded(network, new SeededRandom(seed));
          const { images } = randomImages(16, seed);
          const { outputs, taken } = await startOf(network, packFolded(folded), images);
          assert.equal(taken, folded.operations.filter(({ codes }) => codes).length);
          const error = relativeError(outputs, realOutputs(folded, images));
          // Weights are on 8-bit grids as wide as their channel's root mean square asks for; zeros around the file's
          // make them clip a little. Another function is off by 1 or more.
          assert.ok(error < (name === 'wider choices' ? 0.5 : 0.25), `outputs are off by ${error}`);
        }),
        { numRuns: 6 },
      );
    });
  }

  it('go along with how the network takes its inputs', async () => {
    const network = networkOf(SPACES['one architecture']!);
    const normalisation = { mean: [100], std: [50] };
    const { images } = randomImages(16, 5);
    const real: Readonly<Record<string, (stored: number) => number>> = {
      'as stored': (v) => v,
      'from 0 to 1': (v) => v / 255,
      'from -1 to 1': (v) => v / 127.5 - 1,
      'from -128 to 127': (v) => v - 128,
    };
    const bytes = images.map((value) => Math.max(0, Math.min(255, 100 + 50 * value)));
    const seen = bytes.map((value) => (value - 100) / 50);
    for (const [convention, take] of Object.entries(real)) {
      const folded = randomFolded(network, new SeededRandom(3), { min: take(0), max: take(255) });
      const { outputs, inputs } = await startOf(network, packFolded(folded), seen, normalisation);
      assert.equal(inputs, convention);
      // Beyond the border the network sees zeros, which here are no mean values: that much stays different.
      const wanted = realOutputs(folded, bytes.map(take));
      assert.ok(relativeError(outputs, wanted) < 0.6, `${convention}: ${relativeError(outputs, wanted)}`);
    }
  });

  it('take what fits of a wider network, and say what they leave', () => {
    const wide = networkOf(
      SPACES['one architecture']!.replace('filters: 8', 'filters: 16').replace(
        'dsconv, kernel: 3x3',
        'dsconv, kernel: 2x2',
      ),
    );
    const given = readInitialWeights(packFolded(randomFolded(wide, new SeededRandom(1))));
    const network = networkOf(SPACES['one architecture']!);
    assert.deepEqual(
      initialProblems(network, given).map(({ severity, message }) => `${severity} ${message}`),
      [
        'warning `a` (a/conv/conv) takes the first 8 of the 16 channels in the file: its widest option has no more',
        'warning `b` (b/dsconv/depthwise) starts anew: a kernel of 2x2 in the file and one of 3x3 here have no common centre',
      ],
    );
    const other = networkOf(
      SPACES['one architecture']!.replace('name: a', 'name: q')
        .replace('name: b', 'name: r')
        .replace('name: z', 'name: y'),
    );
    assert.match(
      initialProblems(other, given)[0]!.message,
      /^no operation of the file is one of this definition: it has `a\/conv\/conv`/,
    );
  });

  it('are refused where the file is damaged or another', () => {
    assert.throws(() => readInitialWeights(new Uint8Array(4)), /not a safetensors file/);
    const file = packFolded(randomFolded(networkOf(SPACES['one architecture']!), new SeededRandom(1)));
    assert.throws(() => readInitialWeights(file.slice(0, -9)), /cut short or damaged/);
  });
});

const TRAINING = 'search: { bits: 8 }\ntraining: { warmup: 4, search: 2, sparsify: 1, settle: 4, batch: 16 }\n';

/** Runs to the end, or until `checkpoints` of them are saved; then the state is what was saved last. */
async function run(
  search: SearchSession,
  checkpoints = Infinity,
): Promise<{ readonly events: UnnumberedEvent[]; readonly state: Uint8Array; readonly file?: Uint8Array }> {
  const events: UnnumberedEvent[] = [];
  const controller = new AbortController();
  let state = new Uint8Array();
  let saved = 0;
  let file: Uint8Array | undefined;
  const hooks: SearchHooks = {
    emit: async (event) => {
      events.push(event);
    },
    progress: () => undefined,
    keep: async (_, bytes) => {
      file = bytes;
    },
    signal: controller.signal,
    checkpoint: async () => {
      state = new Uint8Array(await search.state());
      if (++saved === checkpoints) controller.abort();
    },
  };
  await search.run(hooks).catch((error: unknown) => {
    if (!controller.signal.aborted) throw error;
  });
  return { events, state, ...(file && { file }) };
}

describe('a trained network, exported and imported', () => {
  const data = quadrants({ train: 320, validation: 48, test: 128 });
  const contextOf = (network: Network, more: Partial<SearchContext> = {}): SearchContext => ({
    network,
    dataset: data,
    target: findTarget('ethos-u55-128'),
    limits: limitsOf(20_000),
    seed: 1,
    backend: { name: 'wasm', reason: 'test' },
    ...more,
  });
  let file: Uint8Array;
  let integer: ReturnType<typeof readTflite>['network'];
  let network: Network;

  before(async function () {
    this.timeout(120_000);
    await openTestBackend();
    const fixed = networkOf(TRAINING + SPACES['one architecture']!);
    const search = await SearchSession.create(contextOf(fixed), strategyOf('udc'));
    const { file: weights } = await run(search);
    const trained = quantise(unpackFolded(weights!, instantiate(fixed, [])));
    integer = readTflite(writeTflite(trained, { description: 'a test' })).network;
    const written = writeDefinition(integer.architecture, { name: 'again', npu: 'ethos-u55-128', search: true });
    file = packFolded(foldedFor(written, integer));
    const { network: again, diagnostics } = parseDefinition(
      written.text.replace('layers:', `${TRAINING.split('\n')[1]!}\nlayers:`),
    );
    assert.ok(again, JSON.stringify(diagnostics));
    network = again;
  });

  const best = (outputs: ArrayLike<number>, n: number): number => {
    const own = Array.from({ length: 4 }, (_, c) => outputs[n * 4 + c]!);
    return own.indexOf(Math.max(...own));
  };

  it('predicts the same as the supernet of its search at step 0', async () => {
    const { images, count, labels } = await data.test.slice(0, data.test.count);
    const { outputs } = await startOf(network, file, images);
    const wanted = evaluateInteger(integer, images, count);
    const agreed =
      Array.from({ length: count }, (_, n) => best(outputs, n) === best(wanted, n)).filter(Boolean).length / count;
    const right = Array.from({ length: count }, (_, n) => best(wanted, n) === labels[n]).filter(Boolean).length / count;
    assert.ok(right > 0.7, `the network itself is right in ${right}`);
    assert.ok(agreed > 0.95, `they agree in ${agreed}`);
  });

  it('is told by the run, and belongs to its checkpoints', async function () {
    this.timeout(120_000);
    const initial = { file: 'again.safetensors', sha256: 'abc', weights: readInitialWeights(file) };
    const without = contextOf(network, { limits: limitsOf(3000) });
    const context = { ...without, initial };
    const whole = await run(await SearchSession.create(context, strategyOf('udc')));
    const started = whole.events[0] as StartedEvent;
    assert.deepEqual(started.initialWeights, {
      file: 'again.safetensors',
      sha256: 'abc',
      taken: 4,
      operations: 4,
      inputs: 'normalised',
    });
    const first = whole.events.find((event) => event.type === 'epoch');
    const fresh = (await run(await SearchSession.create(without, strategyOf('udc')), 2)).events.find(
      (event) => event.type === 'epoch',
    );
    assert.ok(
      first!.trainLoss < 0.7 * fresh!.trainLoss,
      `${first!.trainLoss} from the file, ${fresh!.trainLoss} from random weights`,
    );
    const begun = await run(await SearchSession.create(context, strategyOf('udc')), 3);
    const rest = await run(await SearchSession.restore(without, strategyOf('udc'), begun.state));
    const plain = (events: readonly UnnumberedEvent[]): unknown[] =>
      events.map((event) => ({ ...event, measured: undefined }));
    assert.deepEqual(plain([...begun.events, ...rest.events]), plain(whole.events));
  });
});
