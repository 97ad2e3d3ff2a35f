/** The TFLite format of the registry. */
import { oneLine } from '../../text/neutral.ts';
import { dataFacts } from '../../reports/facts.ts';
import type { ExportedNetwork, ExportInput } from '../../reports/export-input.ts';
import { METADATA_KEY, udcMetadata } from '../../reports/metadata.ts';
import { LABELS_FILE, MODEL_METADATA, modelMetadata, withAssociatedFile } from './tflite-metadata.ts';
import { writeTflite } from './write-tflite.ts';

export function exportTflite(run: ExportInput, { integer }: ExportedNetwork): Uint8Array {
  const { name, target } = run.result;
  const description = `${name}, made by UDC ${run.header.version} for ${target}`;
  const data = dataFacts(run);
  const model = writeTflite(integer, {
    description,
    metadata: {
      [METADATA_KEY]: udcMetadata(run),
      ...(data && { [MODEL_METADATA]: modelMetadata(name, description, data) }),
    },
  });
  return data?.classNames
    ? withAssociatedFile(model, LABELS_FILE, `${data.classNames.map(oneLine).join('\n')}\n`)
    : model;
}
