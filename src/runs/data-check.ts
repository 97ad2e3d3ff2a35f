/**
 * Looks at the data set of a definition before anything is started: what does not fit, and which value of the
 * definition says so.
 */
import { dirname } from 'node:path';
import { DataError } from '../data/data-error.ts';
import { checkOutput, untaughtClasses, unusedLogits } from '../data/data-fit.ts';
import { datasetOf, openSamples, type Dataset, type Samples } from '../data/load-dataset.ts';
import { checkValues, lookAround } from '../data/survey.ts';
import type { Network, ScalarPath } from '../network/types.ts';

/** Plain data: it comes from a thread. */
export interface DataProblem {
  /** A search starts in spite of a warning. */
  readonly severity: 'error' | 'warning';
  /** What is wrong and what would be right, with the file at fault unless that is the definition. */
  readonly message: string;
  readonly path: ScalarPath;
}

/**
 * The data set of a network, in parts, fitting its input and its output.
 * @param definitionPath the file of the definition; paths in it are relative to its folder
 * @throws DataError
 */
export async function fittingData(network: Network, definitionPath: string): Promise<Dataset> {
  return datasetOf(network.definition, await fittingSamples(network, definitionPath));
}

/** The data set of a network, open, fitting its input and its output. @throws DataError */
async function fittingSamples(network: Network, definitionPath: string): Promise<Samples> {
  const samples = await openSamples(network.definition, dirname(definitionPath));
  try {
    checkOutput(network, samples, definitionPath);
    return samples;
  } catch (error) {
    await samples.close();
    throw error;
  }
}

/**
 * Reads all data of a definition and says why no search can train on them, or what of the network they do not use;
 * undefined where they fit.
 * @throws what is no fault of the data, such as a lack of memory
 */
export async function dataProblem(network: Network, definitionPath: string): Promise<DataProblem | undefined> {
  try {
    const samples = await fittingSamples(network, definitionPath);
    const warning = unusedLogits(network, samples) ?? untaughtClasses(samples);
    await checkValues(samples.raw)
      .then(() => lookAround(samples.raw))
      .finally(() => samples.close());
    const notes = samples.raw.notes?.() ?? [];
    if (notes.length === 0) return warning && { severity: 'warning', ...warning };
    const message = [...(warning ? [warning.message] : []), ...notes].join('. ');
    return { severity: 'warning', message, path: warning?.path ?? ['dataset', 'path'] };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return {
      severity: 'error',
      message: error.file === definitionPath ? error.problem : error.message,
      path: error.path,
    };
  }
}
