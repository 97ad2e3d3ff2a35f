/**
 * What integer-only layers store beside their weights, in bytes, by the schemes of Rusci et al. (arXiv 1905.13082):
 * bias, zero points, multipliers M0, exponents N0. C: output channels.
 */

export type SchemeName = 'MixPL' | 'MixPC';

interface Layer {
  readonly channels: number;
  readonly weightBits: number;
  readonly outputBits: number;
  /** The network's last: no activation follows. */
  readonly last: boolean;
}

export interface AuxiliaryScheme {
  readonly name: SchemeName;
  /** What it is, in a phrase. */
  readonly about: string;
  bytes(layer: Layer): number;
}

/** Per layer with batch normalisation folded: 4C of biases; Zi, Zo, Zw, M0, N0. */
const folded = (channels: number): number => 4 * channels + 20;

export const SCHEMES: readonly AuxiliaryScheme[] = [
  {
    name: 'MixPL',
    about: 'one grid a layer: batch normalisation folded at 8 bits, a multiplier and exponent a channel (ICN) below',
    // ICN a layer: 4C of biases, 4C of M0, C of N0; Zi, Zo, Zw.
    bytes: ({ channels, weightBits, outputBits, last }) =>
      last || (weightBits === 8 && outputBits === 8) ? folded(channels) : 9 * channels + 12,
  },
  {
    name: 'MixPC',
    about: 'a grid for each output channel, with its multiplier, exponent (ICN) and zero point',
    // ICN a channel: 4C of biases, 4C of M0, C of N0, C of Zw; Zi, Zo. The last layer has no M0.
    bytes: ({ channels, last }) => (last ? 4 * channels + channels + 4 + 2 * channels : 10 * channels + 8),
  },
];
