/** Numbers of a data sheet, with whether somebody looked them up. */
import type { Sourced } from './weight-tensor.ts';

export function known<T>(value: T, source: string): Sourced<T> {
  return { value, source, confirmed: true };
}

export function recalled<T>(value: T, source: string): Sourced<T> {
  return { value, source, confirmed: false };
}
