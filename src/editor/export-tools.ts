/** Entry of the bundle that writes a finished run in other forms. */
export { exportEnsemble } from '../formats/ensembles/export-ensemble.ts';
export { findFormat, FORMATS } from '../formats/format-table.ts';
export { exportInput } from '../reports/export-input.ts';
export { sweepCsv } from '../reports/sweep-csv.ts';
export { sweepHtml } from '../reports/sweep-html.ts';
