/** Super-resolution: an image as large as its input, or a whole multiple of it. */
import { mapText, pixelsText, type MapShape, type TaskSpec } from './task-spec.ts';

const NBSP = '\u00a0';

/** How many times larger each side of an image is; undefined where they are not whole multiples. */
function factorOf(image: Pick<MapShape, 'height' | 'width'>, input: MapShape): number | undefined {
  const factor = image.height / input.height;
  return Number.isInteger(factor) && factor >= 1 && image.width === input.width * factor ? factor : undefined;
}

export const superResolution = {
  id: 'super-resolution',
  about: 'Trains images towards given larger ones, and reports PSNR.',
  metric: {
    id: 'psnr',
    title: 'PSNR',
    name: 'PSNR',
    about:
      'Peak signal-to-noise ratio on the validation part, of the luma without a border of as many pixels as the factor, mean over images; higher is better.',
    unit: 'decibels',
    better: 'higher',
    difference: (amount) => `${amount.toFixed(2)}${NBSP}dB`,
  },
  targets: 'image',
  naive: { name: 'bicubic interpolation' },
  // The scale of the image is kept, so that the peak of PSNR is 1.
  inputs: 'unit-range',
  targetsProblem: (targets, input) =>
    factorOf(targets, input) === undefined || targets.channels !== input.channels
      ? `targets are ${mapText(targets)}; they must be a whole multiple of ${mapText(input)} with the same channels`
      : undefined,
  outputName: 'output',
  endsIn: 'an image (task: super-resolution)',
  reshape: 'its `factor` and the `filters` before it, or the targets',
  outputProblem(output, { last, input }) {
    if (factorOf(output, input) === undefined)
      return {
        code: 'output-not-scaled',
        at: 'layer',
        message: `Super-resolution puts out a whole multiple of its input, ${pixelsText(input)}, but \`${last}\` puts out ${pixelsText(output)}; end with \`upsample\` and keep strides at 1`,
      };
    if (output.channels.length === 1 && output.channels[0] === input.channels) return undefined;
    return {
      code: 'output-channels',
      at: 'channels',
      message: `Super-resolution puts out as many channels as it reads (${input.channels}), but \`${last}\` puts out ${output.channels.join(' | ')}`,
    };
  },
  recognise(output, input) {
    const factor = output.channels === input.channels ? factorOf(output, input) : undefined;
    return factor !== undefined && factor > 1 ? [] : undefined;
  },
} as const satisfies TaskSpec;
