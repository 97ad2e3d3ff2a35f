/** Maps of fewer bits than 8, which few formats have. */
import type { Architecture, Operation } from './types.ts';

/** Has its output codes of fewer than 8 bits? */
export const isNarrow = ({ activationBits = 8 }: Pick<Operation, 'activationBits'>): boolean => activationBits < 8;

/** The first operation whose output has codes of fewer than 8 bits; undefined where all maps have 8. */
export const narrowMap = ({ operations }: Pick<Architecture, 'operations'>): Operation | undefined =>
  operations.find(isNarrow);
