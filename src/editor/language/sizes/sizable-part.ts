/** What can be sized of a definition with errors: the layers above the first that is wrong or unfinished. */
import { parsePart } from '../../../language/yaml/parse-definition.ts';
import type { Network } from '../../../network/types.ts';

/** Where each layer begins that is written as a list item of its own, whatever else is wrong with the text. */
function layerStarts(text: string): readonly number[] {
  const key = /^layers[ \t]*:/m.exec(text);
  if (!key) return [];
  const items = [...text.matchAll(/^([ \t]*)-(?=[ \t]|\r?$)/gm)].filter(({ index }) => index > key.index);
  // Lists inside of a layer are indented further.
  return items.filter(([, indentation]) => indentation === items[0]?.[1]).map(({ index }) => index);
}

/**
 * The network of the layers above the first error; of all of them where only the end is wrong. What follows an error
 * cannot be sized: its input
 * depends on the layer that is wrong. Undefined where the error lies above the layers, or nothing is left.
 */
export function sizablePart(text: string): Network | undefined {
  const whole = parsePart(text);
  if (whole) return whole;
  // An error may be seen far below the line that causes it, for an open quote swallows what follows: only the text
  // above it tells.
  const starts = layerStarts(text);
  let best: Network | undefined;
  for (let low = 1, high = starts.length - 1; low <= high;) {
    const middle = (low + high) >> 1;
    const network = parsePart(text.slice(0, starts[middle]));
    best = network ?? best;
    if (network) low = middle + 1;
    else high = middle - 1;
  }
  return best;
}
