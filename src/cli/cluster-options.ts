/** `--on`, and what clusters have to be told: options, or a small file. */
import { resolve } from 'node:path';
import { messageOf } from '../base/error-text.ts';
import { parse } from 'yaml';
import { MOST, readRegularText } from '../data/files/regular-file.ts';
import { SettingsError, clusterSettings, type ClusterSettings } from '../runs/launchers/cluster-settings.ts';
import { CommandError, UsageError } from './terminal/io.ts';

/** Taken by every command that submits. */
export const CLUSTER_OPTIONS = {
  cluster: {
    type: 'string',
    value: 'FILE',
    about: 'settings of the cluster (`partition: NAME`, …; docs/remote.md); options go before them',
  },
  account: { type: 'string', value: 'NAME', about: 'of the cluster' },
  partition: { type: 'string', value: 'NAME', about: 'of the cluster' },
  time: {
    type: 'string',
    value: '4:00:00',
    about: 'limit of a task; before it a checkpoint is made, from which it goes on',
  },
  memory: { type: 'string', value: '4G', about: 'of a task' },
  cpus: { type: 'string', value: 'N', about: 'cores of a task' },
} as const;

const DIRECT = ['account', 'partition', 'time', 'memory', 'cpus'] as const;

export type ClusterValues = { readonly [K in keyof typeof CLUSTER_OPTIONS]?: string | undefined };

/** @throws UsageError for an option, CommandError for the file */
export async function clusterOf(values: ClusterValues): Promise<ClusterSettings> {
  const file = values.cluster === undefined ? {} : await settingsIn(values.cluster);
  const said = Object.fromEntries(DIRECT.map((key) => [key, values[key]]));
  try {
    return { ...file, ...clusterSettings(said, 'options') };
  } catch (error) {
    if (error instanceof SettingsError) throw new UsageError(error.message);
    throw error;
  }
}

async function settingsIn(file: string): Promise<ClusterSettings> {
  const text = await readRegularText(resolve(file), MOST.names).catch((error: unknown) => {
    throw new CommandError(`${file}: ${messageOf(error)}`);
  });
  try {
    return clusterSettings(parse(text), file);
  } catch (error) {
    if (error instanceof SettingsError) throw new CommandError(error.message);
    throw new CommandError(`${file}: this is no YAML: ${messageOf(error).split('\n')[0]}`);
  }
}

/** Options of a cluster without one are a mistake. @throws UsageError */
export function refuseClusterOptions(values: ClusterValues): void {
  const [stray] = (Object.keys(CLUSTER_OPTIONS) as (keyof ClusterValues)[]).filter((key) => values[key] !== undefined);
  if (stray !== undefined) throw new UsageError(`--${stray} says something of a cluster: add --on slurm`);
}
