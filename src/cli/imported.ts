/** Reading an existing network for a command: its problems named by operator and layer, its target. */
import { messageOf } from '../base/error-text.ts';
import { usualTarget } from '../formats/network/network-target.ts';
import type { ImportedModel } from '../formats/reading/imported-model.ts';
import { isModel, readModel } from '../formats/reading/read-model.ts';
import { presetProblem } from '../targets/configured.ts';
import { findTarget, type Target } from '../targets/find-target.ts';
import { nameOfTarget, splitTargetName } from '../wire/target-name.ts';
import { readBytes, targetNamed } from './definition-command.ts';
import type { PresetValues } from './preset-options.ts';
import { CommandError, UsageError, type Io } from './terminal/io.ts';

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

/** The target that is named, else the usual one of the network, with the presets that are given. @throws UsageError */
export function networkTarget(model: ImportedModel, named: string | undefined, given: PresetValues = {}): Target {
  const target = named === undefined ? usualTarget(model) : targetNamed(named);
  const { npu, ...presets } = splitTargetName(target.name);
  const problem = presetProblem(targetNamed(npu), { ...presets, ...given });
  if (problem) throw new UsageError(`--${problem.key}: ${problem.message}`);
  return findTarget(nameOfTarget({ npu, ...presets, ...given }));
}
