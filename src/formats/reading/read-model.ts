/** An existing network of a file, by what its bytes are, not by its name. */
import { DamagedFileError, reading } from '../../base/damage.ts';
import { fileKind, ONNX_KIND } from '../../base/file-kinds.ts';
import { readOnnx } from '../onnx/read-onnx.ts';
import { isTflite } from '../tflite/tflite-graph.ts';
import { readTflite } from '../tflite/read-tflite.ts';
import type { ImportedModel } from './imported-model.ts';

/** Is this a network that can be read? */
export const isModel = (bytes: Uint8Array): boolean => isTflite(bytes) || fileKind(bytes)?.name === ONNX_KIND;

/**
 * Reads a network of any format that is known.
 * @throws DamagedFileError saying what the file is instead and what to do, or what in it is damaged
 */
export function readModel(bytes: Uint8Array): ImportedModel {
  if (isTflite(bytes)) return reading('this TFLite file', () => readTflite(bytes));
  const kind = fileKind(bytes);
  if (kind?.name === ONNX_KIND) return reading('this ONNX file', () => readOnnx(bytes));
  throw new DamagedFileError(
    kind ? `this is ${kind.name}: ${kind.remedy}` : 'this is neither a TensorFlow Lite nor an ONNX model',
  );
}
