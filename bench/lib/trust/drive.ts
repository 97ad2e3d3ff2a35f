/**
 * Runs jobs in processes side by side and keeps what they find, one line of JSON each, so that nothing is computed
 * twice.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LegsResult } from './early-legs.ts';
import { keyOf, type AloneResult, type Job, type SearchResult, type SharedResult } from './jobs.ts';

export type Result = AloneResult | SharedResult | SearchResult | LegsResult;
interface Line {
  readonly key: string;
  readonly job: Job;
  readonly result: Result;
}

export interface DriveOptions {
  /** Processes. */
  readonly jobs: number;
  /** File of results, added to. */
  readonly cache: string;
  /** Seconds after which nothing more is begun, and what runs is stopped. */
  readonly limit?: number;
  /** How to start a process that does the job given as its last argument and prints the result. */
  readonly command: readonly string[];
  /** Jobs that a result asks for; they come next. */
  follow?(job: Job, result: Result): readonly Job[];
  report?(text: string): void;
}

/** As parameters say, in processes of `process.ts`; what is done is told. Makes the cache's folder. */
export function drivingBy({ jobs, cache }: { readonly jobs: string; readonly cache: string }): DriveOptions {
  mkdirSync(dirname(cache), { recursive: true });
  return {
    jobs: Number(jobs),
    cache,
    command: [process.execPath, '--import', 'tsx', fileURLToPath(new URL('process.ts', import.meta.url))],
    report: (text) => {
      process.stderr.write(`${text}\n`);
    },
  };
}

/** Results by key. A line that a stopped process left unfinished is passed over. */
export function readCache(file: string): Map<string, Result> {
  if (!existsSync(file)) return new Map();
  return new Map(
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((text) => {
        try {
          const { key, result } = JSON.parse(text) as Line;
          return [[key, result] as const];
        } catch {
          return [];
        }
      }),
  );
}

function runJob(command: readonly string[], job: Job, stop: AbortSignal): Promise<Result> {
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program!, [...args, JSON.stringify(job)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      signal: stop,
      env: { ...process.env, UDC_THREADS: '1' },
    });
    let text = '';
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(text) as Result);
      else reject(new Error(`ended with ${code}`));
    });
  });
}

/** Does all jobs that the cache lacks; returns the results by key. */
export async function drive(
  jobs: readonly Job[],
  { jobs: processes, cache, limit, command, follow, report }: DriveOptions,
): Promise<Map<string, Result>> {
  const known = readCache(cache);
  const begun = new Set<string>();
  const queue = [...jobs];
  const stop = limit === undefined ? new AbortController().signal : AbortSignal.timeout(limit * 1000);
  let running = 0;
  const done = (job: Job, result: Result): void => {
    queue.unshift(...(follow?.(job, result) ?? []));
  };
  await new Promise<void>((finish) => {
    const next = (): void => {
      while (running < processes && queue.length > 0 && !stop.aborted) {
        const job = queue.shift()!;
        const key = keyOf(job);
        if (begun.has(key)) continue;
        begun.add(key);
        const result = known.get(key);
        if (result) {
          done(job, result);
          continue;
        }
        running++;
        runJob(command, job, stop)
          .then(
            (found) => {
              known.set(key, found);
              appendFileSync(cache, `${JSON.stringify({ key, job, result: found } satisfies Line)}\n`);
              report?.(key);
              done(job, found);
            },
            (error: unknown) => report?.(`${key}: ${error instanceof Error ? error.message : String(error)}`),
          )
          .finally(() => {
            running--;
            next();
          });
      }
      if (running === 0) finish();
    };
    next();
  });
  return known;
}
