/**
 * A folded network as a safetensors file and back: what a run keeps, so that everything can be exported from its
 * folder.
 */
import { filterShape } from '../network/operation-counts.ts';
import type { Architecture } from '../network/types.ts';
import { DamagedFileError } from '../base/damage.ts';
import { EXACT_LAYERS, type ExactLayers } from '../wire/exact-layers.ts';
import { readSafetensors, writeSafetensors, type NamedTensor } from '../base/safetensors-file.ts';
import type { FoldedNetwork, FoldedOperation, Range } from './integer-network.ts';

/** Of the file, in its metadata. */
export const FORMAT = 'udc-folded-1';
export const INPUT_RANGE = 'input/range';

/** Real weights: codes times their channel's step, OHWI. */
export function realWeights(codes: Int8Array, steps: Float32Array): Float32Array {
  const filter = codes.length / steps.length;
  return Float32Array.from(codes, (code, i) => code * steps[Math.floor(i / filter)]!);
}

/**
 * Packs a folded network. Per operation: '<id>/range' [2]; weighted ones also '<id>/codes' (int8 OHWI), '<id>/steps'
 * and '<id>/bias' [out].
 * The architecture stands in the metadata as JSON, for readers that have only this file, and so do the exact costs of
 * its layers where they are given.
 */
export function packFolded(folded: FoldedNetwork, exact?: ExactLayers): Uint8Array {
  const tensors: NamedTensor[] = [rangeTensor(INPUT_RANGE, folded.input)];
  for (const { operation, codes, steps, bias, output } of folded.operations) {
    tensors.push(rangeTensor(`${operation.id}/range`, output));
    const shape = filterShape(operation);
    if (!shape || !codes || !steps || !bias) continue;
    tensors.push(
      { name: `${operation.id}/codes`, shape, values: codes },
      { name: `${operation.id}/steps`, shape: [steps.length], values: steps },
      { name: `${operation.id}/bias`, shape: [bias.length], values: bias },
    );
  }
  return writeSafetensors(tensors, {
    format: FORMAT,
    architecture: JSON.stringify(folded.architecture),
    ...(exact && { [EXACT_LAYERS]: JSON.stringify(exact) }),
  });
}

function rangeTensor(name: string, { min, max }: Range): NamedTensor {
  return { name, shape: [2], values: Float32Array.of(min, max) };
}

/**
 * The folded network in a file that `packFolded` wrote, for the architecture that it was packed from.
 * Throws DamagedFileError naming the tensor that is missing or has the wrong shape.
 */
export function unpackFolded(bytes: Uint8Array, architecture: Architecture): FoldedNetwork {
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata['format'] !== FORMAT)
    throw new DamagedFileError(
      `these are not the weights of a run: format '${metadata['format'] ?? ''}', '${FORMAT}' expected`,
    );
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));

  const take = <T extends NamedTensor['values']>(
    name: string,
    shape: readonly number[],
    type: new (length: number) => T,
  ): T => {
    const tensor = byName.get(name);
    if (!tensor)
      throw new DamagedFileError(`the weights have no tensor '${name}': they belong to another architecture`);
    if (!(tensor.values instanceof type) || tensor.shape.join() !== shape.join()) {
      throw new DamagedFileError(
        `tensor '${name}' is ${tensor.shape.join('x')}, ${type.name} of ${shape.join('x')} expected`,
      );
    }
    return tensor.values;
  };
  const range = (name: string): Range => {
    const [min, max] = take(name, [2], Float32Array);
    return { min: min!, max: max! };
  };

  const operations = architecture.operations.map((operation): FoldedOperation => {
    const output = range(`${operation.id}/range`);
    const shape = filterShape(operation);
    if (!shape) return { operation, output };
    return {
      operation,
      output,
      codes: take(`${operation.id}/codes`, shape, Int8Array),
      steps: take(`${operation.id}/steps`, [shape[0]], Float32Array),
      bias: take(`${operation.id}/bias`, [shape[0]], Float32Array),
    };
  });
  return { architecture, input: range(INPUT_RANGE), operations };
}
