/** The ONNX formats of the registry. */
import type { ExportedNetwork, ExportInput } from '../../reports/export-input.ts';
import { METADATA_KEY, udcMetadata } from '../../reports/metadata.ts';
import { writeOnnx } from './write-onnx.ts';

export const exportOnnx =
  (int4: boolean) =>
  (run: ExportInput, { integer }: ExportedNetwork): Uint8Array =>
    writeOnnx(integer, {
      int4,
      producerVersion: run.header.version,
      description: `${run.result.name}, made for ${run.result.target}`,
      metadata: { [METADATA_KEY]: udcMetadata(run) },
    });
