/** Biases and rescalings of output channels in 8 bytes each, which is what microcontroller targets count for them. */
import type { IntegerWeights } from '../../integer/integer-network.ts';

export interface PackedScales {
  /** The weight codes to store: those of a channel whose multiplier is 0 are 0. */
  readonly codes: Int8Array;
  /** Two words a channel. */
  readonly words: Uint32Array;
  /** Of each channel, only where a bias or a shift of the layer does not fit into the two words. */
  readonly shifts?: Int8Array;
  /** Bytes of words and shifts. */
  readonly bytes: number;
}

const BIAS_BITS = 28;
const LEAST_MULTIPLIER = 2 ** 30;
/** Shifts are kept as 0..63. */
const SHIFT_ZERO = 32;

/**
 * A multiplier is 0 or has its highest bit (of 31) set, so 30 bits, the 6 of a shift and 28 of a bias make two words. A
 * layer in which one channel needs more stores words of 32 bits and a byte for each shift: 9 bytes a channel.
 * @throws RangeError where a multiplier is none of `toFixedPoint`
 */
export function packScales({ codes, biases, multipliers, shifts }: IntegerWeights): PackedScales {
  const channels = biases.length;
  const fan = codes.length / channels;
  const stored = codes.slice();
  const scales = Array.from({ length: channels }, (_, o) => {
    const multiplier = multipliers[o]!;
    if (multiplier === 0) {
      stored.fill(0, o * fan, (o + 1) * fan);
      return { bias: 0, multiplier: LEAST_MULTIPLIER, shift: 0 };
    }
    if (multiplier < LEAST_MULTIPLIER)
      throw new RangeError(`the multiplier ${multiplier} of output channel ${o} is neither 0 nor at least 2^30`);
    return { bias: biases[o]!, multiplier, shift: shifts[o]! };
  });
  const most = 2 ** (BIAS_BITS - 1);
  const fits = scales.every(
    ({ bias, shift }) => bias >= -most && bias < most && shift >= -SHIFT_ZERO && shift < SHIFT_ZERO,
  );
  const words = Uint32Array.from(
    scales.flatMap(({ bias, multiplier, shift }) => {
      if (!fits) return [bias >>> 0, multiplier];
      const places = shift + SHIFT_ZERO;
      return [
        ((bias & (2 ** BIAS_BITS - 1)) | ((places & 15) << BIAS_BITS)) >>> 0,
        ((multiplier - LEAST_MULTIPLIER) | ((places >> 4) << 30)) >>> 0,
      ];
    }),
  );
  return {
    codes: stored,
    words,
    ...(fits ? {} : { shifts: Int8Array.from(scales, ({ shift }) => shift) }),
    bytes: words.byteLength + (fits ? 0 : channels),
  };
}
