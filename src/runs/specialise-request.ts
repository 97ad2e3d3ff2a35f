/** The run that a network of other limits is: made of the weights of a finished run, for the same definition. */
import { languageOf } from '../language/language-table.ts';
import type { Limit } from '../wire/limits.ts';
import { VERSION } from '../base/version.ts';
import { RunError } from './folder/run-error.ts';
import { RunFolder, type RunRequest } from './folder/run-folder.ts';

export interface Specialisation {
  /** Name of a target, where it is another than the run's. */
  readonly target?: string | undefined;
  /** Epochs of tuning; 0: the weights are taken as they are. */
  readonly tune: number;
}

/** The run whose weights another is made of; the run itself, where it has its own. */
export async function sourceOf(folder: RunFolder): Promise<RunFolder> {
  const { from } = await folder.readHeader();
  return from ? new RunFolder(from.path) : folder;
}

/** The definition of a run, for another target where one is named. @throws RunError where it cannot be named there */
export async function definitionFor(folder: RunFolder, target: string | undefined): Promise<string> {
  const { definitionText, definitionPath } = await folder.readHeader();
  if (target === undefined) return definitionText;
  const found = languageOf(definitionPath).retarget(definitionText, target);
  if ('text' in found) return found.text;
  throw new RunError(
    'damaged',
    folder.path,
    `its definition cannot be given another target: line ${found.line}, ${found.refused}.`,
    'Search the definition for that target.',
  );
}

/**
 * What to start.
 * @param limits all that hold
 * @throws RunError where the run is not done, keeps no such weights, or they are damaged
 */
export async function specialiseRequest(
  folder: RunFolder,
  limits: readonly Limit[],
  { target, tune }: Specialisation,
): Promise<RunRequest> {
  await folder.readShared();
  const { definitionPath, strategy, seed, backend } = await folder.readHeader();
  const { name } = (await folder.readResult())!;
  return {
    name,
    definitionText: await definitionFor(folder, target),
    definitionPath,
    strategy,
    limits,
    seed,
    backend,
    baselines: [],
    version: VERSION,
    from: { id: folder.id, path: folder.path, tune },
  };
}
