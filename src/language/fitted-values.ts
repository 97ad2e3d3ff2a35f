/** What a definition is to say once bits were fitted to its layers. */
import type { PlacedValue } from './language.ts';

interface FittedLayer {
  /** Index of the layer. */
  readonly layer: number;
  /** Of its weights; absent where it has none. */
  readonly bits?: number;
}

/** One `bits:` a layer with weights. */
export function fittedValues(rows: readonly FittedLayer[]): readonly PlacedValue[] {
  return rows.flatMap(({ layer, bits }) =>
    bits === undefined ? [] : [{ place: ['layers', layer, 'bits'], value: String(bits) }],
  );
}
