/** The choice syntax: `16 | 32 | 64`, `16..64 step 16`, `dsconv | ibn`. */

import { Recent } from '../../base/recent.ts';
import type { ScalarNode } from '../tree.ts';
import type { ProblemDetails, ProblemFix, Problems } from '../../network/model-error.ts';
import { expectedAt } from '../definition-schema.ts';
import type { Choice, ScalarPath, TextRange } from '../../network/types.ts';

/** Most options of one choice: every option costs memory and a column in the panel. */
export const MOST_OPTIONS = 64;

/** What a reader makes of one option: its value, or what is wrong with it and, where obvious, what would be right. */
export type OptionResult<T> =
  { readonly value: T } | { readonly code: string; readonly problem: string; readonly fix?: string };
/** The text alone decides what a reader makes of it: texts that were read are remembered. */
export type OptionReader<T> = (text: string) => OptionResult<T>;

/** Longest option that is read. */
const LONGEST_OPTION = 64;

const RANGE = /^(\S+?)\s*\.\.\s*(\S+?)(?:\s+step\s+(\S+))?$/;

interface Piece {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

function matchRange(text: string): RegExpExecArray | null {
  return text.length <= LONGEST_OPTION ? RANGE.exec(text) : null;
}

/** Splits at `|`; offsets are relative to the text. */
function split(text: string): Piece[] {
  let at = 0;
  return text.split('|').map((part) => {
    const start = at + (part.length - part.trimStart().length);
    at += part.length + 1;
    return { text: part.trim(), start, end: start + part.trim().length };
  });
}

/** What is wrong with a range and, where obvious, what would be right. */
interface RangeProblem {
  readonly problem: string;
  readonly fix?: string;
}

/** The values of `from..to step by`, or what is wrong with it. */
function expandRange(text: string, match: RegExpExecArray): readonly string[] | RangeProblem {
  if (text.includes('...')) {
    const fix = text.replace(/\s*\.{3,}\s*/, '..');
    return { problem: `\`${text}\`: a range has two dots; write \`${fix}\``, fix };
  }
  const [from, to, step] = [match[1], match[2], match[3] ?? '1'].map(Number) as [number, number, number];
  if (![from, to, step].every(Number.isFinite))
    return { problem: `\`${text}\` is not a range; write for example \`16..64 step 16\`` };
  if (step <= 0) return { problem: `The step of \`${text}\` must be above 0` };
  if (to < from) {
    const fix = `${to}..${from}${match[3] ? ` step ${match[3]}` : ''}`;
    return { problem: `\`${text}\` runs downwards; write \`${fix}\``, fix };
  }
  const count = Math.floor((to - from) / step + 1e-9) + 1;
  if (count > MOST_OPTIONS)
    return { problem: `\`${text}\` has ${count} values; a choice may have ${MOST_OPTIONS}: take a larger step` };
  return Array.from({ length: count }, (_, i) => String(Number((from + i * step).toFixed(10))));
}

/**
 * Where a piece of a scalar's text stands; the whole scalar where quoting or line folding makes the text differ from
 * the source.
 */
function rangeOf(node: ScalarNode, piece: Piece): TextRange {
  const verbatim = node.inner.end - node.inner.start === node.text.length;
  return verbatim ? { start: node.inner.start + piece.start, end: node.inner.start + piece.end } : node.range;
}

/**
 * Options without problems, by reader and text: layers repeat their choices, and a text is read anew with every change.
 */
const known = new WeakMap<OptionReader<unknown>, Recent<Options<unknown>>>();
const MOST_KNOWN = 256;

type Options<T> = Pick<Choice<T>, 'options' | 'texts'>;

/**
 * Reads a scalar that may be a choice. Problems name the option they are about.
 * Returns undefined when no option could be read.
 */
export function readChoice<T>(
  node: ScalarNode,
  path: ScalarPath,
  read: OptionReader<T>,
  problems: Problems,
): Choice<T> | undefined {
  let remembered = known.get(read) as Recent<Options<T>> | undefined;
  if (!remembered) known.set(read, (remembered = new Recent<Options<T>>(MOST_KNOWN)));
  let options = remembered.get(node.text);
  if (!options) {
    const found = readOptions(node, path, read, problems);
    if (!found) return undefined;
    options = found;
    if (found.clean) remembered.set(node.text, options);
  }
  return { options: options.options, texts: options.texts, path, range: node.range, inherited: false };
}

function replacement(range: TextRange, fix: string | undefined): readonly ProblemFix[] {
  return fix === undefined ? [] : [{ title: `Replace with \`${fix}\``, range, text: fix }];
}

function readOptions<T>(
  node: ScalarNode,
  path: ScalarPath,
  read: OptionReader<T>,
  problems: Problems,
): (Options<T> & { readonly clean: boolean }) | undefined {
  const options: T[] = [];
  const texts: string[] = [];
  const key = String(path.at(-1));
  let clean = true;
  const wrong = (code: string, message: string, details: ProblemDetails): void => {
    clean = false;
    problems.error(code, path, message, details);
  };
  const add = (text: string, range: TextRange): void => {
    if (text.length > LONGEST_OPTION) {
      wrong('wrong-value', `\`${key}\`: \`${text.slice(0, LONGEST_OPTION)}…\` is too long; write ${expectedAt(path)}`, {
        range,
      });
      return;
    }
    const result = read(text);
    if ('problem' in result) {
      wrong(result.code, result.problem, { range, fixes: replacement(range, result.fix) });
    } else if (options.some((option) => sameOption(option, result.value))) {
      wrong('duplicate-option', `\`${key}\` lists \`${text}\` twice; remove one of them`, { range });
    } else if (options.length === MOST_OPTIONS) {
      wrong('too-many-options', `\`${key}\` has more than ${MOST_OPTIONS} options; keep ${MOST_OPTIONS} at most`, {
        range: node.range,
      });
    } else {
      options.push(result.value);
      texts.push(text);
    }
  };
  const pieces = split(node.text);
  if (pieces.length > MOST_OPTIONS) {
    wrong('too-many-options', `\`${key}\` has ${pieces.length} options; keep ${MOST_OPTIONS} at most`, {
      range: node.range,
    });
    return undefined;
  }
  for (const piece of pieces) {
    const range = rangeOf(node, piece);
    const match = matchRange(piece.text);
    if (piece.text === '') {
      wrong('empty-option', `\`${key}\` has an empty option; write values between the \`|\`, for example \`16 | 32\``, {
        range: node.range,
      });
    } else if (match) {
      const values = expandRange(piece.text, match);
      if ('problem' in values) wrong('bad-range', values.problem, { range, fixes: replacement(range, values.fix) });
      else for (const value of values) add(value, range);
    } else {
      add(piece.text, range);
    }
  }
  return options.length === 0 ? undefined : { options, texts, clean };
}

function sameOption(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));
}

/** A value that no text states. */
export function defaultChoice<T>(value: T, text: string, path: ScalarPath): Choice<T> {
  return { options: [value], texts: [text], path, inherited: true };
}
