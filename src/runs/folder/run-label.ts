/** What a person calls a run and notes of it: `label.json` in its folder, which no search reads. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { object, oneOf, string, type Check } from '../../base/validate.ts';
import { readSealed, writeSealed } from '../files/sealed.ts';
import { onDisk } from './run-error.ts';

export interface RunLabel {
  /** Instead of the definition's name. */
  readonly name?: string;
  readonly note?: string;
}

export const LABEL_FILE = 'label.json';

/** Characters of a name and of a note. */
const MOST = { name: 120, note: 4000 } as const;

const stored: Check<RunLabel & { readonly format: 1 }> = object(
  { format: oneOf([1] as const) },
  { name: string, note: string },
);

/** The label of a run; an empty one where there is none. @throws RunError where it is damaged */
export async function readLabel(runFolder: string): Promise<RunLabel> {
  const found = await readSealed(join(runFolder, LABEL_FILE), stored);
  return found === undefined ? {} : labelOf(found);
}

/** Replaces what is given of a label; an empty text takes it away. @throws RunError */
export async function writeLabel(runFolder: string, change: RunLabel): Promise<RunLabel> {
  const label = labelOf({ ...(await readLabel(runFolder).catch(() => ({}))), ...change });
  const file = join(runFolder, LABEL_FILE);
  if (label.name === undefined && label.note === undefined) await onDisk(file, () => rm(file, { force: true }));
  else await writeSealed(file, { format: 1, ...label });
  return label;
}

function labelOf({ name = '', note = '' }: RunLabel): RunLabel {
  const [called, noted] = [name.trim().slice(0, MOST.name), note.trim().slice(0, MOST.note)];
  return { ...(called !== '' && { name: called }), ...(noted !== '' && { note: noted }) };
}
