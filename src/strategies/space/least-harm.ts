/** The options of least harm within a number of bytes, one for each layer: the knapsack of decoding. */
import { decode } from './decode.ts';

export interface HarmOption {
  readonly bytes: number;
  readonly harm: number;
}

/**
 * The option of each layer so that all bytes are within the limit and the sum of harms is the least that was found
 * (exactly the least of up to 4,096 combinations).
 * @returns undefined where even the smallest options are over
 */
export function leastHarm(layers: readonly (readonly HarmOption[])[], limitBytes: number): number[] | undefined {
  const smallest = layers.map((options) =>
    options.reduce((least, option, i) => (option.bytes < options[least]!.bytes ? i : least), 0),
  );
  const bytes = (chosen: readonly number[]): number =>
    chosen.reduce((sum, option, layer) => sum + layers[layer]![option]!.bytes, 0);
  if (bytes(smallest) > limitBytes) return undefined;
  const scores = {
    logits: layers.map((options) => options.map(({ harm }) => -harm)),
    allowed: layers.map((options) => options.map(() => true)),
  };
  return decode(scores, { budgetBytes: limitBytes, floorBytes: 0, bytes, allowed: () => true }, smallest);
}
