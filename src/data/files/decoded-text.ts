/** The text of a file, as programs write such files. */

/** Of the marks that begin a file, those of UTF-16; that of UTF-8 is left out by its decoder. */
const MARKS: readonly (readonly [number, number, string])[] = [
  [0xff, 0xfe, 'utf-16le'],
  [0xfe, 0xff, 'utf-16be'],
];

/**
 * Text in UTF-8, or in UTF-16 where a mark at its beginning says so; else in Windows' western code page (1252), as
 * spreadsheets save tables: letters outside of ASCII stay different ones.
 */
export function decodedText(bytes: Uint8Array): string {
  const marked = MARKS.find(([first, second]) => bytes[0] === first && bytes[1] === second);
  if (marked) return new TextDecoder(marked[2]).decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
