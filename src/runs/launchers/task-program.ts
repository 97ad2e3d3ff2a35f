/** What works on a run folder elsewhere: the command line of this installation, `udc resume FOLDER`. */
import { dirname, extname, join } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ClusterSettings } from './cluster-settings.ts';

/**
 * The words that begin a `udc` command on another machine: of the settings, else those of this machine, which a shared
 * disk shows there too. In a checkout the source, run by tsx.
 */
export function udcCommand({ node, udc }: Pick<ClusterSettings, 'node' | 'udc'>): readonly string[] {
  const program = node ?? process.execPath;
  if (udc !== undefined) return [program, udc];
  const here = fileURLToPath(import.meta.url);
  return extname(here) === '.ts'
    ? [program, '--import', tsx(), join(dirname(here), '..', '..', 'cli', 'udc.ts')]
    : [program, join(dirname(here), 'cli.cjs')];
}

/** Whatever folder a task begins in. */
const tsx = (): string => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
