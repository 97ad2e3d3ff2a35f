/** A sweep as jobs of Ray: bodies of its HTTP jobs API, one a line, and a script that posts them. */
import { shellWord } from '../../../text/neutral.ts';
import { memoryBytes, searchEnvironment, type ExportedSweep, type Exporter } from './exported-sweep.ts';

export const ray: Exporter = {
  next: 'RAY_ADDRESS=http://HEAD:8265 sh submit.sh',
  needs: [],
  files: (sweep) => [
    {
      name: 'jobs.ndjson',
      text: bodies(sweep)
        .map((body) => `${JSON.stringify(body)}\n`)
        .join(''),
    },
    { name: 'submit.sh', text: SUBMIT },
  ],
};

/** Of `POST /api/jobs/`. An identity of its own makes a job that is posted twice one. */
function bodies({ name, folder, runs, udc, settings: { cpus = 1, memory } }: ExportedSweep): readonly object[] {
  return runs.map((run, at) => ({
    submission_id: `${name}-${at}`,
    // Ray gives it to a shell.
    entrypoint: [...udc, 'resume', `${folder}/${run}`, '--unattended'].map(shellWord).join(' '),
    entrypoint_num_cpus: cpus,
    ...(memory !== undefined && { entrypoint_memory: memoryBytes(memory) }),
    runtime_env: { env_vars: searchEnvironment(cpus) },
    metadata: { udc_run: run },
  }));
}

const SUBMIT = `#!/bin/sh
# Posts each job to the head of a Ray cluster: RAY_ADDRESS=http://HEAD:8265
set -eu
cd "$(dirname "$0")"
: "\${RAY_ADDRESS:?the address of the dashboard, as http://HEAD:8265}"
while IFS= read -r body; do
  printf '%s' "$body" | curl --fail --silent --show-error --header 'Content-Type: application/json' --data-binary @- "\${RAY_ADDRESS%/}/api/jobs/"
  echo
done <jobs.ndjson
`;
