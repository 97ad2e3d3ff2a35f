/**
 * Parts of the extension that lie in bundles of their own (scripts/build/bundles.mjs), each loaded when it is first
 * needed.
 */

/** What understands definitions: the YAML library, the schema's validator, the size tables. */
export const definitionTools = (): Promise<typeof import('./definition-tools.ts')> => import('./definition-tools.ts');

/** What writes results for other programs, with the libraries of their formats. */
export const exportTools = (): Promise<typeof import('./export-tools.ts')> => import('./export-tools.ts');
