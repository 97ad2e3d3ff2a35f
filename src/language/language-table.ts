/** The languages of definitions, and which one a file is written in. */
import type { Language } from './language.ts';
import { yaml } from './yaml/yaml-language.ts';

export const LANGUAGES = { yaml } as const satisfies Readonly<Record<string, Language>>;

/** Of a file by its name; YAML where no language claims it: commands take definitions of any name. */
export function languageOf(file: string): Language {
  const path = file.replaceAll('\\', '/');
  return Object.values<Language>(LANGUAGES).find((language) => language.isFile(path)) ?? LANGUAGES.yaml;
}
