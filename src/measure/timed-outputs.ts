/** A runtime that computes: its outputs on samples are compared first, and only then is its time believed. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { list, number, object, type Check } from '../base/validate.ts';
import { memoryUse, type MemoryUse } from '../wire/measurements.ts';
import { agreementOf, type Closeness } from './agreement.ts';
import { askPython } from './python-program.ts';
import type { Around, Reading } from './runtime.ts';
import type { Subject } from './subject/subject.ts';
import { timingOf } from './timing.ts';

/** Names of the files that the programs read and write in the temporary folder. */
export const FILES = { model: 'model', inputs: 'inputs', outputs: 'outputs' } as const;

/**
 * Outputs compared: what is said of them, or why nothing can be believed.
 * @param expected the answers of the form that was run, by default those of the network
 */
export function compared(
  found: Int8Array,
  subject: Subject,
  closeness: Closeness,
  expected = subject.samples().expected,
): Reading {
  const { agreement, disagreement } = agreementOf(found, expected, subject.samples().count, closeness);
  return {
    agreement,
    ...(disagreement !== undefined && { reason: `its outputs are not those of the network: ${disagreement}` }),
  };
}

interface Timed {
  readonly times: readonly number[];
  readonly memory?: MemoryUse;
}

const timed: Check<Timed> = object<Timed>({ times: list(number) }, { memory: memoryUse });

/** What a runtime driven by Python is asked. */
export interface PythonRequest {
  readonly program: string;
  /** Bytes of the model's file. */
  readonly model: Uint8Array;
  readonly closeness: Closeness;
  readonly expected?: Int8Array;
  readonly job?: Readonly<Record<string, unknown>>;
}

/**
 * Has a program run a model on the subject's samples: it writes their output codes into a file and answers with the
 * seconds of runs.
 */
export async function measuredByPython(
  subject: Subject,
  { program, model, closeness, expected, job }: PythonRequest,
  around: Around,
): Promise<Reading> {
  const { inputs, count } = subject.samples();
  await writeFile(join(around.folder, FILES.model), model);
  await writeFile(join(around.folder, FILES.inputs), inputs);
  const { times, memory } = await askPython(program, { ...FILES, samples: count, ...job }, timed, around);
  const found = new Int8Array(await readFile(join(around.folder, FILES.outputs)));
  const said = compared(found, subject, closeness, expected);
  return said.reason === undefined ? { ...said, seconds: timingOf(times), ...(memory && { memory }) } : said;
}
