/**
 * Makes the data that scripts/make-perf-model.ts measures and learns from: random networks of the spaces in
 * scripts/perf/perf-spaces.ts with what UDC and what Vela say of them on every Ethos-U, a line of JSON each. Needs the
 * environment of `npm run test:interop`.
 *
 *     npx tsx scripts/make-perf-data.ts [--networks 100] [--seed 0] [--out out/perf.ndjson] [--arena] [--presets]
 *
 * `--networks`: of each space. `--arena`: also with the arena size that UDC names. `--presets`: also with two other
 * systems and memory modes. An interrupted run goes on where it was.
 */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { labelled, type Drawn } from './perf/label-networks.ts';
import { perfRecords } from './perf/perf-record.ts';
import { MLPERF, SPACE_NAMES, SPACES } from './perf/perf-spaces.ts';

/** Networks that are compiled in one process. */
const TOGETHER = 28;

const { values: options } = parseArgs({
  options: {
    networks: { type: 'string', default: '100' },
    seed: { type: 'string', default: '0' },
    out: { type: 'string', default: join('out', 'perf.ndjson') },
    arena: { type: 'boolean', default: false },
    presets: { type: 'boolean', default: false },
  },
});

/** A whole number from 0. Throws a RangeError that names the option. */
function wholeNumber(name: 'networks' | 'seed'): number {
  const value = Number(options[name]);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`--${name} ${options[name]}: a whole number from 0 was expected`);
  return value;
}

const [networks, seed] = [wholeNumber('networks'), wholeNumber('seed')];
const { out, arena, presets } = options;

/** Ids that the file holds. A line that was cut off is taken away. */
function labelledAlready(): Set<string> {
  mkdirSync(dirname(out), { recursive: true });
  if (!existsSync(out)) return new Set();
  const text = readFileSync(out, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) writeFileSync(out, whole);
  return new Set(perfRecords(whole).map(({ id }) => id));
}

const known = labelledAlready();
/** A network of each space in turn: what is there after an interruption is of all of them. */
const wanted = [
  ...Object.keys(MLPERF).map((name) => ({
    id: `mlperf-tiny#${name}`,
    space: 'mlperf-tiny',
    seed: 0,
    draw: MLPERF[name]!,
  })),
  ...Array.from({ length: networks }, (_, k) =>
    SPACE_NAMES.map((space) => ({
      id: `${space}#${seed + k}`,
      space,
      seed: seed + k,
      draw: () => SPACES[space](seed + k),
    })),
  ).flat(),
].filter(({ id }) => !known.has(id));

const folder = mkdtempSync(join(tmpdir(), 'udc-perf-'));
try {
  let made = 0;
  for (let from = 0; from < wanted.length; from += TOGETHER) {
    const drawn = wanted
      .slice(from, from + TOGETHER)
      .map(({ id, space, seed: weights, draw }): Drawn => ({ id, space, seed: weights, architecture: draw() }));
    const records = await labelled(drawn, folder, { arena, presets });
    appendFileSync(out, records.map((one) => `${JSON.stringify(one)}\n`).join(''));
    made += records.length;
    console.log(`${known.size + made} of ${known.size + wanted.length} networks in ${out}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
