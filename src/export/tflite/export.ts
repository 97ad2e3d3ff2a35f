/** The TFLite format of the registry. */
import type { ExportedNetwork, ExportInput } from '../input.ts';
import { METADATA_KEY, udcMetadata } from '../metadata.ts';
import { writeTflite } from './write.ts';

export function exportTflite(run: ExportInput, { integer }: ExportedNetwork): Uint8Array {
  return writeTflite(integer, { description: `${run.result.name}, made by UDC ${run.header.version} for ${run.result.target}`, metadata: { [METADATA_KEY]: udcMetadata(run) } });
}
