// Searches beside uniform networks of the same size, over budgets and seeds: the tables of docs/results.md.
// node scripts/accuracy.mjs --model FILE --data FOLDER --budgets 4KiB,8KiB --seeds 1,2,3 [--jobs 2] [--out FOLDER]
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { inRoot } from './lib/paths.mjs';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    budgets: { type: 'string' },
    seeds: { type: 'string', default: '1,2,3' },
    jobs: { type: 'string', default: '1' },
    out: { type: 'string', default: inRoot('out', 'accuracy') },
  },
});
if (!values.model || !values.data || !values.budgets) {
  console.error(
    'usage: node scripts/accuracy.mjs --model FILE --data FOLDER --budgets 4KiB,8KiB --seeds 1,2,3 [--jobs N] [--out FOLDER]',
  );
  process.exit(2);
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const percent = (share) => (100 * share).toFixed(1);

/** A copy of the definition that reads its data from where they are. */
function localModel() {
  fs.mkdirSync(values.out, { recursive: true });
  const text = fs
    .readFileSync(values.model, 'utf8')
    .replace(/(\bpath: *)[^,}\s]+/, (_, head) => `${head}${path.resolve(values.data)}`);
  const file = path.join(values.out, path.basename(values.model));
  fs.writeFileSync(file, text);
  return file;
}

/** One search with its baselines; the result as JSON. */
function search(model, budget, seed) {
  const args = [
    inRoot('dist/cli.cjs'),
    'search',
    model,
    '--budget',
    budget,
    '--seed',
    seed,
    '--baselines',
    '--json',
    '--run-dir',
    path.join(values.out, `${path.basename(model, '.udc.yaml')}-${budget}-${seed}`),
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
    });
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(text));
      else reject(new Error(`search ${budget} seed ${seed} ended with ${code}: ${text.slice(-500)}`));
    });
  });
}

const model = localModel();
const jobs = values.budgets.split(',').flatMap((budget) => values.seeds.split(',').map((seed) => ({ budget, seed })));
const finished = [];
async function work() {
  for (let job = jobs.shift(); job; job = jobs.shift()) {
    const answer = await search(model, job.budget, job.seed);
    const result = answer.result ?? answer;
    finished.push({ ...job, result });
    const others = result.baselines.map((b) => `${b.name} ${percent(b.integerMetric)} (${b.exactBytes} B)`).join(', ');
    console.log(
      `${job.budget} seed ${job.seed}: UDC ${percent(result.networks[0].integerMetric)} (${result.networks[0].certificate.exactBytes} B of ${result.limits[0].limit}), ${others}`,
    );
  }
}
await Promise.all(Array.from({ length: Number(values.jobs) }, work));

console.log('\n| budget | network | accuracy, integer: median (each seed) | bytes: each seed |\n|---|---|---|---|');
for (const budget of values.budgets.split(',')) {
  const runs = finished.filter((run) => run.budget === budget).sort((a, b) => Number(a.seed) - Number(b.seed));
  const row = (name, pick) => {
    const found = runs.map((run) => pick(run.result)).filter(Boolean);
    if (found.length === 0) return;
    console.log(
      `| ${budget} | ${name} | ${percent(median(found.map((f) => f.accuracy)))} (${found.map((f) => percent(f.accuracy)).join(', ')}) | ${found.map((f) => f.bytes).join(', ')} |`,
    );
  };
  row('UDC', ({ networks: [network] }) => ({ accuracy: network.integerMetric, bytes: network.certificate.exactBytes }));
  for (const bits of [8, 4, 2]) {
    row(`uniform ${bits}-bit`, (result) => {
      const baseline = result.baselines.find((b) => b.name === `uniform ${bits}-bit`);
      return baseline && { accuracy: baseline.integerMetric, bytes: baseline.exactBytes };
    });
  }
}
