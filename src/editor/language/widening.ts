/** Fixed values that may be choices, and a sensible choice around them. */
import { CHOOSABLE, type ChoosableKey } from '../../language/language.ts';
import type { ScalarPath } from '../../network/types.ts';
import type { Analysis } from './sizes/analysis.ts';
import { placeAt } from './place.ts';

export interface Widenable {
  readonly key: ChoosableKey;
  readonly path: ScalarPath;
  readonly text: string;
  readonly options: readonly string[];
}

/** The fixed value at an offset, with the options it could be widened to. */
export function widenableAt({ parsed, language }: Analysis, offset: number): Widenable | undefined {
  const place = placeAt(parsed.tree, offset);
  const key = CHOOSABLE.find((choosable) => choosable === place?.path.at(-1));
  if (!key || place?.text === undefined) return undefined;
  const options = language.suggest(key, place.text);
  return options && { key, path: place.path, text: place.text, options };
}
