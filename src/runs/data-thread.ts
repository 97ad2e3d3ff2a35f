/**
 * Entry of the thread that checks data for the editor: reading them takes seconds, which the extension host has no time
 * for.
 */
import { languageOf } from '../language/language-table.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { MEMORY_ADVICE, outOfMemory } from '../base/memory-limits.ts';
import { lookAtData, type DataProblem } from './data-check.ts';

/** What the thread is started with: a definition's text and the path of its file. */
export interface DataTask {
  readonly text: string;
  readonly definitionPath: string;
}

/** Its only message. */
export interface DataAnswer {
  /** As `DataLook` has them. */
  readonly problems: readonly DataProblem[];
}

async function answer({ text, definitionPath }: DataTask): Promise<DataAnswer> {
  const { network } = languageOf(definitionPath).read(text);
  if (network === undefined) return { problems: [] };
  try {
    const { problems } = await lookAtData(network, definitionPath);
    return { problems };
  } catch (error) {
    if (!outOfMemory(error)) throw error;
    const message = `The data do not fit into memory. ${MEMORY_ADVICE}`;
    return { problems: [{ severity: 'error', message, path: ['dataset'] }] };
  }
}

void answer(workerData as DataTask).then((found) => {
  parentPort?.postMessage(found);
});
