/** The supernet computes only what a sample uses, and that changes nothing. */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { Decisions } from '../../../src/training/supernet/decisions.ts';
import type { Sample } from '../../../src/training/supernet/decisions.ts';
import { batchTensors } from '../../../src/training/evaluate.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { Supernet } from '../../../src/training/supernet/supernet.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import { networkOf, openTestBackend, quadrants } from '../strategies/support.ts';

const SPACES = {
  'widths, kernels, operators, depth, expansion': `search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 }
layers:
  - { name: stem, op: conv, kernel: 3x3 | 5x5, stride: 2, filters: 4 | 8 | 12 }
  - { name: block, op: dsconv | conv | skip, kernel: 3x3 | 5x5, filters: 4 | 8 | 16 }
  - { name: deep, op: ibn | skip, kernel: 3x3, filters: 4 | 8 | 12, expand: 2 | 4 }
  - { name: sum, op: residual, shortcut: projection, kernel: 3x3, filters: 8 | 12 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`,
  // Without pruning: of so many weights, one at a threshold is moved by its last digit.
  'branches that meet': `search: { bits: 2 | 4 | 8, sparsity: 0 }
layers:
  - { name: stem, op: conv, kernel: 3x3 | 5x5, stride: 2, filters: 4 | 8 | 12 }
  - { name: left, op: dsconv | conv | skip, kernel: 3x3 | 5x5, filters: 4 | 8 | 12 }
  - { name: right, op: ibn | skip, kernel: 3x3, filters: 4 | 8 | 12, expand: 2 | 4, input: stem }
  - { name: both, op: add, from: left }
  - { name: again, op: conv, kernel: 3x3, stride: 2, filters: 4 | 6, input: input }
  - { name: more, op: pwconv | skip, filters: 4 | 16, input: both }
  - { name: last, op: pwconv, filters: 4 | 6 }
  - { name: all, op: add | skip, from: again, activation: relu }
  - { name: pool, op: global-average-pool }
  - { name: one, op: dense, units: 4 }
  - { name: aside, op: global-average-pool, input: again }
  - { name: two, op: dense, units: 4 }
  - { name: sum, op: add, from: one }
`,
  'a flatten behind a chosen width': `search: { bits: 4 | 8 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8 | 12 }
  - { name: thin, op: conv, kernel: 3x3, stride: 2, filters: 2 | 3 | 5 }
  - { name: flat, op: flatten }
  - { name: hidden, op: dense, units: 6 | 10 }
  - { name: logits, op: dense, units: 4 }
`,
};

describe('a supernet', () => {
  const data = quadrants({ train: 48, validation: 16, test: 16 });
  before(openTestBackend);

  for (const [what, space] of Object.entries(SPACES)) {
    describe(what, () => {
      const network = networkOf(space);
      const make = (): Supernet => new Supernet(network, taskNamed('classification'), new SeededRandom(3), 0);
      const undecided = new Decisions(
        network.decisions.map((d) => d.labels.length),
        network.decisions.map((d) => d.labels.map(() => true)),
      );
      const paired = network.decisions.map(() => true);
      const sampleOf = (seed: number): Sample =>
        undecided.sample(undecided.probabilities(1), paired, new SeededRandom(seed));

      /**
       * A step keeps norms, which may move a weight by its last digit; the weight at a pruning threshold is then not to
       * move again.
       */
      async function settle(
        supernet: Supernet,
        sample: Sample,
        images: tf.Tensor4D,
        targets: tf.Tensor,
      ): Promise<void> {
        await supernet.step(images, targets, [{ sample, decide: false }], 0);
        await supernet.refresh(sample.choice);
      }

      it('has the same loss however much it computes', async () => {
        const supernet = make();
        const { images, targets } = batchTensors(await data.train.slice(0, 16), data.train);
        for (let seed = 1; seed <= 12; seed++) {
          const sample = sampleOf(seed);
          await settle(supernet, sample, images, targets);
          const losses: number[] = [];
          for (const decide of [false, true])
            losses.push((await supernet.step(images, targets, [{ sample, decide }], 0))[0]!.loss);
          losses.push((await supernet.predict(sample.choice, images, targets)).loss);
          // All of every tensor: what `observe` runs.
          const seen: string[] = [];
          supernet.observe(images, sample.choice, (id, y) => {
            seen.push(`${id} ${y.shape[3]}`);
          });
          assert.ok(seen.length > 0);
          for (const loss of losses)
            assert.ok(
              Math.abs(loss - losses[0]!) < 1e-4 * Math.abs(losses[0]!),
              `${losses.join(' ')} for ${sample.choice.join()}`,
            );
        }
        tf.dispose([images, targets]);
        supernet.dispose();
      });

      it('finds the same gradients of the options within reach, whatever the reach', async () => {
        const supernet = make();
        const { images, targets } = batchTensors(await data.train.slice(0, 16), data.train);
        const widest = network.decisions.map((d) =>
          d.kind === 'width' || d.kind === 'expansion' ? d.options.indexOf(Math.max(...d.options)) : -1,
        );
        for (let seed = 1; seed <= 6; seed++) {
          const sample = sampleOf(seed);
          await settle(supernet, sample, images, targets);
          const whole = (
            await supernet.step(
              images,
              targets,
              [
                {
                  sample: { ...sample, second: sample.second.map((k, d) => (widest[d]! < 0 ? k : widest[d]!)) },
                  decide: true,
                },
              ],
              0,
            )
          )[0]!;
          const part = (await supernet.step(images, targets, [{ sample, decide: true }], 0))[0]!;
          part.known.forEach((options, d) => {
            for (const k of options) {
              assert.ok(whole.known[d]!.includes(k));
              const [a, b] = [part.gradients[d]![k]!, whole.gradients[d]![k]!];
              assert.ok(
                Math.abs(a - b) < 1e-3 * (1 + Math.abs(b)),
                `${network.decisions[d]!.id} option ${k}: ${a} and ${b}`,
              );
            }
            assert.ok(options.includes(sample.choice[d]!));
          });
        }
        tf.dispose([images, targets]);
        supernet.dispose();
      });
    });
  }

  it('averages the gradients of the networks of a step, and keeps no tensor', async () => {
    const network = networkOf(SPACES['a flatten behind a chosen width']);
    const { images, targets } = batchTensors(await data.train.slice(0, 16), data.train);
    const undecided = new Decisions(
      network.decisions.map((d) => d.labels.length),
      network.decisions.map((d) => d.labels.map(() => true)),
    );
    const sample = undecided.sample(
      undecided.probabilities(1),
      network.decisions.map(() => false),
      new SeededRandom(1),
    );
    const after = async (times: number): Promise<Float32Array> => {
      const supernet = new Supernet(network, taskNamed('classification'), new SeededRandom(3), 0);
      await supernet.refresh(sample.choice);
      await supernet.step(
        images,
        targets,
        Array.from({ length: times }, () => ({ sample, decide: false })),
        0.01,
      );
      const { w } = (await supernet.read()).get('thin/conv/conv') ?? [...(await supernet.read()).values()][1]!;
      supernet.dispose();
      return w.slice();
    };
    const [once, thrice] = [await after(1), await after(3)];
    once.forEach((value, i) => {
      assert.ok(Math.abs(value - thrice[i]!) < 1e-4);
    });

    const supernet = new Supernet(network, taskNamed('classification'), new SeededRandom(3), 0);
    const guided = { sample, decide: true, guided: 1 };
    await supernet.step(images, targets, [{ sample, decide: false }, guided], 0.01);
    const before = tf.memory().numTensors;
    const [first, second] = await supernet.step(images, targets, [{ sample, decide: false }, guided], 0.01);
    assert.equal(tf.memory().numTensors, before);
    // The same network: its distance from itself is its entropy, which adds to its loss.
    assert.ok(second!.loss > first!.loss);
    supernet.dispose();
    tf.dispose([images, targets]);
  });
});
