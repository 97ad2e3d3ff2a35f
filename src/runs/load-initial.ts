/** The weights file that a definition names for its search to start from. */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { messageOf } from '../base/error-text.ts';
import { MOST, readRegular } from '../data/files/regular-file.ts';
import {
  initialProblems,
  readInitialWeights,
  type InitialProblem,
  type InitialWeights,
} from '../integer/initial-weights.ts';
import type { Network } from '../network/types.ts';
import { outOfMemory } from '../base/memory-limits.ts';
import { systemCode } from './folder/run-error.ts';

export interface LoadedInitial {
  /** As the definition names it. */
  readonly file: string;
  /** Of the file's bytes. */
  readonly sha256: string;
  readonly weights: InitialWeights;
  readonly warnings: readonly string[];
}

/** The file is missing or damaged, or holds nothing of the definition's network. */
export class InitialWeightsError extends Error {
  override readonly name = 'InitialWeightsError';
}

const messages = (problems: readonly InitialProblem[], severity: InitialProblem['severity']): string[] =>
  problems.filter((one) => one.severity === severity).map(({ message }) => message);

/**
 * `\\\\server\\share` and `//server/share`: to look there sends the user's name to a server, and waits for it. Devices
 * of Windows are called alike.
 */
const NETWORK_PATH = /^[\\/]{2}/;

/** What may be read: everything, or, where the folder is not trusted, what lies in these folders. */
export type Readable = readonly string[] | undefined;

const inside = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

/**
 * The path of the weights file that a definition in `folder` names.
 * @throws InitialWeightsError where it is elsewhere in a network, or, links resolved, outside the folders that may be
 *   read
 */
export async function initialPath(folder: string, file: string, within?: Readable): Promise<string> {
  if (NETWORK_PATH.test(file))
    throw new InitialWeightsError(
      `${file}: this is a path in a network, or a device: copy the file beside the definition`,
    );
  const path = resolve(folder, file);
  if (within === undefined) return path;
  const refuse = (): never => {
    throw new InitialWeightsError(
      `${file}: this file lies outside the workspace, which is not trusted: nothing outside is read until it is`,
    );
  };
  if (!within.some((one) => inside(resolve(one), path))) refuse();
  const real = await realpath(path).catch(() => path);
  const folders = await Promise.all(within.map((one) => realpath(one).catch(() => one)));
  if (!folders.some((one) => inside(one, real))) refuse();
  return path;
}

/**
 * Reads what `training.initialWeights` names; undefined where the definition names nothing.
 * @param folder of the definition
 * @param within the folders that may be read; absent: all
 * @throws InitialWeightsError naming the file
 */
export async function loadInitial(
  network: Network,
  folder: string,
  within?: Readable,
): Promise<LoadedInitial | undefined> {
  const { initialWeights: file } = network.definition.training;
  if (file === undefined) return undefined;
  const path = await initialPath(folder, file, within);
  try {
    const bytes = await readRegular(path, MOST.weights);
    const weights = readInitialWeights(bytes);
    const problems = initialProblems(network, weights);
    const [error] = messages(problems, 'error');
    if (error !== undefined) throw new Error(error);
    return {
      file,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      weights,
      warnings: messages(problems, 'warning'),
    };
  } catch (error) {
    if (outOfMemory(error)) throw error;
    throw new InitialWeightsError(
      `${path}: ${systemCode(error) === 'ENOENT' ? 'there is no such file' : messageOf(error)}`,
    );
  }
}
