/** Float and integer weights by name, in the safetensors container. */
import { realWeights } from '../../integer/pack-folded.ts';
import { filterShape } from '../../network/operation-counts.ts';
import { writeSafetensors, type NamedTensor } from '../../base/safetensors-file.ts';
import type { ExportedNetwork, ExportInput } from '../../reports/export-input.ts';
import { METADATA_KEY, udcMetadata } from '../../reports/metadata.ts';

/**
 * Per weighted operation '<id>': '.weight' (float, OHWI), '.weight_int' (int8 codes), '.step' (per output channel),
 * '.bias' (float), '.bias_int' (int32);
 * per operation '.output_scale' and '.output_zero_point'. The metadata holds UDC's facts as JSON under 'udc'.
 */
export function exportSafetensors(run: ExportInput, { folded, integer }: ExportedNetwork): Uint8Array {
  const tensors: NamedTensor[] = [
    { name: 'input.scale', shape: [1], values: Float32Array.of(integer.input.scale) },
    { name: 'input.zero_point', shape: [1], values: Int32Array.of(integer.input.zeroPoint) },
  ];
  integer.operations.forEach(({ operation, weights, output }, index) => {
    const { id } = operation;
    tensors.push(
      { name: `${id}.output_scale`, shape: [1], values: Float32Array.of(output.scale) },
      { name: `${id}.output_zero_point`, shape: [1], values: Int32Array.of(output.zeroPoint) },
    );
    if (!weights) return;
    const shape = filterShape(operation)!,
      channels = [shape[0]];
    tensors.push(
      { name: `${id}.weight`, shape, values: realWeights(weights.codes, weights.steps) },
      { name: `${id}.weight_int`, shape, values: weights.codes },
      { name: `${id}.step`, shape: channels, values: weights.steps },
      { name: `${id}.bias`, shape: channels, values: folded.operations[index]!.bias! },
      { name: `${id}.bias_int`, shape: channels, values: weights.biases },
    );
  });
  return writeSafetensors(tensors, { [METADATA_KEY]: udcMetadata(run) });
}
