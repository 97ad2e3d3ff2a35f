/**
 * Entry of the thread that checks data for the editor: reading them takes seconds, which the extension host has no time
 * for.
 */
import { languageOf } from '../language/language-table.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { MEMORY_ADVICE, outOfMemory } from '../base/memory-limits.ts';
import { dataProblem, type DataProblem } from './data-check.ts';

/** What the thread is started with: a definition's text and the path of its file. */
export interface DataTask {
  readonly text: string;
  readonly definitionPath: string;
}

/** Its only message. */
export interface DataAnswer {
  readonly problem?: DataProblem;
}

async function answer({ text, definitionPath }: DataTask): Promise<DataAnswer> {
  const { network } = languageOf(definitionPath).read(text);
  if (network === undefined) return {};
  try {
    const problem = await dataProblem(network, definitionPath);
    return problem === undefined ? {} : { problem };
  } catch (error) {
    if (outOfMemory(error))
      return {
        problem: { severity: 'error', message: `The data do not fit into memory. ${MEMORY_ADVICE}`, path: ['dataset'] },
      };
    throw error;
  }
}

void answer(workerData as DataTask).then((found) => {
  parentPort?.postMessage(found);
});
