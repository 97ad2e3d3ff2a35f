/**
 * Targets that a teacher gives: what another network puts out for the training samples, as part of what a network is to
 * put out (Hinton et al., "Distilling the Knowledge in a Neural Network", arXiv 1503.02531). They are asked for once,
 * of the samples as they are, and belong to the data from then on: augmented samples keep their sample's.
 */
import type { Lessons } from '../data/mixing/soft-targets.ts';
import type { Normalisation } from '../data/preparation/preparation.ts';
import { elementsOf, type Split } from '../data/dataset.ts';
import { dequantise } from '../integer/activation-grid.ts';
import { IntegerEvaluator } from '../integer/evaluate-integer.ts';
import { quantise } from '../integer/quantise-network.ts';
import type { FoldedNetwork } from '../integer/integer-network.ts';
import { EVALUATION_BATCH } from './evaluate.ts';
import { conventionOf } from './input-convention.ts';

/** Values that a task wants for a sample: one a class, or those of its target. */
export const valuesPerSample = ({ targetShape }: Pick<Split, 'targetShape'>, classes: number): number =>
  targetShape ? elementsOf(targetShape) : classes;

/** Outputs of a network for all samples of a part, in their order, in the chip's arithmetic: [N × values]. */
export async function outputsOf(
  folded: FoldedNetwork,
  split: Split,
  normalisation: Normalisation,
  breathe: () => Promise<void>,
): Promise<Float32Array> {
  const network = quantise(folded);
  const evaluator = new IntegerEvaluator(network);
  const { output } = network.operations.at(-1)!;
  const elements = elementsOf(split.shape);
  const { channels } = split.shape;
  const outputs = new Float32Array(split.count * evaluator.outputElements);
  let convention: ReturnType<typeof conventionOf> | undefined;
  for (let from = 0; from < split.count; from += EVALUATION_BATCH) {
    await breathe();
    const { images, count } = await split.slice(from, Math.min(EVALUATION_BATCH, split.count - from));
    convention ??= conventionOf(images, normalisation, folded.input);
    const { scale, shift } = convention.affine;
    const taken = images.map((value, i) => scale[i % channels]! * value + shift[i % channels]!);
    for (let n = 0; n < count; n++)
      outputs.set(
        dequantise(evaluator.evaluateImage(taken, n * elements), output),
        (from + n) * evaluator.outputElements,
      );
  }
  return outputs;
}

/** Rows of outputs as distributions over the classes, softened by a temperature. */
export function likelihoods(outputs: Float32Array, classes: number, temperature: number): Float32Array {
  const rows = new Float32Array(outputs.length);
  for (let from = 0; from < outputs.length; from += classes) {
    const row = outputs.subarray(from, from + classes);
    const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = row.map((value) => Math.exp((value - largest) / temperature));
    const sum = powers.reduce((a, b) => a + b, 0);
    powers.forEach((power, c) => {
      rows[from + c] = power / sum;
    });
  }
  return rows;
}

/** What the outputs of a teacher are to a task. @param classes 0 where it has none */
export const lessonsOf = (
  outputs: Float32Array,
  classes: number,
  { teaching, temperature }: { readonly teaching: number; readonly temperature: number },
): Lessons => ({ share: teaching, rows: classes > 0 ? likelihoods(outputs, classes, temperature) : outputs });
