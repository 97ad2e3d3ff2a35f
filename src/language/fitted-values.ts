/** What a definition is to say once bits were fitted to its layers. */
import type { PlacedValue } from './language.ts';

interface FittedLayer {
  /** Index of the layer. */
  readonly layer: number;
  /** Of its weights; absent where it has none. */
  readonly bits?: number;
  /** Share of zeros, where it was decided. */
  readonly sparsity?: number;
  /** Of its maps, as the definition says them and as they are to be. */
  readonly activationBefore?: string;
  readonly activationBits?: number;
}

/** One `bits:` a layer with weights, and what else was decided. */
export function fittedValues(rows: readonly FittedLayer[]): readonly PlacedValue[] {
  return rows.flatMap(({ layer, bits, sparsity, activationBefore, activationBits }) => {
    const found = {
      bits,
      sparsity,
      activationBits: String(activationBits) === activationBefore ? undefined : activationBits,
    };
    return Object.entries(found).flatMap(([key, value]) =>
      value === undefined ? [] : [{ place: ['layers', layer, key], value: String(value) }],
    );
  });
}
