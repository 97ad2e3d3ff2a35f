/** Reading an existing network for a command: a .tflite, its problems named by operator and layer, its target. */
import { usualTarget } from '../export/network-target.ts';
import { readTflite, type ImportedModel } from '../export/tflite/read.ts';
import type { Target } from '../npu/targets.ts';
import { readBytes, targetNamed } from './definition.ts';
import { CommandError, type Io } from './io.ts';

/** Reads a .tflite. What is left out of the network goes to `io.err`. @throws CommandError naming the operator and the layer */
export async function readNetwork(file: string, io: Io): Promise<ImportedModel> {
  const bytes = await readBytes(file);
  let model: ImportedModel;
  try {
    model = readTflite(bytes);
  } catch (error) {
    throw new CommandError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  for (const note of model.notes) io.err(`${file}: note: ${note}\n`);
  return model;
}

/** The target that is named, else the usual one of the network. @throws UsageError */
export function networkTarget(model: ImportedModel, named: string | undefined): Target {
  return named === undefined ? usualTarget(model) : targetNamed(named);
}
