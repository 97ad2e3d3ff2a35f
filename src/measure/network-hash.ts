/** What tells architectures apart that take another time: their operations, without names and weights. */
import { createHash } from 'node:crypto';
import type { Architecture } from '../network/types.ts';

/** SHA-256 of an architecture's operations, in hexadecimal digits. Names and weights make no difference. */
export function networkHash({ input, operations }: Architecture): string {
  const told = operations.map(
    ({ kind, inputs, kernel, stride, dilation, padding, inSize, outSize, inChannels, outChannels, ...rest }) => [
      kind,
      // An addition is the same either way round.
      kind === 'add' ? [...inputs].sort((a, b) => a - b) : inputs,
      ...[kernel, stride, dilation, inSize, outSize].map(({ height, width }) => [height, width]),
      padding,
      inChannels,
      outChannels,
      rest.factor,
      rest.activation,
      rest.bits,
      rest.activationBits ?? 8,
    ],
  );
  const { height, width, channels } = input;
  return createHash('sha256')
    .update(JSON.stringify([[height, width, channels], ...told]))
    .digest('hex');
}
