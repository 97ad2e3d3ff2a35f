/**
 * A thread of the editor that fits bits by sensitivity: gradients of some hundred samples take longer than the
 * extension host has time for, and need its tensor library. Its program is that of the worker.
 */
import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { DamagedFileError } from '../base/damage.ts';
import { MEMORY_ADVICE, outOfMemory } from '../base/memory-limits.ts';
import type { AllocationProblem } from '../costs/allocate/allocation.ts';
import { OpenDecisionError, type Fit } from '../costs/allocate/fit-bits.ts';
import { DataError } from '../data/data-error.ts';
import { languageOf } from '../language/language-table.ts';
import { findTarget } from '../targets/find-target.ts';
import { nameOfTarget } from '../wire/target-name.ts';
import { fitBySensitivity, SENSITIVITY_SAMPLES } from './fit-sensitivity.ts';
import { definitionWeights, NoWeightsError, runWeights, type FitWeights } from './fit-weights.ts';
import { RunError } from './folder/run-error.ts';
import { RunFolder } from './folder/run-folder.ts';
import { InitialWeightsError } from './load-initial.ts';

/** What a thread is asked for: bits for a definition as its text is now. */
export interface FitTask {
  readonly fit: {
    readonly text: string;
    /** Data and weights lie relative to it. */
    readonly definitionPath: string;
    /** A finished run of which the weights are taken, and which of its networks; absent: `initialWeights`. */
    readonly run?: { readonly folder: string; readonly network?: string };
  };
  readonly limits: AllocationProblem['limits'];
}

/** Its only message: the fit, or why there is none. */
export type FitAnswer = { readonly fit: Fit } | { readonly problem: string };

/** Is this such a thread? */
export const isFitThread = (): boolean =>
  parentPort !== null && typeof (workerData as Partial<FitTask> | null)?.fit?.text === 'string';

/** What the user can do something about. */
const TOLD = [DataError, DamagedFileError, InitialWeightsError, NoWeightsError, OpenDecisionError, RunError];

/** @throws what a person can do nothing about */
export async function fitInThread({ fit: { text, definitionPath, run }, limits }: FitTask): Promise<FitAnswer> {
  const { network, diagnostics } = languageOf(definitionPath).read(text);
  if (!network) return { problem: diagnostics[0]?.message ?? 'the definition cannot be read' };
  const target = findTarget(nameOfTarget(network.definition.target));
  try {
    const weights = run ? await weightsOfRun(run) : await definitionWeights(network, dirname(definitionPath));
    return { fit: await fitBySensitivity({ network, target, limits }, weights, definitionPath, SENSITIVITY_SAMPLES) };
  } catch (error) {
    if (outOfMemory(error)) return { problem: `The data do not fit into memory. ${MEMORY_ADVICE}` };
    if (TOLD.some((type) => error instanceof type)) return { problem: (error as Error).message };
    throw error;
  }
}

async function weightsOfRun({ folder, network }: NonNullable<FitTask['fit']['run']>): Promise<FitWeights | undefined> {
  const content = await new RunFolder(folder).readContent(
    ({ networks }) => networks.find(({ name }) => name === network) ?? networks[0],
  );
  return content?.weights && runWeights(content.weights, content.header.id);
}

if (isFitThread())
  void fitInThread(workerData as FitTask).then((answer) => {
    parentPort?.postMessage(answer);
  });
