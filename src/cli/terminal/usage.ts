/** What a command takes, told once: how its line is read, and what its help says of every argument and option. */

export interface Option {
  readonly type: 'string' | 'boolean';
  /** Stands for the value in the help: `48KiB`, `NAME`. */
  readonly value?: string;
  readonly about: string;
  /** Shown outside of brackets; the command itself complains where it is missing. */
  readonly required?: true;
}

export type Options = Readonly<Record<string, Option>>;

/** Taken by every command. */
const JSON_OPTION = { json: { type: 'boolean', about: 'answers with one JSON value, errors included' } } as const;

export interface Usage<O extends Options = Options> {
  /** `udc check MODEL [--budget 48KiB] [--json]`. */
  readonly line: string;
  /** The line, and below it every argument and option with what it does. */
  readonly text: string;
  /** Names of the positional arguments; those in brackets may be left out, a last `NAME…` given several times. */
  readonly names: readonly string[];
  readonly options: O & typeof JSON_OPTION;
}

const flag = (name: string, { value }: Option): string => (value === undefined ? `--${name}` : `--${name} ${value}`);

/**
 * @param name of the command
 * @param positionals what each positional argument is, by its name, in their order
 * @param options by their names without dashes, in the order of the help
 */
export function usageOf<const O extends Options>(
  name: string,
  positionals: Readonly<Record<string, string>>,
  options: O,
): Usage<O> {
  const names = Object.keys(positionals);
  const all: O & typeof JSON_OPTION = { ...options, ...JSON_OPTION };
  const flags = Object.entries<Option>(all);
  const line = [
    'udc',
    name,
    ...names,
    ...flags.map(([id, option]) => (option.required ? flag(id, option) : `[${flag(id, option)}]`)),
  ].join(' ');
  const rows: readonly (readonly [string, string])[] = [
    ...names.map((id) => [id.replace(/^\[|\]$/g, ''), positionals[id]!] as const),
    ...flags.map(([id, option]) => [flag(id, option), option.about] as const),
  ];
  const width = Math.max(...rows.map(([term]) => term.length));
  // Further lines of an explanation stand below its first.
  const lines = rows.map(
    ([term, about]) => `  ${term.padEnd(width)}  ${about.replaceAll('\n', `\n${' '.repeat(width + 4)}`)}`,
  );
  return { line, text: [line, '', ...lines].join('\n'), names, options: all };
}
