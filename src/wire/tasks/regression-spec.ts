/** Regression: numbers that a file has beside each sample. */
import { formatNumber } from '../../text/format.ts';
import { mapText, pixelsText, type TaskSpec } from './task-spec.ts';

export const regression = {
  id: 'regression',
  about: 'Trains one or more numbers for each sample, and reports the mean absolute error.',
  metric: {
    id: 'mae',
    title: 'Mean absolute error',
    name: 'MAE',
    about: 'Mean absolute error on the validation part, in the units of the targets; lower is better.',
    unit: 'number',
    better: 'lower',
    difference: (amount) => formatNumber(amount),
  },
  measures: [{ id: 'r2', title: 'R² (share of the variance that is explained)', unit: 'number' }],
  targets: 'values',
  inputs: 'standardised',
  naive: { name: 'the mean of the training targets' },
  outputName: 'values',
  endsIn: 'numbers (task: regression)',
  reshape: 'its `units`, or the targets',
  outputProblem({ height, width, channels }, { last }) {
    if (height !== 1 || width !== 1)
      return {
        code: 'output-not-vector',
        at: 'layer',
        message: `Regression ends in one number for each target, but \`${last}\` puts out ${pixelsText({ height, width })} pixels; end with \`global-average-pool\` or \`flatten\` and \`dense\`, or write \`task: super-resolution\` for images`,
      };
    if (channels.length === 1) return undefined;
    return {
      code: 'output-is-choice',
      at: 'channels',
      message: `The number of outputs cannot be a choice (${channels.join(' | ')}); write how many numbers each target has`,
    };
  },
  recognise(output, input, last) {
    if (output.height * output.width > 1 || output.channels > 1 || mapText(output) === mapText(input)) return undefined;
    return [
      `The last layer has one output, as that of a regression: the definition says \`task: regression\`, whose targets are numbers (y_train.npy and y_test.npy). Is it a detector's, for yes and no, write \`task: classification\` and give \`${last}\` \`units: 2\` (its weights then start anew)`,
    ];
  },
} as const satisfies TaskSpec;
