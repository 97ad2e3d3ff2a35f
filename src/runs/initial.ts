/** The weights file that a definition names for its search to start from. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { initialProblems, readInitialWeights, type InitialProblem, type InitialWeights } from '../integer/initial.ts';
import type { Network } from '../model/types.ts';
import { systemCode } from './errors.ts';

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

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const messages = (problems: readonly InitialProblem[], severity: InitialProblem['severity']): string[] => problems.filter((one) => one.severity === severity).map(({ message }) => message);

/**
 * Reads what `training.initialWeights` names; undefined where the definition names nothing.
 * @param folder of the definition
 * @throws InitialWeightsError naming the file
 */
export async function loadInitial(network: Network, folder: string): Promise<LoadedInitial | undefined> {
  const { initialWeights: file } = network.definition.training;
  if (file === undefined) return undefined;
  const path = resolve(folder, file);
  try {
    const bytes = await readFile(path);
    const weights = readInitialWeights(bytes);
    const problems = initialProblems(network, weights);
    const [error] = messages(problems, 'error');
    if (error !== undefined) throw new Error(error);
    return { file, sha256: createHash('sha256').update(bytes).digest('hex'), weights, warnings: messages(problems, 'warning') };
  } catch (error) {
    throw new InitialWeightsError(`${path}: ${systemCode(error) === 'ENOENT' ? 'there is no such file' : messageOf(error)}`);
  }
}
