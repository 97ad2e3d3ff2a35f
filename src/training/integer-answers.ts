/** What an integer network puts out over a part of the data: its early exits, and its end. */
import { elementsOf, type Split } from '../data/dataset.ts';
import { evaluateOutputs } from '../integer/evaluate-integer.ts';
import type { IntegerNetwork } from '../integer/integer-network.ts';
import { outputsOf } from '../network/network-outputs.ts';

/** Samples that are read and asked about at once, and values of them. */
const MOST_AT_ONCE = 128;
const MOST_VALUES = 2 ** 22;

/**
 * The int8 codes of every output of the network on all samples of a part, each [samples × values].
 * @param tell is told after so many samples more, and waited for
 */
export async function answersOf(
  network: IntegerNetwork,
  split: Split,
  tell: (samples: number) => void | Promise<void> = () => undefined,
): Promise<Int8Array[]> {
  const parts: Int8Array[][] = outputsOf(network.architecture.operations).map(() => []);
  const most = Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(MOST_VALUES / elementsOf(split.shape))));
  for (let from = 0; from < split.count; from += most) {
    const { images, count } = await split.slice(from, Math.min(most, split.count - from));
    evaluateOutputs(network, images, count).forEach((codes, k) => parts[k]!.push(codes));
    await tell(count);
  }
  return parts.map(joined);
}

function joined(parts: readonly Int8Array[]): Int8Array {
  const all = new Int8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}
