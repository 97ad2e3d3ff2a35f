/** The weights file of an imported network: what a search starts from, and what each layer costs as it is. */
import { LANGUAGES } from '../../language/language-table.ts';
import { packFolded } from '../../integer/pack-folded.ts';
import { layerReports, sizeExactly, type Sized } from '../../integer/sizing.ts';
import type { IntegerNetwork } from '../../integer/integer-network.ts';
import type { Target } from '../../targets/find-target.ts';
import { foldedFor, type WrittenDefinition } from './write-definition.ts';

/**
 * Encodes all weights for `target`, seconds for millions of them, unless they are sized already.
 * @param network what `written` was written from
 * @param approximate the weights are rounded to int8 here: the file then states no exact costs
 * @param known `network` as `sizeNetwork` sizes it on the target; only where the definition has its bits
 */
export function weightsFor(
  written: WrittenDefinition,
  network: IntegerNetwork,
  target: Target,
  known?: Sized,
  approximate = false,
): Uint8Array {
  const folded = foldedFor(written, network);
  // Codes that were made of other weights here are no network that anybody has: their sizes stay estimates.
  if (approximate) return packFolded(folded);
  const codes = new Map(
    folded.operations.flatMap(({ operation, codes: values }) => (values ? [[operation.id, values] as const] : [])),
  );
  // Under the definition's own bits and sparsity: by those a reader tells that this is its architecture.
  const { architecture } = written;
  const sized = known
    ? { ...known, perOperation: written.operations.map((i) => known.perOperation[i]) }
    : sizeExactly(architecture, target, ({ id }) => codes.get(id)!);
  return packFolded(folded, {
    target: target.name,
    layers: layerReports(LANGUAGES.yaml.read(written.text).network!, architecture, target, sized, codes),
  });
}
