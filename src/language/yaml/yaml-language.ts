/** Definitions in YAML. */
import type { Language } from '../language.ts';
import { isYamlDefinition } from '../../wire/definition-names.ts';
import { completions } from './definition-completions.ts';
import { planEdits, planWiden, suggestOptions } from './editing/plan-edits.ts';
import { planValues } from './editing/plan-values.ts';
import { retarget } from './editing/retarget.ts';
import { readSizable } from './mending/sizable.ts';
import { parseDefinition } from './parse-definition.ts';

export const yaml: Language = {
  id: 'yaml',
  isFile: isYamlDefinition,
  read: parseDefinition,
  readSizable,
  edit: planWiden,
  decide: planEdits,
  set: planValues,
  retarget,
  suggest: suggestOptions,
  complete: completions,
};
