/** The grid of the rate table, shared by the script that fills it and the code that reads it. */

export const BITS = [1, 2, 3, 4, 5, 6, 7, 8] as const;
/** Share of pruned weights. */
export const SPARSITIES = [0, 0.25, 0.5, 0.625, 0.75, 0.8125, 0.875, 0.9, 0.93, 0.96, 0.985] as const;
/**
 * Share of coded elements in micro-blocks that hold zeros only: missing input channels, kernel elements and output
 * channels.
 */
export const LONG = [0, 0.25, 0.5, 0.75, 0.9] as const;
/** Share of zeros in the rows of 8 input channels of the other micro-blocks. */
export const SHORT = [0, 0.375, 0.625, 0.875] as const;
/** Coded elements of a stream; rates are interpolated in 1/n. */
export const ELEMENTS = [32, 64, 256, 1024, 4096, 32768] as const;
/** Weights of a filter: few weights share a step, so short filters use their levels more evenly. */
export const TAPS = [4, 9, 25, 64, 128, 512, 4096] as const;
export const REFERENCE_TAPS = 128;
