/** What a network is for, as far as its shapes tell: a network file does not say it. */
import type { Architecture, Definition } from '../../network/types.ts';

export interface TaskOf {
  readonly task: Definition['task'];
  readonly notes: readonly string[];
}

/**
 * The task of a definition around the network: images out of images of the same channels are super-resolution, a vector
 * is classes.
 * @throws Error where the output is neither
 */
export function taskOf({ input, operations }: Architecture): TaskOf {
  const last = operations.at(-1);
  if (!last) return { task: 'classification', notes: [] };
  const {
    outSize: { height, width },
    outChannels,
  } = last;
  const factor = height / input.height;
  if (outChannels === input.channels && Number.isInteger(factor) && width === input.width * factor) {
    const notes =
      factor > 1
        ? []
        : [
            'The output has the shape of the input, as that of an autoencoder. It has no classes: the definition says `task: super-resolution`, which trains it to put out given targets (arrays y_train.npy and y_test.npy; the inputs themselves, for an autoencoder) and judges it by PSNR',
          ];
    return { task: 'super-resolution', notes };
  }
  if (height * width > 1) {
    throw new Error(
      `the output is a map of ${height}x${width}x${outChannels}, as in segmentation or detection: a definition ends in one value for each class, or in an image (task: super-resolution)`,
    );
  }
  if (outChannels > 1) return { task: 'classification', notes: [] };
  return {
    task: 'classification',
    notes: [
      `The last layer has one output, as that of a detector or of a regression. A search trains one output for each class, two at least: for yes and no, give \`${last.layerName === '' ? 'the last layer' : 'logits'}\` \`units: 2\` (its weights then start anew)`,
    ],
  };
}
