/** Entry of the bundle that writes a finished run in other forms. */
export { findFormat, FORMATS } from '../export/formats.ts';
export { exportInput } from '../export/input.ts';
