/** Looks at the data of a definition for people: what the network sees of them, or how many there are. */
import { dirname } from 'node:path';
import { DataError } from '../data/data-error.ts';
import { checkOutput, misfitsOf } from '../data/data-fit.ts';
import { openSamples, type Samples } from '../data/load-dataset.ts';
import { countClasses } from '../data/preview/count-classes.ts';
import { previewData } from '../data/preview/preview-data.ts';
import { checkValues, lookAround } from '../data/survey.ts';
import type { Network } from '../network/types.ts';
import type { PreviewCounts, DataPreview, PreviewRequest } from '../wire/data-preview.ts';
import { problemOf, type DataProblem } from './data-check.ts';

/** Plain data: it comes from a thread. */
export type Found<T> = { readonly found: T } | { readonly problem: DataProblem };

/** What does not fit the network; the data can be looked at all the same. @throws what is no fault of the data */
function warningsOf(network: Network, samples: Samples, definitionPath: string): readonly string[] {
  const found = misfitsOf(network, samples).map(({ message }) => message);
  try {
    checkOutput(network, samples, definitionPath);
    return found;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return [error.problem, ...found];
  }
}

async function withSamples<T extends object>(
  network: Network,
  definitionPath: string,
  look: (samples: Samples) => Promise<T>,
): Promise<Found<T & Pick<PreviewCounts, 'notes' | 'warnings'>>> {
  try {
    const samples = await openSamples(network.definition, dirname(definitionPath));
    try {
      const warnings = warningsOf(network, samples, definitionPath);
      const found = await look(samples);
      return { found: { ...found, warnings, notes: samples.raw.notes?.() ?? [] } };
    } finally {
      await samples.close();
    }
  } catch (error) {
    return { problem: problemOf(error, definitionPath) };
  }
}

/**
 * What a network sees of its data.
 * @param definitionPath the file of the definition; paths in it are relative to its folder
 * @param thorough are more samples read than are shown, as `udc check` does, to find what is damaged or no number?
 * @throws what is no fault of the data, such as a lack of memory
 */
export const seeData = (
  network: Network,
  definitionPath: string,
  request: PreviewRequest,
  thorough = false,
): Promise<Found<DataPreview>> =>
  withSamples(network, definitionPath, async (samples) => {
    if (thorough) {
      await checkValues(samples.raw);
      await lookAround(samples.raw);
    }
    return previewData(network.definition, samples, request);
  });

/** How many samples each part has, by class: no sample is read. @throws what is no fault of the data */
export const countData = (network: Network, definitionPath: string): Promise<Found<PreviewCounts>> =>
  withSamples(network, definitionPath, (samples) => Promise.resolve(countClasses(samples)));
