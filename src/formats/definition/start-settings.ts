/** What a search around an imported network needs beside its layers: the weights to start from, and data. */
import type { DatasetSpec } from '../../network/types.ts';
import { yamlScalar } from '../../text/neutral.ts';

const DEFINITION_END = /(\.udc)?\.ya?ml$/i;

/** The weights file of a definition: 'kws.safetensors' of 'kws.udc.yaml'. */
export const weightsName = (definition: string): string => `${definition.replace(DEFINITION_END, '')}.safetensors`;

/** A definition that `writeDefinition` made, with weights to start from: a file beside it. */
export function withInitialWeights(text: string, file: string): string {
  return text.replace(/^layers:$/m, () => `training: { initialWeights: ${yamlScalar(file)} }\nlayers:`);
}

/**
 * A definition that `writeDefinition` made, with the data that it is to be trained on. `path`: relative to the
 * definition.
 */
export function withDataset(text: string, format: DatasetSpec['format'], path: string): string {
  return text.replace(
    /^(?=(?:training|layers):)/m,
    () => `dataset: { format: ${format}, path: ${yamlScalar(path)} }\n`,
  );
}
