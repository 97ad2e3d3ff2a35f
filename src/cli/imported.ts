/** Reading an existing network for a command: a .tflite, its problems named by operator and layer, its target. */
import { METADATA_KEY } from '../export/metadata.ts';
import { readTflite, type ImportedModel } from '../export/tflite/read.ts';
import { findTarget, type Target } from '../npu/targets.ts';
import { object, string } from '../shared/validate.ts';
import { readBytes, targetNamed } from './definition.ts';
import { CommandError, type Io } from './io.ts';

/** Of files that say nothing: the Ethos-U that most chips have. */
const USUAL_TARGET = 'ethos-u55-128';

export const isNetworkFile = (file: string): boolean => /\.tflite$/i.test(file);

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

/** The target that is named, else the one that the network was searched for, else an Ethos-U55-128. @throws UsageError */
export function networkTarget({ metadata }: ImportedModel, named: string | undefined): Target {
  if (named !== undefined) return targetNamed(named);
  const facts = metadata.get(METADATA_KEY);
  try {
    return findTarget(object<{ target: string }>({ target: string })(JSON.parse(facts ?? '')).target);
  } catch {
    return findTarget(USUAL_TARGET);
  }
}
