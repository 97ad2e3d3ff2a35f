/** Names of an imported network's weights: the file beside the definition, and the key that makes a search start from it. */
import { yamlScalar } from '../../shared/neutral.ts';

const DEFINITION_END = /(\.udc)?\.ya?ml$/i;

/** The weights file of a definition: 'kws.safetensors' of 'kws.udc.yaml'. */
export const weightsName = (definition: string): string => `${definition.replace(DEFINITION_END, '')}.safetensors`;

/** A definition that `writeDefinition` made, with weights to start from: a file beside it. */
export function withInitialWeights(text: string, file: string): string {
  return text.replace(/^layers:$/m, () => `training: { initialWeights: ${yamlScalar(file)} }\nlayers:`);
}
