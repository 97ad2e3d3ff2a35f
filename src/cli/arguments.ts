/** Command-line arguments, read by `node:util` and told in our words where they are wrong. */
import { parseArgs } from 'node:util';
import { messageOf } from '../base/error-text.ts';
import { nearestName } from '../text/nearest.ts';
import { UsageError } from './terminal/io.ts';
import type { Options, Usage } from './terminal/usage.ts';

type Values<O extends Options> = { readonly [K in keyof O]?: O[K]['type'] extends 'boolean' ? boolean : string };

export interface ReadArguments<O extends Options> {
  readonly values: Values<Usage<O>['options']>;
  readonly positionals: readonly string[];
}

/** The complaint with how the command is used. */
export function misused({ line }: Usage, problem: string): UsageError {
  return new UsageError(`${problem}\nUsage: ${line}`);
}

/** @throws UsageError */
export function readArguments<const O extends Options>(args: readonly string[], usage: Usage<O>): ReadArguments<O> {
  let parsed;
  try {
    const options = Object.fromEntries(Object.entries(usage.options).map(([name, { type }]) => [name, { type }]));
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    // Node's message goes on with advice about its own syntax after the first sentence.
    throw misused(usage, `${messageOf(error).split('. ')[0]!}${nearOption(args, usage)}`);
  }
  const { positionals } = parsed;
  const missing = usage.names.slice(positionals.length).find((name) => !name.startsWith('['));
  if (missing !== undefined) throw misused(usage, `${missing} is missing`);
  // The last argument may be given any number of times: `NETWORK…`.
  const several = /…\]?$/.test(usage.names.at(-1) ?? '');
  if (positionals.length > usage.names.length && !several)
    throw misused(usage, `'${positionals[usage.names.length]}' is one argument too many`);
  return { values: parsed.values as ReadArguments<O>['values'], positionals };
}

/** What an option that does not exist may have meant. */
function nearOption(args: readonly string[], { options }: Usage): string {
  const names = args.flatMap((arg) => /^--([^=]+)/.exec(arg)?.[1] ?? []);
  const unknown = names.find((name) => !Object.hasOwn(options, name));
  const nearest = unknown === undefined ? undefined : nearestName(unknown, Object.keys(options));
  return nearest === undefined ? '' : `; did you mean '--${nearest}'?`;
}

/** A whole number from `least` up. @throws UsageError */
export function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
    throw new UsageError(`${option} needs a whole number from ${least}, not '${text}'`);
  return value;
}

/** One of a list. @throws UsageError */
export function oneOfOption<T extends string>(option: string, text: string, values: readonly T[]): T {
  const found = values.find((value) => value === text);
  if (found === undefined) throw new UsageError(`${option} needs one of ${values.join(', ')}, not '${text}'`);
  return found;
}
