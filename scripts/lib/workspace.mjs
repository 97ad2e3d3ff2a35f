// The copy of the shipped example that people try things on: the original stays as git has it.
import fs from 'node:fs';
import { inRoot } from './paths.mjs';

const EXAMPLE = inRoot('examples/quickstart');

/** Where the copy lies, with the runs that were made in it. */
export const QUICKSTART = inRoot('out/quickstart');

/** Makes the copy where there is none. `fresh` also replaces changed files by the shipped ones; runs are kept. Returns the path of the definition. */
export function prepareQuickstart({ fresh = false } = {}) {
  fs.cpSync(EXAMPLE, QUICKSTART, { recursive: true, force: fresh, filter: (file) => !file.endsWith('.udc') });
  const definition = fs.readdirSync(QUICKSTART).find((name) => name.endsWith('.udc.yaml'));
  if (!definition) throw new Error(`${EXAMPLE} holds no *.udc.yaml`);
  return `${QUICKSTART}/${definition}`;
}
