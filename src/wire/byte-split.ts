/**
 * The parts of stored bytes as every table, meter and hover shows them: they add up to the total, and a bound is only
 * shown where it bounds.
 */
import type { ByteSplit } from './run.ts';

export interface SplitPart {
  readonly name: string;
  readonly look: 'weights' | 'side' | 'padding';
  readonly bytes: number;
}

/** Bytes of the weights themselves, without what the weight order adds. */
export function weightsAlone({ weightBytes, paddingBytes }: Pick<ByteSplit, 'weightBytes' | 'paddingBytes'>): number {
  return Math.max(0, weightBytes - Math.max(0, paddingBytes));
}

/** Weights, scales and biases, padding: never negative; their sum is weightBytes + sideBytes. */
export function splitParts(
  split: Pick<ByteSplit, 'weightBytes' | 'sideBytes' | 'paddingBytes'>,
): readonly [SplitPart, SplitPart, SplitPart] {
  const weights = weightsAlone(split);
  return [
    { name: 'weights', look: 'weights', bytes: weights },
    { name: 'scales and biases', look: 'side', bytes: split.sideBytes },
    { name: 'padding', look: 'padding', bytes: split.weightBytes - weights },
  ];
}

/**
 * The zero-order entropy of the weights where it is a bound of what is shown: a coder that uses their order, as runs of
 * zeros do, may store less.
 * Undefined there.
 */
export function entropyBound({
  entropyBytes,
  ...split
}: Pick<ByteSplit, 'weightBytes' | 'paddingBytes' | 'entropyBytes'>): number | undefined {
  return entropyBytes <= weightsAlone(split) ? entropyBytes : undefined;
}
