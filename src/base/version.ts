/** The version of this program, from its package. */
export { version as VERSION } from '../../package.json';
