/** A table in words, as command line, panel and reports draw it. */

/** Cells of text under a head. */
export interface WordTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns whose cells are numbers. */
  readonly numeric: readonly number[];
}
