/** A search whose input has several sizes: every strategy, stopped and taken up, and several networks at once. */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { atSize, type Dataset } from '../../../src/data/dataset.ts';
import { Batches } from '../../../src/data/batches.ts';
import { loadDatasets } from '../../../src/data/load-sizes.ts';
import { runSteps } from '../../../src/data/preparation/steps/step-rules.ts';
import { decidedAssignment } from '../../../src/network/decided-assignment.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { unpackFolded } from '../../../src/integer/pack-folded.ts';
import { certify } from '../../../src/integer/sizing.ts';
import { activationMemory } from '../../../src/costs/activations/activation-memory.ts';
import { macs } from '../../../src/network/operation-counts.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { batchTensors } from '../../../src/training/evaluate.ts';
import { batchOptions, type SearchContext } from '../../../src/training/problem.ts';
import { Decisions } from '../../../src/training/supernet/decisions.ts';
import { Supernet } from '../../../src/training/supernet/supernet.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { STRATEGIES } from '../../../src/wire/strategies.ts';
import type { NetworkResult } from '../../../src/wire/run.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';
import { Helpers } from './helpers.ts';
import { comparable, networkOf, openTestBackend, run } from './support.ts';

const BUDGET = 1200;
const HEAD = `udc: 1
name: sizes
input: 12x12x1 | 16x16x1 | 8x12x1
dataset: { format: generated, generator: shapes, samples: 80, seed: 1, augment: { crop: 1, flip: true } }
prepare: [{ resize: input }]
target: { npu: ethos-u55-128 }
`;
const network = networkOf(
  `search: { bits: 4 | 8, sparsity: 0 | 0.5 }
training: { warmup: 1, search: 1, race: 3, sparsify: 1, settle: 1, batch: 16, learningRate: 0.01 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8 | 12 }
  - { name: block, op: dsconv | skip, kernel: 3x3, filters: 8 | 16 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6 }
`,
  HEAD,
);
const target = findTarget('ethos-u55-128');

describe('a search over sizes of the input', () => {
  let dataset: Dataset;
  before(async () => {
    await openTestBackend();
    dataset = await loadDatasets(network.definition, '.');
  });
  after(() => dataset.close());

  const contextOf = (activations?: number): SearchContext => ({
    network,
    dataset,
    target,
    limits: limitsOf(BUDGET, activations),
    seed: 3,
    backend: { name: 'wasm', reason: 'test' },
  });

  /** The architecture of a result, of which every number is that of its own input. */
  function checked(
    { decisions, layers, totals, weights, certificate }: NetworkResult,
    files: ReadonlyMap<string, Uint8Array>,
  ): string {
    const found = decidedAssignment(network, decisions);
    assert.ok('assignment' in found);
    const architecture = instantiate(network, found.assignment);
    const input = decisions.find(({ id }) => id === 'input')!;
    const { height, width } = architecture.input;
    assert.equal(`${height}x${width}x1`, input.label);
    assert.equal(layers[0]!.output[0], Math.ceil(height / 2));
    assert.equal(layers[0]!.output[1], Math.ceil(width / 2));
    assert.deepEqual(layers[1]!.output.slice(0, 2), layers[0]!.output.slice(0, 2), 'also of a layer that is left out');
    assert.equal(totals.peakActivationBytes, activationMemory(architecture, target).peakBytes);
    assert.equal(
      totals.macs,
      architecture.operations.reduce((sum, operation) => sum + macs(operation), 0),
    );
    const folded = unpackFolded(files.get(weights)!, architecture);
    assert.deepEqual(folded.architecture.input, architecture.input);
    const codes = new Map(folded.operations.flatMap((one) => (one.codes ? [[one.operation.id, one.codes]] : [])));
    assert.equal(certify(architecture, target, codes).encodedSha256, certificate.encodedSha256);
    return input.label;
  }

  for (const { id } of STRATEGIES) {
    it(`${id}: decides it, is the same interrupted or not, and with networks trained at once`, async function () {
      this.timeout(300_000);
      const whole = await run(contextOf(), [], id);
      for (const one of whole.result.networks) checked(one, whole.files);
      const interrupted = await run(contextOf(), [3, 7, 11, 19, 26], id);
      assert.deepEqual(comparable(interrupted.events), comparable(whole.events));
      assert.deepEqual(interrupted.result, whole.result);
      assert.deepEqual([...interrupted.files], [...whole.files]);
      // Once for all trains one network alone.
      if (id === 'once-for-all') return;
      const side = new Helpers(2, dataset);
      const beside = await run({ ...contextOf(), side }, [], id);
      assert.deepEqual(comparable(beside.events), comparable(whole.events));
      assert.deepEqual(beside.result, whole.result);
    });

    it(`${id}: keeps to a limit on activations that only small inputs meet`, async function () {
      this.timeout(120_000);
      const small = 260;
      const { result, files } = await run(contextOf(small), [], id);
      for (const one of result.networks) {
        assert.ok(one.totals.peakActivationBytes <= small);
        assert.equal(checked(one, files), '8x12x1');
      }
    });
  }

  it('has the same samples at each size, prepared from the files, normalised alike', async () => {
    assert.equal(dataset.sizes!.length, 3);
    const plain = await loadDatasets({ ...network.definition, inputs: undefined, prepare: [] } as never, '.');
    const places = Int32Array.of(0, 5, 2);
    const { mean, std } = dataset.preparation.normalisation;
    const source = await plain.train.gather(places);
    const raw = plain.preparation.normalisation;
    for (const { height, width } of network.definition.inputs!.options) {
      const sized = atSize(dataset, { height, width });
      assert.deepEqual(sized.inputShape, { height, width, channels: 1 });
      assert.deepEqual(sized.preparation.normalisation, { mean, std });
      assert.deepEqual(sized.train.labels, dataset.train.labels);
      assert.deepEqual(sized.test.labels, dataset.test.labels);
      const { images, labels } = await sized.train.gather(places);
      assert.deepEqual(labels, source.labels);
      const elements = source.images.length / 3;
      for (let n = 0; n < 3; n++) {
        const stored = Uint8Array.from(source.images.subarray(n * elements, (n + 1) * elements), (value) =>
          Math.round(value * raw.std[0]! + raw.mean[0]!),
        );
        const step = { step: 'resize', height, width, fit: 'stretch', filter: 'bilinear' } as const;
        const made = runSteps([step], { shape: plain.inputShape, values: stored }).values;
        made.forEach((value, i) => {
          const prepared = images[n * height * width + i]!;
          assert.ok(Math.abs(prepared - (value - mean[0]!) / std[0]!) < 1e-5);
        });
      }
    }
    await plain.close();
  });

  it('goes on with the same batches at another size', async () => {
    const { train } = atSize(dataset, { height: 8, width: 12 });
    const [one, other] = [dataset.train, dataset.train].map((split) => new Batches(split, batchOptions(contextOf())));
    await other!.next();
    await one!.next();
    other!.readFrom(train);
    const [large, small] = [await one!.next(), await other!.next()];
    assert.deepEqual(small.labels, large.labels);
    assert.equal(small.images.length, small.count * 96);
    assert.deepEqual(other!.state().position, one!.state().position);
    assert.throws(() => {
      other!.readFrom(dataset.test);
    }, /other samples/);
  });

  describe('shared weights', () => {
    const supernetOf = (): Supernet => new Supernet(network, taskNamed('classification'), new SeededRandom(3), 0);
    const undecided = new Decisions(
      network.decisions.map(({ labels }) => labels.length),
      network.decisions.map(({ labels }) => labels.map(() => true)),
    );

    it('see what the files would give, as near as a second resize is', async () => {
      const supernet = supernetOf();
      const batch = await dataset.validation.slice(0, 8);
      const { images, targets } = batchTensors(batch, dataset.validation);
      for (const [k, { height, width }] of network.definition.inputs!.options.entries()) {
        const choice = network.decisions.map((_, d) => (d === 0 ? k : 0));
        const step = { step: 'resize', height, width, fit: 'stretch', filter: 'bilinear' } as const;
        const made = Array.from({ length: 8 }, (_, n) => {
          const values = batch.images.subarray(n * 256, (n + 1) * 256);
          return [...runSteps([step], { shape: dataset.inputShape, values }).values];
        }).flat();
        const sized = tf.tensor4d(made, [8, height, width, 1]);
        const [here, there] = [
          await supernet.predict(choice, images, targets),
          await supernet.predict(choice, sized, targets),
        ];
        here.outputs.forEach((value, i) => {
          assert.ok(Math.abs(value - there.outputs[i]!) < 1e-4, `${value} and ${there.outputs[i]!}`);
        });
        sized.dispose();
      }
      tf.dispose([images, targets]);
      supernet.dispose();
    });

    it('learn which size is better from the losses with both that were drawn, and keep no tensors', async () => {
      const supernet = supernetOf();
      const batch = await dataset.validation.slice(0, 8);
      const { images, targets } = batchTensors(batch, dataset.validation);
      let tensors = 0;
      for (let seed = 1; seed < 12; seed++) {
        const paired = network.decisions.map(({ kind }) => kind !== 'bits' && kind !== 'sparsity');
        const sample = undecided.sample(undecided.probabilities(1), paired, new SeededRandom(seed));
        await supernet.refresh(sample.choice);
        const [{ gradients, known, loss }] = (await supernet.step(images, targets, [{ sample, decide: true }], 0)) as [
          Awaited<ReturnType<Supernet['step']>>[number],
        ];
        const pair = [sample.choice[0]!, sample.second[0]!];
        assert.deepEqual(known[0], pair);
        assert.ok(Math.abs(gradients[0]![pair[0]!]! - loss) < 1e-5);
        for (const k of pair) {
          const choice = sample.choice.map((option, d) => (d === 0 ? k : option));
          const { loss: own } = await supernet.predict(choice, images, targets);
          assert.ok(Math.abs(gradients[0]![k]! - own) < 1e-4, `${gradients[0]![k]!} and ${own}`);
        }
        if (seed === 8) tensors = tf.memory().numTensors;
      }
      assert.equal(tf.memory().numTensors, tensors);
      tf.dispose([images, targets]);
      supernet.dispose();
    });
  });
});
