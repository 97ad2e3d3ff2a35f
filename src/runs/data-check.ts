/**
 * Looks at the data set of a definition before anything is started: what does not fit, and which value of the
 * definition says so.
 */
import { dirname } from 'node:path';
import { DataError } from '../data/data-error.ts';
import { countsOf, type DataCounts } from '../data/data-counts.ts';
import { checkOutput, misfitsOf, type Misfit } from '../data/data-fit.ts';
import { openSamples, type Dataset, type Samples } from '../data/load-dataset.ts';
import { datasetAtSizes } from '../data/load-sizes.ts';
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
  const samples = await fittingSamples(network, definitionPath);
  return datasetAtSizes(network.definition, samples);
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

/** What a look at the data of a definition has found. */
export interface DataLook {
  /** One error, or any number of warnings; none where the data fit. */
  readonly problems: readonly DataProblem[];
  /** Absent where no search can train on them. */
  readonly counts?: DataCounts;
}

/**
 * Reads all data of a definition: why no search can train on them, or how many samples there are, and what of the
 * network or of the data goes unused.
 * @throws what is no fault of the data, such as a lack of memory
 */
export async function lookAtData(network: Network, definitionPath: string): Promise<DataLook> {
  try {
    const samples = await fittingSamples(network, definitionPath);
    const misfits = misfitsOf(network, samples);
    await checkValues(samples.raw)
      .then(() => lookAround(samples.raw))
      .finally(() => samples.close());
    const notes = (samples.raw.notes?.() ?? []).map((message): Misfit => ({ message, path: ['dataset', 'path'] }));
    const problems = [...misfits, ...notes].map((misfit): DataProblem => ({ severity: 'warning', ...misfit }));
    return { problems, counts: countsOf(samples) };
  } catch (error) {
    return { problems: [problemOf(error, definitionPath)] };
  }
}

/** What is at fault of the data, at the value of the definition. @throws what is no fault of the data */
export function problemOf(error: unknown, definitionPath: string): DataProblem {
  if (!(error instanceof DataError)) throw error;
  return {
    severity: 'error',
    message: error.file === definitionPath ? error.problem : error.message,
    path: error.path,
  };
}
