/**
 * What the layers of a network cost exactly, kept in the metadata of the file with its weights: whoever shows sizes
 * need not encode them again.
 */
import type { LayerReport } from './run.ts';
import { layerReport } from './run-schema.ts';
import { list, object, string, type Check } from '../base/validate.ts';

/** Of the safetensors metadata. */
export const EXACT_LAYERS = 'layers';

export interface ExactLayers {
  /** Name of the target that stores them so. */
  readonly target: string;
  readonly layers: readonly LayerReport[];
}

const exactLayers: Check<ExactLayers> = object<ExactLayers>({ target: string, layers: list(layerReport) });

/** Undefined where the metadata has none. Throws SyntaxError or ValidationError where they are damaged. */
export function exactLayersIn(metadata: Readonly<Record<string, string>>): ExactLayers | undefined {
  const text = metadata[EXACT_LAYERS];
  return text === undefined ? undefined : exactLayers(JSON.parse(text));
}
