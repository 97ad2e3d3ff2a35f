/** Who reads a layer: where its width becomes the input channels of others. */
import type { Architecture, Operation } from '../../../network/types.ts';

/**
 * The weighted operators that read the output of a layer, through additions, pools and other operators that keep the
 * channels.
 */
export function consumers(architecture: Architecture, layer: number): readonly Operation[] {
  const last = architecture.operations.findLastIndex((operation) => operation.layer === layer);
  const found: Operation[] = [];
  const seen = new Set<number>([last]);
  for (let index = last + 1; last >= 0 && index < architecture.operations.length; index += 1) {
    const operation = architecture.operations[index]!;
    if (!operation.inputs.some((input) => seen.has(input))) continue;
    if (operation.kind === 'conv' || operation.kind === 'dense') found.push(operation);
    else if (operation.kind !== 'flatten' && operation.kind !== 'depth-to-space') seen.add(index);
  }
  return found;
}
