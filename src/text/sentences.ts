/** Sentences that come from several places, put together. */

/**
 * The parts that are not empty, one after the other, each closed by a full stop unless it ends in a mark of its own.
 */
export function sentences(...parts: readonly string[]): string {
  const said = parts.map((part) => part.trim()).filter((part) => part !== '');
  return said.map((part) => (/[.!?:…]['"`)\]]*$/.test(part) ? part : `${part}.`)).join(' ');
}

/** A failure in sentences: what happened, why, and what to do. */
export function failureText({
  what,
  why,
  next,
}: {
  readonly what: string;
  readonly why: string;
  readonly next: string;
}): string {
  return sentences(what, why, next);
}

/** With a capital letter at its beginning. */
export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
