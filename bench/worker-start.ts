/** From starting a search to its first event, in the real worker process. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LAUNCHERS } from '../src/runs/launchers/launcher-table.ts';
import { startRun } from '../src/runs/supervisor.ts';
import { columns, type Timing } from './lib/measure.ts';
import type { Benchmark } from './run.ts';

const ROUNDS = 5;
const BUNDLE = fileURLToPath(new URL('../dist/worker.cjs', import.meta.url));

const DEFINITION = `udc: 1
name: start
task: classification
input: 32x16x1
dataset: { format: generated, generator: tones, samples: 64, seed: 1 }
target: { npu: ethos-u55-128, weights: 16 KiB }
layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 4 | 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6 }
`;

/** Milliseconds until the worker's first event; the run is cancelled after it. */
async function once(runs: string): Promise<number> {
  const start = performance.now();
  let first = Number.NaN;
  let heard: () => void = () => undefined;
  const event = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const handle = await startRun(
    runs,
    {
      name: 'start',
      definitionText: DEFINITION,
      definitionPath: join(runs, 'start.udc.yaml'),
      strategy: 'udc',
      limits: [{ cost: 'weights', limit: 16 << 10, from: 'given' }],
      seed: 1,
      backend: 'wasm',
      baselines: [],
      version: 'benchmark',
    },
    {
      event: () => {
        if (Number.isNaN(first)) first = performance.now() - start;
        heard();
      },
    },
    LAUNCHERS.local({ path: BUNDLE }),
  );
  await Promise.race([event, handle.ended]);
  const { failure } = await handle.cancel();
  if (Number.isNaN(first)) throw new Error(failure?.what ?? 'The worker ended before its first event.');
  return first;
}

export const benchmark: Benchmark = {
  name: 'worker-start',
  describe: 'From starting a search to its first event (process, backend, data set, supernet), in milliseconds.',
  async run() {
    if (!existsSync(BUNDLE)) throw new Error(`${BUNDLE} is missing: run \`npm run build\` first.`);
    const runs = await mkdtemp(join(tmpdir(), 'udc-bench-'));
    try {
      const milliseconds: number[] = [];
      for (let i = 0; i < ROUNDS; ++i) milliseconds.push(await once(runs));
      const timing: Timing = { milliseconds, cpuMilliseconds: [Number.NaN] };
      return [{ what: 'first event', 'median ms': columns(timing)['median ms'] }];
    } finally {
      await rm(runs, { recursive: true, force: true });
    }
  },
};
