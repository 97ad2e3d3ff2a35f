/** Measurements in tables and sentences, in the order in which terminal and page have them. */
import { bottleneckTable, measureNotes, measureTables, orderTable, orderText } from '../charts/measure-tables.ts';
import type { MeasureReport } from '../wire/measurements.ts';
import type { Table } from './facts.ts';

export interface MeasureText {
  readonly tables: readonly Table[];
  /** How the order of networks changes; empty for fewer than three networks. */
  readonly order: string;
  /** What the numbers are, and why others are not there. */
  readonly notes: readonly string[];
}

export const measureText = (report: MeasureReport): MeasureText => ({
  tables: [...measureTables(report), bottleneckTable(report), orderTable(report)].flatMap((table) => table ?? []),
  order: orderText(report),
  notes: measureNotes(report),
});
