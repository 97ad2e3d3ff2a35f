/** Parameters that several benchmarks take alike. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Of those that ask about a definition: which, and where its data lie if not beside it. */
export const OF_DEFINITION = {
  model: fileURLToPath(new URL('../../examples/quickstart/udc-quickstart.udc.yaml', import.meta.url)),
  data: '',
};

/** The definition that they name. */
export const definitionOf = ({ model, data }: typeof OF_DEFINITION): { model: string; data?: string } => ({
  model: path.resolve(model),
  ...(data && { data: path.resolve(data) }),
});

export const listed = (text: string, between = ','): string[] => text.split(between).map((part) => part.trim());
