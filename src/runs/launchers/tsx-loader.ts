/** In a checkout, sources are run by tsx: what `--import` has to be given, whatever folder a process begins in. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

export const tsxLoader = (): string => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
