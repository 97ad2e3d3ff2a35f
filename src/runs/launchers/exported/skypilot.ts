/** A sweep as managed jobs of SkyPilot: a task file, and a launch for each run, which a spot machine may interrupt. */
import { stringify } from 'yaml';
import { shellWord } from '../../../text/neutral.ts';
import { memoryBytes, searchEnvironment, type ExportedSweep, type Exporter } from './exported-sweep.ts';

export const skypilot: Exporter = {
  next: 'sh launch.sh (one `sky jobs launch` for each run)',
  needs: ['storage', 'mount', 'udc'],
  files: (sweep) => [
    { name: 'task.yaml', text: stringify(taskOf(sweep), { lineWidth: 0 }) },
    { name: 'launch.sh', text: launches(sweep) },
  ],
};

function taskOf({ name, folder, udc, settings }: ExportedSweep): object {
  const { storage, mount, image, memory, cpus = 1 } = settings;
  return {
    name,
    resources: {
      cpus: `${cpus}+`,
      ...(memory !== undefined && { memory: `${Math.ceil(memoryBytes(memory) / 2 ** 30)}+` }),
      use_spot: true,
      ...(image !== undefined && { image_id: `docker:${image}` }),
    },
    envs: { UDC_RUN: null, ...searchEnvironment(cpus) },
    // Of the ways to mount a bucket, this one lets a program append to files.
    file_mounts: { [mount!]: { source: storage, mode: 'MOUNT_CACHED' } },
    run: `${[...udc, 'resume'].map(shellWord).join(' ')} ${shellWord(folder)}/"$UDC_RUN" --unattended\n`,
  };
}

const launches = ({ name, runs }: ExportedSweep): string =>
  `#!/bin/sh
# Launches a managed job for each run of the sweep; one that is interrupted is begun again by SkyPilot.
set -eu
cd "$(dirname "$0")"
${runs.map((run, at) => `sky jobs launch --yes --detach-run --name ${name}-${at} --env UDC_RUN=${shellWord(run)} task.yaml\n`).join('')}`;
