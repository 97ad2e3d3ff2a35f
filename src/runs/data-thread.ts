/**
 * Entry of the thread that looks at data for the editor: reading them takes seconds, which the extension host has no
 * time for.
 */
import { languageOf } from '../language/language-table.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { MEMORY_ADVICE, outOfMemory } from '../base/memory-limits.ts';
import type { Network } from '../network/types.ts';
import type { DataPreview, PreviewCounts, PreviewRequest } from '../wire/data-preview.ts';
import { lookAtData, type DataProblem } from './data-check.ts';
import { countData, seeData, type Found } from './see-data.ts';

/** What the thread is started with: a definition's text, the path of its file, and what is asked about its data. */
export interface DataTask {
  readonly text: string;
  readonly definitionPath: string;
  /** A request: what the network sees of them. */
  readonly ask: 'problems' | 'counts' | PreviewRequest;
}

/** Its only message. Nothing of it is there where the definition has errors. */
export interface DataAnswer {
  /** What is wrong with the data: one error, or any number of warnings. */
  readonly problems: readonly DataProblem[];
  readonly counts?: PreviewCounts;
  readonly preview?: DataPreview;
}

const answerOf = <T>(found: Found<T>, of: (value: T) => Partial<DataAnswer>): DataAnswer =>
  'found' in found ? { problems: [], ...of(found.found) } : { problems: [found.problem] };

async function look(network: Network, { definitionPath, ask }: DataTask): Promise<DataAnswer> {
  if (ask === 'counts') return answerOf(await countData(network, definitionPath), (counts) => ({ counts }));
  if (ask !== 'problems') return answerOf(await seeData(network, definitionPath, ask), (preview) => ({ preview }));
  return { problems: (await lookAtData(network, definitionPath)).problems };
}

async function answer(task: DataTask): Promise<DataAnswer> {
  const { network } = languageOf(task.definitionPath).read(task.text);
  if (network === undefined) return { problems: [] };
  try {
    return await look(network, task);
  } catch (error) {
    if (!outOfMemory(error)) throw error;
    const message = `The data do not fit into memory. ${MEMORY_ADVICE}`;
    return { problems: [{ severity: 'error', message, path: ['dataset'] }] };
  }
}

void answer(workerData as DataTask).then((found) => {
  parentPort?.postMessage(found);
});
