/** The weights file of an imported network: what a search starts from, and what each layer costs as it is. */
import { packFolded } from '../../integer/pack.ts';
import { layerReports, sizeExactly } from '../../integer/sizing.ts';
import type { IntegerNetwork } from '../../integer/types.ts';
import { parseDefinition } from '../../model/parse.ts';
import type { Target } from '../../npu/targets.ts';
import { foldedFor, type WrittenDefinition } from './write.ts';

/** Encodes all weights for `target`: seconds for millions of them. `network` is what `written` was written from. */
export function weightsFor(written: WrittenDefinition, network: IntegerNetwork, target: Target): Uint8Array {
  const folded = foldedFor(written, network);
  const codes = new Map(folded.operations.flatMap(({ operation, codes: values }) => (values ? [[operation.id, values] as const] : [])));
  // Under the definition's own bits and sparsity: by those a reader tells that this is its architecture.
  const { architecture } = written;
  const sized = sizeExactly(architecture, target, ({ id }) => codes.get(id)!);
  return packFolded(folded, { target: target.name, layers: layerReports(parseDefinition(written.text).network!, architecture, target, sized, codes) });
}
