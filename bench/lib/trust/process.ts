/**
 * A process of a measurement of trust: does the job in its last argument on one thread and prints the result. With
 * `--drive FILE`: does all jobs of a file.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openBackend } from '../../../src/devices/open-device.ts';
import { drive, type Result } from './drive.ts';
import { perform, type Job } from './jobs.ts';

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      drive: { type: 'string' },
      jobs: { type: 'string', default: '1' },
      cache: { type: 'string', default: 'trust.jsonl' },
      limit: { type: 'string' },
      log: { type: 'string' },
      seeds: { type: 'string', default: '1' },
    },
  });
  if (values.drive === undefined) {
    await openBackend('wasm', { threads: 1 });
    process.stdout.write(JSON.stringify(await perform(JSON.parse(positionals[0]!) as Job)));
    return;
  }
  const began = performance.now();
  const seeds = values.seeds.split(',').map(Number);
  await drive(JSON.parse(readFileSync(values.drive, 'utf8')) as Job[], {
    jobs: Number(values.jobs),
    cache: values.cache,
    command: [process.execPath, ...process.execArgv, process.argv[1]!],
    ...(values.limit !== undefined && { limit: Number(values.limit) }),
    follow: (job: Job, result: Result) =>
      'decodes' in result && job.kind === 'shared' && job.trials > 0
        ? Object.values(result.decodes).flatMap((assignment) =>
            seeds.map((seed): Job => ({ kind: 'alone', question: job.question, assignment, seed })),
          )
        : [],
    report: (text) => {
      if (values.log !== undefined)
        appendFileSync(values.log, `${((performance.now() - began) / 1000).toFixed(0)} s ${text}\n`);
    },
  });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
