// The shipped example, and the copy of it that people try things on: the original stays as git has it.
import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from './paths.mjs';

const EXAMPLE = inRoot('examples/quickstart');

/** Where the copy lies, with the runs that were made in it. */
const COPY = inRoot('out/quickstart');

/** The path of the shipped definition. */
export function quickstartDefinition() {
  const name = fs.readdirSync(EXAMPLE).find((file) => file.endsWith('.udc.yaml'));
  if (!name) throw new Error(`${EXAMPLE} holds no *.udc.yaml`);
  return path.join(EXAMPLE, name);
}

/**
 * Makes the copy where there is none. `fresh` also replaces changed files by the shipped ones; runs are kept. Returns
 * the path of the copied definition.
 */
export function prepareQuickstart({ fresh = false } = {}) {
  const definition = quickstartDefinition();
  fs.cpSync(EXAMPLE, COPY, { recursive: true, force: fresh, filter: (file) => !file.endsWith('.udc') });
  return path.join(COPY, path.basename(definition));
}
