/**
 * Checks of values that come from another process or a file: small combinators whose result type is the checked type.
 */

/**
 * Says what is wrong with a value and where in it, for example `events[3].epoch: a whole number was expected, found
 * "x"`.
 */
export class ValidationError extends Error {
  override readonly name = 'ValidationError';
  constructor(
    readonly path: string,
    readonly expected: string,
    found: unknown,
  ) {
    super(`${path === '' ? 'value' : path}: ${expected} was expected, found ${describe(found)}`);
  }
}

/** Returns `value` unchanged, typed, or throws `ValidationError`. `path` is where the value sits in what is checked. */
export type Check<T> = (value: unknown, path?: string) => T;

type Keys<T, Wanted extends 'required' | 'optional'> = {
  [K in keyof T]-?: object extends Pick<T, K>
    ? Wanted extends 'optional'
      ? K
      : never
    : Wanted extends 'required'
      ? K
      : never;
}[keyof T];
type Required<T> = { readonly [K in Keys<T, 'required'>]: Check<T[K]> };
type Optional<T> = { readonly [K in Keys<T, 'optional'>]-?: Check<Exclude<T[K], undefined>> };

const MAX_SHOWN = 40;

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** A check by a predicate; `expected` completes "… was expected". */
export function such<T>(expected: string, holds: (value: unknown) => boolean): Check<T> {
  return (value, path = '') => {
    if (!holds(value)) throw new ValidationError(path, expected, value);
    return value as T;
  };
}

export const string: Check<string> = such('a text', (value) => typeof value === 'string');
export const boolean: Check<boolean> = such('true or false', (value) => typeof value === 'boolean');
/** Finite: NaN and infinities are not JSON. */
export const number: Check<number> = such('a finite number', (value) => Number.isFinite(value));
/** A whole number from 0. */
export const count: Check<number> = such(
  'a whole number from 0',
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
);
/** A share, 0..1. */
export const share: Check<number> = such(
  'a number from 0 to 1',
  (value) => typeof value === 'number' && value >= 0 && value <= 1,
);

/** One of the given values. */
export function oneOf<const T extends string | number>(values: readonly T[]): Check<T> {
  return such(`one of ${values.join(', ')}`, (value) => values.includes(value as T));
}

/** An array, each element checked. `length`: exactly so many. */
export function list<T>(element: Check<T>, length?: number): Check<readonly T[]> {
  return (value, path = '') => {
    if (!Array.isArray(value) || (length !== undefined && value.length !== length)) {
      throw new ValidationError(path, length === undefined ? 'an array' : `an array of ${length}`, value);
    }
    value.forEach((item: unknown, index) => element(item, `${path}[${index}]`));
    return value as readonly T[];
  };
}

/** An object that is no array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object with any keys, each value checked. */
export function record<T>(element: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value, path = '') => {
    if (!isRecord(value)) throw new ValidationError(path, 'an object', value);
    for (const [key, item] of Object.entries(value)) element(item, path === '' ? key : `${path}.${key}`);
    return value as Record<string, T>;
  };
}

/**
 * An object with these fields. Keys it does not know are left alone, so that a newer writer does not break an older
 * reader.
 */
export function object<T>(
  required: Required<T>,
  ...optional: Keys<T, 'optional'> extends never ? [] : [Optional<T>]
): Check<T> {
  const needed = Object.entries(required) as [string, Check<unknown>][];
  const extra = Object.entries(optional[0] ?? {}) as [string, Check<unknown>][];
  return (value, path = '') => {
    if (!isRecord(value)) throw new ValidationError(path, 'an object', value);
    const at = (key: string): string => (path === '' ? key : `${path}.${key}`);
    for (const [key, check] of needed) check(value[key], at(key));
    for (const [key, check] of extra) if (value[key] !== undefined) check(value[key], at(key));
    return value as T;
  };
}

/** A union told apart by its `type` field. */
export function tagged<T extends { readonly type: string }>(cases: {
  readonly [K in T['type']]: Check<Extract<T, { readonly type: K }>>;
}): Check<T> {
  const known: Readonly<Record<string, Check<T>>> = cases;
  const type = oneOf(Object.keys(cases));
  return (value, path = '') => {
    if (!isRecord(value)) throw new ValidationError(path, 'an object', value);
    return known[type(value['type'], path === '' ? 'type' : `${path}.type`)]!(value, path);
  };
}
