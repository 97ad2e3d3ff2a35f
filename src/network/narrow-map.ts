/** Maps of fewer bits than 8, which few formats have. */
import type { Architecture, Operation } from './types.ts';

/** The first operation whose output has codes of fewer than 8 bits; undefined where all maps have 8. */
export const narrowMap = ({ operations }: Pick<Architecture, 'operations'>): Operation | undefined =>
  operations.find(({ activationBits = 8 }) => activationBits < 8);
