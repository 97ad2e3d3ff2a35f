/** Classification: one class for each sample. */
import { mapText, pixelsText, type TaskSpec } from './task-spec.ts';

export const classification = {
  id: 'classification',
  about: 'Trains one value for each class, and reports accuracy.',
  metric: {
    id: 'accuracy',
    title: 'Accuracy',
    name: 'accuracy',
    about: 'Share of the validation part that is classified right.',
    unit: 'share',
    better: 'higher',
    difference: (amount) => `${(100 * amount).toFixed(1)} points`,
  },
  targets: 'class',
  inputs: 'standardised',
  outputName: 'logits',
  endsIn: 'one value for each class',
  outputProblem({ height, width, channels }, { last, classes }) {
    if (height !== 1 || width !== 1)
      return {
        code: 'output-not-vector',
        at: 'layer',
        message: `A classifier ends in one value per class, but \`${last}\` puts out ${pixelsText({ height, width })} pixels; end with \`global-average-pool\` and \`dense\``,
      };
    if (channels.length !== 1)
      return {
        code: 'output-is-choice',
        at: 'channels',
        message: `The number of classes cannot be a choice (${channels.join(' | ')}); write one number`,
      };
    if (classes === undefined || classes === channels[0]) return undefined;
    return {
      code: 'classes-differ',
      at: 'channels',
      message: `The network puts out ${channels[0]!} values, but \`dataset\` has ${classes} classes`,
      channels: classes,
    };
  },
  recognise: (output, input) =>
    output.height * output.width === 1 && output.channels > 1 && mapText(output) !== mapText(input) ? [] : undefined,
} as const satisfies TaskSpec;
