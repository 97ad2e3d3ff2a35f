/**
 * Writes the tasks into schemas/udc-model.schema.json, and compiles that to
 * src/language/definition-schema.generated.ts: a validator without code generation at run time, and the schema
 * itself.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Ajv, type AnySchemaObject } from 'ajv';
import { DEFAULT_TASK, taskSpecs } from '../src/wire/tasks/task-table.ts';
import standaloneImport from 'ajv/dist/standalone/index.js';

/** Ajv's CommonJS default export arrives wrapped or not, depending on the loader. */
const standalone = (
  typeof standaloneImport === 'function' ? standaloneImport : (standaloneImport as { default: unknown }).default
) as (ajv: Ajv, validate: unknown) => string;

const SOURCE = 'schemas/udc-model.schema.json';
const OUTPUT = 'src/language/definition-schema.generated.ts';

/** The text of a schema in which `task:` takes the tasks of the table. */
export function withTasks(schemaText: string): string {
  const tasks = taskSpecs();
  const names = tasks.map(({ id }) => `\`${id}\``);
  const lines = [
    `"description": ${JSON.stringify(`What the network is trained for. Default: ${DEFAULT_TASK}.`)}`,
    `"x-expected": ${JSON.stringify(`${names.slice(0, -1).join(', ')} or ${names.at(-1)!}`)}`,
    `"enumDescriptions": [\n        ${tasks.map(({ about }) => JSON.stringify(about)).join(',\n        ')}\n      ]`,
    `"enum": [${tasks.map(({ id }) => JSON.stringify(id)).join(', ')}]`,
  ];
  return schemaText.replace(/"task": \{[^}]*\}/, () => `"task": {\n      ${lines.join(',\n      ')}\n    }`);
}

/** The text of the generated file for a schema's text. */
export function generate(schemaText: string): string {
  const schema = JSON.parse(schemaText) as AnySchemaObject;
  const ajv = new Ajv({
    allErrors: true,
    strict: true,
    allowUnionTypes: true,
    code: { source: true, esm: true },
    logger: false,
  });
  ajv.addVocabulary(['x-expected', 'enumDescriptions']);
  const code = standalone(ajv, ajv.compile(schema));
  if (/\brequire\(/.test(code))
    throw new Error('The schema uses a keyword whose validator needs a run-time import; use another keyword');
  const holder = /const (schema\d+) = \{"\$schema"/.exec(code)?.[1];
  if (!holder) throw new Error('The validator does not hold the schema under the expected name');
  return [
    '/* eslint-disable */',
    '// @ts-nocheck',
    `/** Made by scripts/make-schema.ts from ${SOURCE}: do not edit. */`,
    code.replace('"use strict";', ''),
    `export { ${holder} as schema };`,
    '',
  ].join('\n');
}

function main(): void {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..');
  const schema = withTasks(readFileSync(join(root, SOURCE), 'utf8'));
  writeFileSync(join(root, SOURCE), schema);
  writeFileSync(join(root, OUTPUT), generate(schema));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main();
