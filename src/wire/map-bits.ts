/** Bits of the maps that layers put out. */
import type { LayerReport } from './run.ts';

/** Of a layer that says nothing else. */
const USUAL = 8;

export const mapBits = ({ activationBits = USUAL }: Pick<LayerReport, 'activationBits'>): number => activationBits;

/** Does any layer put out maps of fewer bits than usual? Where none does, nobody has to be told. */
export const hasNarrowMaps = (layers: readonly Pick<LayerReport, 'activationBits'>[]): boolean =>
  layers.some((layer) => mapBits(layer) < USUAL);
