/** Everything that is said of a combination of runs, in the order in which it is read. */
import {
  averagingText,
  certificateRows,
  membersTable,
  pointsTable,
  ruleText,
  verdictText,
  worseText,
} from '../charts/ensemble-words.ts';
import type { EnsembleReport } from '../wire/ensemble.ts';
import type { Table } from './facts.ts';

export interface EnsembleText {
  readonly tables: readonly Table[];
  readonly paragraphs: readonly string[];
  /** Label and value. */
  readonly certificate: readonly (readonly [string, string])[];
}

export function ensembleText(report: EnsembleReport): EnsembleText {
  const worse = worseText(report);
  return {
    tables: [membersTable(report), pointsTable(report)],
    paragraphs: [
      `* ${ruleText(report)}`,
      averagingText(report),
      verdictText(report),
      ...(worse === undefined ? [] : [worse]),
    ],
    certificate: certificateRows(report),
  };
}
