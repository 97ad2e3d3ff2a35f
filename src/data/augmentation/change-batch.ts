/** Makes the changes that were drawn for the samples of a batch, to them and to targets that bear them. */
import { elementsOf, type Batch, type Shape, type Split } from '../dataset.ts';
import { clip, type Drawn } from './augmentation-table.ts';
import type { Change } from './augmentation.ts';

/**
 * The batch changed; the arrays of the one that is given stay as they are.
 * @param split that the batch is of
 * @param drawn what is done to each sample of the batch, in their order
 */
export function changeBatch(split: Split, batch: Batch, drawn: readonly Drawn[]): Batch {
  if (drawn.every(({ sample }) => sample.length === 0)) return batch;
  const { shape, targetShape } = split;
  const { images, targets } = batch;
  const samples = drawn.map(({ sample }) => sample);
  const aims = drawn.map(({ target }) => target);
  return {
    ...batch,
    images: changed(split, images, shape, samples),
    // Values that belong to a whole sample stay what they are, however it is changed.
    ...(targets &&
      targetShape &&
      targetShape.height >= shape.height && { targets: changed(split, targets, targetShape, aims) }),
  };
}

function changed(
  { outside, range, shape: own }: Split,
  pictures: Float32Array,
  shape: Shape,
  changes: readonly (readonly Change[])[],
): Float32Array {
  const elements = elementsOf(shape);
  const all = pictures.slice();
  // Targets are larger than images by a whole factor, and move by as much more.
  const frame = { shape, outside, factor: shape.height / own.height };
  changes.forEach((list, n) => {
    const picture = all.subarray(n * elements, (n + 1) * elements);
    for (const change of list) change(picture, frame);
    if (range) clip(picture, range);
  });
  return all;
}
