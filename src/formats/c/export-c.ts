/** The C format of the registry: the program of a run, in one file or as a folder. */
import { dataFacts } from '../../reports/facts.ts';
import type { ExportedNetwork, ExportInput } from '../../reports/export-input.ts';
import { taskSpec } from '../../wire/tasks/task-table.ts';
import { runTitle } from '../source/write-source.ts';
import { cFiles } from './c-files.ts';
import type { CUse } from './c-helpers.ts';
import { cProgram } from './c-program.ts';

/** What is known of the data that it is for. */
function useOf(run: ExportInput): CUse {
  const { normalisation, classNames, outputScaling } = dataFacts(run) ?? {};
  return {
    ...(normalisation && { normalisation }),
    ...(taskSpec(run.definition.task).targets === 'class' && { classes: true }),
    ...(classNames && { classNames }),
    ...(outputScaling && { outputScaling }),
  };
}

/** @throws RangeError naming the operation that cannot be written */
export const exportC = (run: ExportInput, { integer }: ExportedNetwork): string =>
  cProgram(integer, runTitle(run), useOf(run)).text;

/** The same as files of a folder, by their names. @throws RangeError naming the operation that cannot be written */
export const exportCFolder = (run: ExportInput, { integer }: ExportedNetwork): Readonly<Record<string, string>> =>
  cFiles(integer, runTitle(run), useOf(run));
