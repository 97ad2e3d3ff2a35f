/** What works on a run folder elsewhere: the command line of this installation, `udc resume FOLDER`. */
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClusterSettings } from './cluster-settings.ts';
import { tsxLoader } from './tsx-loader.ts';

/**
 * The words that begin a `udc` command on another machine: of the settings, else those of this machine, which a shared
 * disk shows there too. In a checkout the source, run by tsx.
 */
export function udcCommand({ node, udc }: Pick<ClusterSettings, 'node' | 'udc'>): readonly string[] {
  const program = node ?? process.execPath;
  if (udc !== undefined) return [program, udc];
  const here = fileURLToPath(import.meta.url);
  return extname(here) === '.ts'
    ? [program, '--import', tsxLoader(), join(dirname(here), '..', '..', 'cli', 'udc.ts')]
    : [program, join(dirname(here), 'cli.cjs')];
}
