/** File names that are model definitions: known before anything that reads them is loaded. */

interface DefinitionNames {
  /** For file searches. */
  readonly patterns: readonly string[];
  /** Of a file without its folders. */
  readonly name: RegExp;
}

/** By language; none is claimed for them in an editor: they stay what their endings say. */
const NAMES = {
  yaml: { patterns: ['**/udc.yaml', '**/*.udc.yaml', '**/*.udc.yml'], name: /^(udc\.yaml|.+\.udc\.ya?ml)$/ },
} as const satisfies Readonly<Record<string, DefinitionNames>>;

export const DEFINITION_PATTERNS = Object.values(NAMES).flatMap(({ patterns }) => patterns);

/** The source of a regular expression: a file name, without its folders, that is one of a definition. */
export const DEFINITION_NAME_SOURCE = Object.values(NAMES)
  .map(({ name }) => name.source)
  .join('|');

const holds = (name: RegExp, path: string): boolean => name.test(path.slice(path.lastIndexOf('/') + 1));

/** Whether a file name (or a path with forward slashes) is that of a model definition. */
export const isDefinitionName = (path: string): boolean => Object.values(NAMES).some(({ name }) => holds(name, path));

export const isYamlDefinition = (path: string): boolean => holds(NAMES.yaml.name, path);
