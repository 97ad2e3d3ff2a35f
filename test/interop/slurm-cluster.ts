/**
 * A real Slurm on this machine, for as long as a test needs it: munge, controller and one node, all in a folder of
 * their own, without accounting and control groups.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const SBIN = ['/usr/sbin', '/sbin', '/usr/local/sbin'];
const DAEMONS = ['munged', 'slurmctld', 'slurmd'] as const;
const COMMANDS = ['sbatch', 'squeue', 'scontrol', 'scancel'];

const daemon = (name: string): string | undefined =>
  SBIN.map((dir) => join(dir, name)).find((path) => existsSync(path));

const onPath = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((dir) => existsSync(join(dir, name)));

/** Why no Slurm can be run here; undefined where it can. */
export function obstacle(): string | undefined {
  if (process.platform !== 'linux') return 'Slurm runs on Linux';
  if (process.getuid?.() !== 0) return 'its daemons are started by root';
  const missing = [
    ...DAEMONS.filter((name) => daemon(name) === undefined),
    ...COMMANDS.filter((name) => !onPath(name)),
  ];
  return missing.length === 0 ? undefined : `${missing.join(', ')} not installed (Debian: slurm-wlm, munge)`;
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });

export class SlurmCluster {
  private readonly children: ChildProcess[] = [];

  private constructor(
    private readonly folder: string,
    readonly conf: string,
  ) {}

  /** Starts all of it and waits until the node takes jobs. @throws Error with the daemons' last words */
  static async start(folder: string, largestArray: number): Promise<SlurmCluster> {
    const at = (name: string): string => join(folder, name);
    for (const name of ['state', 'spool']) mkdirSync(at(name));
    writeFileSync(at('munge.key'), randomBytes(1024), { mode: 0o400 });
    const [controller, node] = [await freePort(), await freePort()];
    const host = hostname().split('.')[0]!;
    const settings = {
      ClusterName: 'udc',
      SlurmctldHost: `${host}(127.0.0.1)`,
      SlurmctldPort: controller,
      SlurmdPort: node,
      AuthType: 'auth/munge',
      // What is requeued waits for as long as a credential lives: by default two minutes.
      AuthInfo: `socket=${at('munge.socket')},cred_expire=5`,
      CredType: 'cred/munge',
      SlurmUser: 'root',
      SlurmdUser: 'root',
      StateSaveLocation: at('state'),
      SlurmdSpoolDir: at('spool'),
      SlurmctldPidFile: at('slurmctld.pid'),
      SlurmdPidFile: at('slurmd.pid'),
      ProctrackType: 'proctrack/linuxproc',
      TaskPlugin: 'task/none',
      SelectType: 'select/cons_tres',
      SelectTypeParameters: 'CR_CPU',
      AccountingStorageType: 'accounting_storage/none',
      JobAcctGatherType: 'jobacct_gather/none',
      MpiDefault: 'none',
      ReturnToService: 2,
      SlurmdParameters: 'config_overrides',
      MaxArraySize: largestArray,
      KillWait: 30,
      SchedulerParameters: 'sched_interval=1,batch_sched_delay=0',
    };
    const conf = at('slurm.conf');
    writeFileSync(
      conf,
      `${Object.entries(settings)
        .map(([key, value]) => `${key}=${value}`)
        .join(
          '\n',
        )}\nNodeName=${host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN\nPartitionName=main Nodes=ALL Default=YES State=UP\n`,
    );
    const cluster = new SlurmCluster(folder, conf);
    try {
      cluster.spawn('munged', [
        '--foreground',
        '--force',
        ...['key', 'seed', 'pid'].map((name) => `--${name}-file=${at(`munge.${name}`)}`),
        `--log-file=${at('munged.log')}`,
        `--socket=${at('munge.socket')}`,
      ]);
      await cluster.until(() => existsSync(at('munge.socket')), 'munged');
      cluster.spawn('slurmctld', ['-D', '-c', '-f', conf]);
      cluster.spawn('slurmd', ['-D', '-f', conf]);
      await cluster.until(
        () => /idle/.test(cluster.ask('sinfo', ['--noheader', '--format=%T'])),
        'slurmctld',
        'slurmd',
      );
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Output of one of Slurm's commands; '' where it fails. */
  ask(command: string, args: readonly string[]): string {
    const told = spawnSync(command, [...args], { encoding: 'utf8', env: this.env });
    return told.status === 0 ? told.stdout : '';
  }

  get env(): NodeJS.ProcessEnv {
    return { ...process.env, SLURM_CONF: this.conf };
  }

  private spawn(name: (typeof DAEMONS)[number], args: readonly string[]): void {
    const log = join(this.folder, `${name}.out`);
    // Its own process group, so that the test's end reaches all of it; words go into a file.
    const child = spawn('/bin/sh', ['-c', 'exec "$@" >"$0" 2>&1', log, daemon(name)!, ...args], { env: this.env });
    this.children.push(child);
  }

  private async until(holds: () => boolean, ...names: readonly string[]): Promise<void> {
    for (let look = 0; look < 300; look += 1) {
      if (holds()) return;
      if (this.children.some(({ exitCode }) => exitCode !== null)) break;
      await sleep(200);
    }
    const words = names.map((name) => {
      const log = join(this.folder, `${name}.out`);
      return `${name}: ${existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').slice(-3).join(' / ') : ''}`;
    });
    throw new Error(`Slurm did not start: ${words.join('; ')}`);
  }

  /** Ends jobs and daemons, each by its own number. */
  async stop(): Promise<void> {
    spawnSync('scancel', ['--signal=KILL', '--full', '--user=root'], { env: this.env, timeout: 10_000 });
    for (const child of [...this.children].reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await gone;
      clearTimeout(late);
    }
  }
}
