/** What a network takes over from shared weights: exactly the live part of each tensor, whatever its size. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SeededRandom } from '../../../src/base/random.ts';
import { fittedCodes, magnitudeMask } from '../../../src/costs/weights/fitted-codes.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import type { Architecture, Operation } from '../../../src/network/types.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { Supernet } from '../../../src/training/supernet/supernet.ts';
import { inherit, inheritedCodes } from '../../../src/training/trained/inherit.ts';
import { hasWeights, trainingShape } from '../../../src/training/trained/weighted-part.ts';
import type { HostTensors } from '../../../src/training/trainer.ts';
import { networkOf, openTestBackend } from '../strategies/support.ts';

const NETWORK = networkOf(`search: { bits: 2 | 8, sparsity: 0 | 0.5 }
layers:
  - { name: stem, op: conv, kernel: 1x1 | 3x3 | 5x3 | 3x5, filters: 3 | 8 | 5 }
  - { name: deep, op: dwconv, kernel: 3x3 | 5x5, multiplier: 2 }
  - { name: block, op: ibn | dsconv | skip, kernel: 5x5 | 3x3, filters: 6 | 4, expand: 1 | 3 }
  - { name: even, op: conv, kernel: 2x2 | 4x4 | 2x4, filters: 2 | 7, stride: 2 }
  - { name: flat, op: flatten }
  - { name: hidden, op: dense, units: 5 | 9 }
  - { name: logits, op: dense, units: 4 }
`);
const FIXED = { seed: 21, numRuns: 40 } as const;

/** Every weight its own index, every other number a sign and a multiple of it: where one came from can be told. */
async function numbered(): Promise<HostTensors> {
  const supernet = new Supernet(NETWORK, taskNamed('classification'), new SeededRandom(1), 0);
  const shared = await supernet.read();
  supernet.dispose();
  return new Map(
    [...shared].map(([id, { shape, w, gamma, beta }]) => [
      id,
      {
        shape,
        w: w.map((_, i) => i + 1),
        beta: beta.map((_, i) => -1 - i),
        ...(gamma && { gamma: gamma.map((_, i) => 0.5 + i) }),
      },
    ]),
  );
}

const architectures = fc
  .tuple(...NETWORK.decisions.map(({ labels }) => fc.nat(labels.length - 1)))
  .map((assignment) => instantiate(NETWORK, assignment));

/** Weights of the shared tensor at the operation's taps, inputs and outputs, by the numbers that stand for them. */
function expected({ shape }: { readonly shape: readonly number[] }, to: readonly number[], pixels: number): number[] {
  const [height, width, inputs, outputs] = shape as [number, number, number, number];
  const [top, left] = [(height - to[0]!) >> 1, (width - to[1]!) >> 1];
  const found: number[] = [];
  for (let y = 0; y < to[0]!; y++)
    for (let x = 0; x < to[1]!; x++)
      for (let pixel = 0; pixel < pixels; pixel++)
        for (let c = 0; c < to[2]! / pixels; c++)
          for (let o = 0; o < to[3]!; o++) {
            const input = pixel * (inputs / pixels) + c;
            found.push((((top + y) * width + left + x) * inputs + input) * outputs + o + 1);
          }
  return found;
}

/** Pixels that an operation reads one after another as its inputs. */
function pixelsBefore({ operations }: Architecture, { inputs }: Operation): number {
  const producer = operations[inputs[0]!];
  return producer?.kind === 'flatten' ? producer.inSize.height * producer.inSize.width : 1;
}

const rms = (values: Float32Array): number => Math.sqrt(values.reduce((sum, w) => sum + w * w, 0) / values.length);

describe('inherited tensors', () => {
  let shared: HostTensors;
  before(async () => {
    await openTestBackend();
    shared = await numbered();
  });

  it('are the first channels and the middle of the kernel; behind a flatten the first channels of each pixel', () => {
    let flattened = 0;
    fc.assert(
      fc.property(architectures, (architecture) => {
        for (const operation of architecture.operations.filter(hasWeights)) {
          const pixels = pixelsBefore(architecture, operation);
          if (pixels > 1) flattened++;
          const crop = expected(shared.get(operation.id)!, trainingShape(operation), pixels);
          const { w } = inherit(shared, architecture, operation);
          assert.equal(w.length, crop.length, operation.id);
          // Before a norm all are scaled alike.
          const factor = operation.batchNorm ? w[0]! / crop[0]! : 1;
          assert.ok(factor > 0);
          crop.forEach((weight, i) => {
            assert.ok(Math.abs(w[i]! - factor * weight) <= 1e-5 * factor * weight, `${operation.id} ${i}`);
          });
        }
      }),
      FIXED,
    );
    assert.ok(flattened > 0);
  });

  it('have the norm before a batch norm that training from nothing begins with', () => {
    fc.assert(
      fc.property(architectures, (architecture) => {
        for (const operation of architecture.operations.filter((one) => hasWeights(one) && one.batchNorm)) {
          const [height, width, inputs] = trainingShape(operation);
          const fanIn = height * width * (operation.kind === 'depthwise' ? 1 : inputs);
          const found = rms(inherit(shared, architecture, operation).w);
          assert.ok(Math.abs(found / Math.sqrt(2 / fanIn) - 1) < 1e-4, `${operation.id} ${found}`);
        }
      }),
      FIXED,
    );
  });

  it('take the first scales and shifts, scale 1 where there is no norm, and leave the shared ones as they are', () => {
    const before = structuredClone(shared);
    fc.assert(
      fc.property(architectures, (architecture) => {
        for (const operation of architecture.operations.filter(hasWeights)) {
          const { w, gamma, beta } = inherit(shared, architecture, operation);
          const outputs = Array.from({ length: operation.outChannels }, (_, o) => o);
          const scales = outputs.map((o) => (operation.batchNorm ? 0.5 + o : 1));
          assert.deepEqual([...gamma], scales, operation.id);
          assert.deepEqual(
            [...beta],
            outputs.map((o) => -1 - o),
            operation.id,
          );
          // They are the network's own: training it does not train the others.
          for (const values of [w, gamma, beta]) values.fill(0);
        }
      }),
      FIXED,
    );
    assert.deepEqual(shared, before);
  });

  it('stay zero where the shared weights are zero', () => {
    const zeros = new Map([...shared].map(([id, tensors]) => [id, { ...tensors, w: tensors.w.map(() => 0) }]));
    fc.assert(
      fc.property(architectures, (architecture) => {
        for (const operation of architecture.operations.filter(hasWeights))
          assert.ok(inherit(zeros, architecture, operation).w.every((weight) => weight === 0));
      }),
      { ...FIXED, numRuns: 10 },
    );
  });

  it('give the codes of their own weights, pruned and on their own grids', () => {
    fc.assert(
      fc.property(architectures, (architecture) => {
        for (const operation of architecture.operations.filter(hasWeights)) {
          const { w } = inherit(shared, architecture, operation);
          const codes = inheritedCodes(shared, architecture, operation);
          assert.deepEqual(codes, fittedCodes(w, magnitudeMask(w, operation.sparsity), operation));
          const zeros = codes.reduce((sum, code) => sum + (code === 0 ? 1 : 0), 0);
          assert.ok(zeros >= Math.min(Math.round(operation.sparsity * w.length), w.length - 1), operation.id);
          for (const code of codes) assert.ok(Math.abs(code) < 2 ** (operation.bits - 1), `${operation.id} ${code}`);
        }
      }),
      { ...FIXED, numRuns: 10 },
    );
  });
});
