/** Mean squared gradients of single samples: those of a linear classifier, by hand. */
import assert from 'node:assert/strict';
import { packFolded } from '../../../src/integer/pack-folded.ts';
import { readInitialWeights } from '../../../src/integer/initial-weights.ts';
import { harmOf } from '../../../src/costs/allocate/quantisation-harm.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { squaredGradients } from '../../../src/training/trained/squared-gradients.ts';
import { foldedOf } from '../formats/run.ts';
import { networkOf, openTestBackend, quadrants } from '../strategies/support.ts';

describe('squared gradients', () => {
  before(openTestBackend);

  it('are the means over single samples, not the square of the mean', async () => {
    const architecture = instantiate(
      networkOf('layers:\n  - { name: flat, op: flatten }\n  - { name: logits, op: dense, units: 4, bits: 4 }\n'),
      [],
    );
    // Of the range that normalised inputs have, so that they are taken as they are.
    const folded = { ...foldedOf(architecture), input: { min: -4, max: 5.5 } };
    const weights = readInitialWeights(packFolded(folded));
    const dataset = quadrants({ train: 40, validation: 8, test: 8 });
    const found = await squaredGradients(architecture, weights, taskNamed('classification'), dataset, 10);
    const [[id, squares]] = [...found] as [[string, Float32Array]];
    const { weights: w, bias } = weights.operations.get(id)!;
    const places = Int32Array.from({ length: 10 }, (_, i) => 4 * i);
    const { images, labels } = await dataset.train.gather(places);
    const expected = new Float64Array(144 * 4);
    for (let n = 0; n < 10; n++) {
      const x = images.subarray(n * 144, (n + 1) * 144);
      const logits = Array.from({ length: 4 }, (_, c) => x.reduce((s, v, i) => s + v * w[c * 144 + i]!, bias[c]!));
      const top = Math.max(...logits);
      const powers = logits.map((value) => Math.exp(value - top));
      const all = powers.reduce((a, b) => a + b, 0);
      for (let c = 0; c < 4; c++) {
        const slope = powers[c]! / all - (labels[n] === c ? 1 : 0);
        for (let i = 0; i < 144; i++) expected[i * 4 + c]! += (slope * x[i]!) ** 2 / 10;
      }
    }
    assert.equal(squares.length, expected.length);
    squares.forEach((value, i) => {
      assert.ok(Math.abs(value - expected[i]!) < 1e-4 * (1 + expected[i]!), `${i}: ${value}, ${expected[i]!}`);
    });
  });
});

describe('the harm of a grid', () => {
  it('is the squared change of each weight by its square', () => {
    // Two channels, last; of step 1 each: codes −1, 0, 1 at 2 bits.
    const w = Float32Array.of(1, 1, -1, 0.25, 0, -1);
    const squares = Float32Array.of(1, 2, 3, 4, 5, 6);
    const grid = { bits: 8, sparsity: 0, outChannels: 2 };
    assert.ok(harmOf(w, squares, grid) < 1e-3);
    assert.ok(harmOf(w, squares, { ...grid, bits: 2 }) > harmOf(w, squares, grid));
    // Half of them go: the zero, the quarter, and the first of the equals, the others stay on their grids.
    const pruned = harmOf(w, squares, { ...grid, sparsity: 0.5 });
    assert.ok(Math.abs(pruned - (4 * 0.25 ** 2 + 1)) < 1e-3, String(pruned));
  });
});
