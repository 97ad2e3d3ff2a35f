/** Entry of the bundle that writes finished runs and measurements in other forms. */
export { exportEnsemble } from '../formats/ensembles/export-ensemble.ts';
export { findFormat, FORMATS } from '../formats/format-table.ts';
export { exportInput } from '../reports/export-input.ts';
export { measureCsv } from '../reports/measure-csv.ts';
export { measureHtml } from '../reports/measure-html.ts';
export { sweepCsv } from '../reports/sweep-csv.ts';
export { sweepHtml } from '../reports/sweep-html.ts';
