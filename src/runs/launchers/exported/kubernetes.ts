/**
 * A sweep as an Indexed Job of Kubernetes (batch/v1): each index works on one run folder of a volume. Per-index backoff
 * and `FailIndex` are on by default from 1.29 on.
 */
import { stringify } from 'yaml';
import { searchEnvironment, timeSeconds, type ExportedSweep, type Exporter } from './exported-sweep.ts';

/** Exit codes of `udc resume` after which the same again would end the same (src/cli/terminal/io.ts). */
const FINAL = [1, 2, 3];
/** What an index may fail without being at fault: evicted, out of memory, killed. */
const RETRIES = 6;
/** Seconds for a checkpoint between SIGTERM and SIGKILL. */
const GRACE = 120;

export const kubernetes: Exporter = {
  next: 'kubectl apply -f job.yaml',
  needs: ['image', 'claim', 'mount', 'udc'],
  files: (sweep) => [{ name: 'job.yaml', text: stringify(jobOf(sweep), { lineWidth: 0 }) }],
};

/** Folder, names of runs and the command are arguments of the shell, never its text. */
const CHOOSE = [
  'folder=$1',
  'name=$(printf %s "$2" | cut -d " " -f "$((JOB_COMPLETION_INDEX + 1))")',
  'shift 2',
  'exec "$@" resume "$folder/$name" --unattended',
].join('\n');

function jobOf({ name, folder, runs, udc, atOnce, settings }: ExportedSweep): object {
  const { image, claim, mount, namespace, memory, time, cpus = 1, grace = GRACE } = settings;
  const resources = { cpu: String(cpus), ...(memory !== undefined && { memory: `${memory}i` }) };
  const command = ['/bin/sh', '-c', CHOOSE, 'udc', folder, runs.join(' '), ...udc];
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: {
      completionMode: 'Indexed',
      completions: runs.length,
      parallelism: Math.min(atOnce ?? runs.length, runs.length),
      backoffLimitPerIndex: settings.requeues ?? RETRIES,
      maxFailedIndexes: runs.length,
      podFailurePolicy: {
        rules: [
          // A pod that had to make room is begun again, and goes on from its checkpoint.
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          { action: 'FailIndex', onExitCodes: { containerName: 'udc', operator: 'In', values: FINAL } },
        ],
      },
      template: {
        spec: {
          restartPolicy: 'Never',
          ...(time !== undefined && { activeDeadlineSeconds: timeSeconds(time) }),
          terminationGracePeriodSeconds: grace,
          containers: [
            {
              name: 'udc',
              image,
              // Kubernetes itself expands `$(NAME)`, and takes `$$` for `$`.
              command: command.map((word) => word.replaceAll('$', '$$$$')),
              env: Object.entries(searchEnvironment(cpus)).map(([key, value]) => ({ name: key, value })),
              resources: { requests: resources, limits: resources },
              volumeMounts: [{ name: 'runs', mountPath: mount }],
            },
          ],
          volumes: [{ name: 'runs', persistentVolumeClaim: { claimName: claim } }],
        },
      },
    },
  };
}
