/** The C format of the registry: the program of a run. */
import { dataFacts } from '../../reports/facts.ts';
import type { ExportedNetwork, ExportInput } from '../../reports/export-input.ts';
import { taskSpec } from '../../wire/tasks/task-table.ts';
import { runTitle } from '../source/write-source.ts';
import { cProgram } from './c-program.ts';

/** @throws RangeError naming the operation that cannot be written */
export function exportC(run: ExportInput, { integer }: ExportedNetwork): string {
  const { normalisation, classNames, outputScaling } = dataFacts(run) ?? {};
  return cProgram(integer, runTitle(run), {
    ...(normalisation && { normalisation }),
    ...(taskSpec(run.definition.task).targets === 'class' && { classes: true }),
    ...(classNames && { classNames }),
    ...(outputScaling && { outputScaling }),
  }).text;
}
