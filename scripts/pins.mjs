// Whether searches still give the same numbers, bit for bit: records a dozen small ones and compares two records.
// node scripts/pins.mjs record OUT.json [--cli dist/cli.cjs] node scripts/pins.mjs compare BEFORE.json AFTER.json
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { inRoot } from './lib/paths.mjs';
import { PINS } from './pins/definitions.mjs';

/** A file of numpy: float32 or uint8, row-major. */
function npy(shape, data, type) {
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const padded = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11, ' ') + '\n';
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 255, padded.length >> 8]);
  return Buffer.concat([start, Buffer.from(padded), data]);
}

/** Pairs of small and large images, whose large pixel is a function of its place. */
function writePairs(folder) {
  fs.mkdirSync(folder, { recursive: true });
  for (const [part, count] of [
    ['train', 64],
    ['test', 16],
  ]) {
    const pixels = (side) =>
      Buffer.from(
        Uint8Array.from({ length: count * side * side }, (_, i) => {
          const [n, y, x] = [Math.floor(i / side / side), Math.floor(i / side) % side, i % side];
          return 127 + 120 * Math.sin(((8 / side) * (x * (1 + (n % 3)) + 2 * y) + n) / 3);
        }),
      );
    fs.writeFileSync(path.join(folder, `x_${part}.npy`), npy([count, 8, 8, 1], pixels(8), '|u1'));
    fs.writeFileSync(path.join(folder, `y_${part}.npy`), npy([count, 16, 16, 1], pixels(16), '|u1'));
  }
}

const lines = (file) =>
  fs
    .readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Events that versions before 0.2 do not write: they say more of the same search. */
const LATER = new Set(['candidate', 'trial', 'dropped', 'predicted']);

/** What a search must give again, whatever version wrote it: no times, no words. */
function essence(folder) {
  const told = lines(path.join(folder, 'events.ndjson')).filter(({ type }) => !LATER.has(type));
  const events = told.map((event, seq) => {
    const { type } = event;
    if (type === 'epoch') {
      const { stage, epoch, trainLoss, validationLoss, metric, exactBytes, learningRate, probabilities, assignment } =
        event;
      const { tau, mu, entropy } = event.numbers ?? event;
      const own = event.numbers && Object.keys(event.numbers).length === 0 ? {} : { tau, mu, entropy };
      const deciding = own.tau !== undefined && (stage === 'warmup' || stage === 'search');
      return {
        type,
        seq,
        stage,
        epoch,
        trainLoss,
        validationLoss,
        metric,
        exactBytes,
        learningRate,
        probabilities,
        assignment,
        layers: event.layers,
        norms: event.norms,
        ...(deciding && { ...own, expectedBytes: event.expectedBytes }),
      };
    }
    if (type === 'decoded') return { type, seq, assignment: event.assignment, exactBytes: event.exactBytes };
    if (type === 'repaired') return { type, seq, before: event.beforeBytes, after: event.afterBytes };
    if (type === 'finished') return { type, seq, exactBytes: event.exactBytes, metric: event.metric };
    return { type, seq };
  });
  const result = JSON.parse(fs.readFileSync(path.join(folder, 'result.json'), 'utf8'));
  const network = result.networks?.[0] ?? result;
  return {
    events,
    decisions: network.decisions.map(({ id, option }) => [id, option]),
    layers: network.layers,
    totals: network.totals,
    metrics: [network.floatMetric, network.integerMetric],
    sha256: network.certificate.encodedSha256,
    steps: network.steps,
  };
}

function run(cli, args) {
  const { status, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' });
  return { status, stderr };
}

/** Runs all searches, each once to its end and each second one stopped and resumed. */
function record(cli) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'udc-pins-'));
  writePairs(path.join(folder, 'pairs'));
  const found = {};
  for (const pin of PINS) {
    const file = path.join(folder, `${pin.name}.udc.yaml`);
    fs.writeFileSync(file, pin.text);
    const runs = path.join(folder, `runs-${pin.name}`);
    const { status, stderr } = run(cli, [
      'search',
      file,
      '--backend',
      'wasm',
      '--run-dir',
      runs,
      ...(pin.arguments ?? []),
    ]);
    const [made] = fs.existsSync(runs) ? fs.readdirSync(runs).filter((name) => !name.startsWith('.')) : [];
    found[pin.name] = status === 0 ? essence(path.join(runs, made)) : { status, said: stderr.replaceAll(folder, '') };
    console.error(
      `${pin.name}: ${status === 0 ? found[pin.name].sha256.slice(0, 12) : `exit ${status}: ${stderr.trim()}`}`,
    );
  }
  fs.rmSync(folder, { recursive: true, force: true });
  return found;
}

function differences(before, after, where = '') {
  if (typeof before !== 'object' || before === null || typeof after !== 'object' || after === null)
    return Object.is(before, after) ? [] : [`${where}: ${JSON.stringify(before)} became ${JSON.stringify(after)}`];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => differences(before[key], after[key], where === '' ? key : `${where}.${key}`));
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { cli: { type: 'string' } } });
const [what, first, second] = positionals;
if (what === 'record' && first) {
  fs.writeFileSync(first, JSON.stringify(record(path.resolve(values.cli ?? inRoot('dist', 'cli.cjs')))));
} else if (what === 'compare' && first && second) {
  const [before, after] = [first, second].map((file) => JSON.parse(fs.readFileSync(file, 'utf8')));
  const found = differences(before, after);
  console.log(
    found.length === 0 ? `${Object.keys(before).length} searches, all numbers the same` : found.slice(0, 40).join('\n'),
  );
  process.exitCode = found.length === 0 ? 0 : 1;
} else {
  console.error('usage: node scripts/pins.mjs record OUT.json [--cli FILE] | compare BEFORE.json AFTER.json');
  process.exitCode = 2;
}
