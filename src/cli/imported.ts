/** Reading an existing network for a command: its problems named by operator and layer, its target. */
import { messageOf } from '../base/error-text.ts';
import { usualTarget } from '../formats/network/network-target.ts';
import type { ImportedModel } from '../formats/reading/imported-model.ts';
import { isModel, readModel } from '../formats/reading/read-model.ts';
import type { Target } from '../targets/find-target.ts';
import { readBytes, targetNamed } from './definition-command.ts';
import { CommandError, type Io } from './terminal/io.ts';

/** Is the file an existing network, whatever its name is? */
export async function holdsNetwork(file: string): Promise<boolean> {
  return isModel(await readBytes(file));
}

/** Reads a network file. What is left out of the network goes to `io.err`. @throws CommandError */
export async function readNetwork(file: string, io: Io): Promise<ImportedModel> {
  const bytes = await readBytes(file);
  let model: ImportedModel;
  try {
    model = readModel(bytes);
  } catch (error) {
    throw new CommandError(`${file}: ${messageOf(error)}`);
  }
  for (const note of model.notes) io.err(`${file}: note: ${note}\n`);
  return model;
}

/** The target that is named, else the usual one of the network. @throws UsageError */
export function networkTarget(model: ImportedModel, named: string | undefined): Target {
  return named === undefined ? usualTarget(model) : targetNamed(named);
}
