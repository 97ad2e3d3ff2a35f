/** What a definition is to say once bits were fitted to its layers. */
import type { PlacedValue } from './language.ts';

interface FittedLayer {
  /** Index of the layer. */
  readonly layer: number;
  /** Of its weights; absent where it has none. */
  readonly bits?: number;
  /** Share of zeros, where it was decided. */
  readonly sparsity?: number;
}

/** One `bits:` a layer with weights, and what else was decided. */
export function fittedValues(rows: readonly FittedLayer[]): readonly PlacedValue[] {
  return rows.flatMap(({ layer, bits, sparsity }) =>
    (['bits', 'sparsity'] as const).flatMap((key) => {
      const value = { bits, sparsity }[key];
      return value === undefined ? [] : [{ place: ['layers', layer, key], value: String(value) }];
    }),
  );
}
