/** Command-line arguments, read by `node:util` and told in our words where they are wrong. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './io.ts';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<O extends Options> = { readonly [K in keyof O]?: O[K]['type'] extends 'boolean' ? boolean : string };

export interface ReadArguments<O extends Options> { readonly values: Values<O>; readonly positionals: readonly string[] }

/**
 * @param usage the usage line, shown with every complaint
 * @param names names of the positional arguments; those in brackets may be left out
 * @throws UsageError
 */
export function readArguments<const O extends Options>(args: readonly string[], usage: string, names: readonly string[], options: O): ReadArguments<O> {
  const complain = (problem: string): never => { throw new UsageError(`${problem}\nUsage: ${usage}`); };
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    // Node's message goes on with advice about its own syntax after the first sentence.
    return complain(error instanceof Error ? error.message.split('. ')[0]! : String(error));
  }
  const { positionals } = parsed;
  const missing = names.slice(positionals.length).find((name) => !name.startsWith('['));
  if (missing !== undefined) complain(`${missing} is missing`);
  if (positionals.length > names.length) complain(`'${positionals[names.length]}' is one argument too many`);
  return { values: parsed.values as Values<O>, positionals };
}

/** A whole number from `least` up. @throws UsageError */
export function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) throw new UsageError(`${option} needs a whole number from ${least}, not '${text}'`);
  return value;
}

/** One of a list. @throws UsageError */
export function oneOfOption<T extends string>(option: string, text: string, values: readonly T[]): T {
  const found = values.find((value) => value === text);
  if (found === undefined) throw new UsageError(`${option} needs one of ${values.join(', ')}, not '${text}'`);
  return found;
}
