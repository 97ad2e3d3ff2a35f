/**
 * Entry of the thread that reads networks for the editor: measuring one encodes all its weights, which the extension
 * host has no time for.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../base/error-text.ts';
import { importNetwork, type ImportedNetwork } from './import-network.ts';

/** What the thread is started with. */
export interface ImportTask {
  readonly bytes: Uint8Array;
  readonly file: string;
  readonly target?: string;
}

/** Its only message. */
export type ImportAnswer = { readonly network: ImportedNetwork } | { readonly problem: string };

function answer({ bytes, file, target }: ImportTask): ImportAnswer {
  try {
    return { network: importNetwork(bytes, file, target) };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

parentPort?.postMessage(answer(workerData as ImportTask));
