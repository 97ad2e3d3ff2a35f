/**
 * Widths as masks: the capacity of a tensor, its live channels in a sample, and the gradient of a mask for every
 * option.
 */
import { widthValue } from '../../network/architecture.ts';
import type { Width } from '../../network/types.ts';

/** Decisions that a width depends on. */
export function widthDecisions(width: Width, found = new Set<number>()): Set<number> {
  switch (width.kind) {
    case 'param':
      if (width.param.decision >= 0) found.add(width.param.decision);
      break;
    case 'times':
      if (width.by.decision >= 0) found.add(width.by.decision);
      widthDecisions(width.of, found);
      break;
    case 'divided':
      widthDecisions(width.of, found);
      break;
    case 'skippable':
      found.add(width.op);
      widthDecisions(width.skipped, found);
      widthDecisions(width.kept, found);
      break;
  }
  return found;
}

/** The most channels that a width can have: what its tensor is allocated with. */
export function capacity(width: Width): number {
  switch (width.kind) {
    case 'param':
      return Math.max(...width.param.options);
    case 'times':
      return capacity(width.of) * Math.max(...width.by.options);
    case 'divided':
      return capacity(width.of) / width.by;
    case 'skippable':
      return Math.max(capacity(width.skipped), capacity(width.kept));
  }
}

/**
 * Adds to `gradients[d][k]` the inner product of a mask's gradient with the prefix mask that option k of decision d
 * would give,
 * the other decisions as sampled.
 */
export function addMaskGradient(
  width: Width,
  choice: readonly number[],
  maskGradient: Float32Array,
  gradients: readonly Float64Array[],
): void {
  const cumulative = new Float64Array(maskGradient.length + 1);
  for (let c = 0; c < maskGradient.length; c++) cumulative[c + 1] = cumulative[c]! + maskGradient[c]!;
  const varied = [...choice];
  for (const d of widthDecisions(width)) {
    for (let k = 0; k < gradients[d]!.length; k++) {
      varied[d] = k;
      gradients[d]![k]! += cumulative[Math.min(widthValue(width, varied), maskGradient.length)]!;
    }
    varied[d] = choice[d]!;
  }
}
