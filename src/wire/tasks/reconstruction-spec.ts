/** Reconstruction: an autoencoder, which detects anomalies where a test part tells them from normal samples. */
import { formatNumber } from '../../text/format.ts';
import { mapText, pixelsText, type MapShape, type TaskSpec } from './task-spec.ts';

const elements = ({ height, width, channels }: MapShape): number => height * width * channels;

export const reconstruction = {
  id: 'reconstruction',
  about:
    'Trains an autoencoder to put out its input, and reports the mean squared error, or how well it detects anomalies.',
  metric: {
    id: 'mse',
    title: 'Reconstruction error',
    name: 'MSE',
    about: 'Mean squared error between input and output on the validation part, as prepared; lower is better.',
    unit: 'number',
    better: 'lower',
    difference: (amount) => formatNumber(amount),
  },
  labelledMetric: {
    id: 'auc',
    title: 'AUC',
    name: 'AUC',
    about: 'Chance that an anomalous recording of the test part has a larger error than a normal one.',
    unit: 'number',
    better: 'higher',
    difference: (amount) => amount.toFixed(3),
  },
  measures: [
    { id: 'pauc', title: 'Partial AUC, false alarms up to 10 %, standardised', unit: 'number' },
    { id: 'error-normal', title: 'Mean squared error, normal samples', unit: 'number' },
    { id: 'error-anomalous', title: 'Mean squared error, anomalous samples', unit: 'number' },
  ],
  targets: 'input',
  inputs: 'standardised',
  naive: { name: 'the mean of the training samples' },
  outputName: 'output',
  endsIn: 'its input (task: reconstruction)',
  reshape: 'it, so that it has the shape of the input',
  outputProblem({ height, width, channels }, { last, input }) {
    const [open] = channels;
    const wanted = elements(input);
    const vector = height === 1 && width === 1;
    if (!vector && (height !== input.height || width !== input.width))
      return {
        code: 'output-not-input',
        at: 'layer',
        message: `An autoencoder puts out its input, ${pixelsText(input)}, or all its values as a vector of ${wanted}, but \`${last}\` puts out ${pixelsText({ height, width })}; end with \`upsample\`, or with \`dense\` and \`units: ${wanted}\``,
      };
    const fitting = vector ? wanted : input.channels;
    if (channels.length === 1 && open === fitting) return undefined;
    return {
      code: 'output-channels',
      at: 'channels',
      message: `An autoencoder puts out as many values as it reads (${mapText(input)}), but \`${last}\` puts out ${channels.join(' | ')} channels; write ${fitting}`,
      channels: fitting,
    };
  },
  recognise: (output, input) =>
    mapText(output) === mapText(input)
      ? [
          'The output has the shape of the input, as that of an autoencoder: the definition says `task: reconstruction`, which trains it to put out its input, and detects anomalies where the test part has labels (y_test.npy: 0 normal, 1 anomalous). With targets of its own, as a denoiser has them, it is `task: super-resolution`',
        ]
      : undefined,
} as const satisfies TaskSpec;
