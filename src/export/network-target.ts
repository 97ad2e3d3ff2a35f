/** The target of an existing network, where nobody names one. */
import { findTarget, type Target } from '../npu/targets.ts';
import { object, string } from '../shared/validate.ts';
import { METADATA_KEY } from './metadata.ts';
import type { ImportedModel } from './tflite/read.ts';

/** Of files that say nothing: the Ethos-U that most chips have. */
const USUAL_TARGET = 'ethos-u55-128';

/** The target that the network was searched for, else an Ethos-U55-128. */
export function usualTarget({ metadata }: Pick<ImportedModel, 'metadata'>): Target {
  try {
    return findTarget(object<{ target: string }>({ target: string })(JSON.parse(metadata.get(METADATA_KEY) ?? '')).target);
  } catch {
    return findTarget(USUAL_TARGET);
  }
}
