/**
 * Once for all beside searches of their own: a network for each of several budgets and targets from weights that were
 * trained once, untrained and tuned, against a search for each.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBackend } from '../src/devices/open-device.ts';
import { parseBytes } from '../src/language/byte-units.ts';
import type { Network } from '../src/network/types.ts';
import { instantiate } from '../src/network/architecture.ts';
import { SizeExpression } from '../src/costs/weights/expression/size-expression.ts';
import { limitsThatHold } from '../src/costs/limits/holding-limits.ts';
import { feasibility } from '../src/costs/limits/feasibility.ts';
import { specialiser, tuned } from '../src/strategies/once-for-all/specialise-strategy.ts';
import { SearchSession } from '../src/strategies/session/search-session.ts';
import type { Strategy } from '../src/strategies/strategy.ts';
import { strategyOf } from '../src/strategies/strategy-table.ts';
import { findTarget } from '../src/targets/find-target.ts';
import { problemsOfSpace } from '../src/targets/runnable.ts';
import { silentHooks, type SearchContext } from '../src/training/problem.ts';
import { SHARED_FILE } from '../src/wire/offers.ts';
import type { RunResult } from '../src/wire/run.ts';
import { readData, readNetwork } from './lib/trust/problem.ts';
import { median } from './lib/trust/rank.ts';
import type { Benchmark, Row } from './run.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const PARAMETERS = {
  model: path.join(here, '../examples/quickstart/udc-quickstart.udc.yaml'),
  data: '',
  budgets: '3KiB,6KiB',
  targets: 'ethos-u55-128,ethos-u85-256',
  tune: '2',
  seed: '1',
  /** Who searches for each budget and target; empty: nobody. */
  own: 'udc',
};

const listed = (text: string): string[] => text.split(',').map((part) => part.trim());
const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits));

interface Done {
  readonly result: RunResult;
  readonly file: Uint8Array | undefined;
  /** Of the processor, whatever else it was at: what others ran beside it does not count. */
  readonly seconds: number;
}

async function search(context: SearchContext, strategy: Strategy): Promise<Done> {
  const began = process.cpuUsage();
  let file: Uint8Array | undefined;
  const session = await SearchSession.create(context, strategy);
  const result = await session.run({
    ...silentHooks(new AbortController().signal),
    keep: (name, bytes) => {
      if (name === SHARED_FILE) file = bytes;
      return Promise.resolve();
    },
  });
  const { user, system } = process.cpuUsage(began);
  return { result, file, seconds: (user + system) / 1e6 };
}

async function measure(parameters: Readonly<Record<keyof typeof PARAMETERS, string>>): Promise<Row[]> {
  const question = {
    model: path.resolve(parameters.model),
    ...(parameters.data && { data: path.resolve(parameters.data) }),
  };
  const backend = await openBackend('wasm', { threads: 1 });
  const network = readNetwork(question);
  const dataset = await readData(network, { ...question, budgetBytes: 0 });
  const stated = network.definition.target;
  const contextOf = (targetName: string, weights: number | undefined, of: Network = network): SearchContext => {
    const target = findTarget(targetName);
    const limits = limitsThatHold(stated, target, { ...(weights !== undefined && { weights }) });
    return { network: of, dataset, target, limits, seed: Number(parameters.seed), backend };
  };
  const tell = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  const accuracy = ({ result }: Done): number => 100 * result.networks[0].integerMetric;
  const bytes = ({ result }: Done): number => result.networks[0].certificate.exactBytes;

  const once = await search(contextOf(stated.npu, undefined), strategyOf('once-for-all'));
  const { kendall, heldOut } = once.result.offers!.ranking;
  tell(
    `trained once: ${once.seconds.toFixed(0)} s, τ ${kendall?.toFixed(2) ?? '–'}, own result ${accuracy(once).toFixed(1)}`,
  );
  const strategy = specialiser(once.file!);
  const epochs = Number(parameters.tune);
  const rows: Row[] = [];
  const sums = { untuned: 0, tuned: 0, own: 0 };
  const gaps: { untuned: number[]; tuned: number[] } = { untuned: [], tuned: [] };
  let [networks, over] = [0, 0];
  for (const target of listed(parameters.targets)) {
    for (const budget of listed(parameters.budgets)) {
      const weights = parseBytes(budget);
      const context = contextOf(target, weights);
      const smallest = instantiate(network, new SizeExpression(network, context.target).smallest().assignment);
      const [problem] = problemsOfSpace(context.target, network, smallest);
      if (problem !== undefined || feasibility(network, context.target, context.limits).refusal) {
        rows.push({ target, budget, note: problem ?? 'nothing fits' });
        continue;
      }
      const short = (tune: number): SearchContext => contextOf(target, weights, tuned(network, tune));
      const untuned = await search(short(0), strategy);
      const after = await search(short(epochs), strategy);
      const own = parameters.own === '' ? undefined : await search(context, strategyOf(parameters.own));
      for (const done of [untuned, after, ...(own ? [own] : [])]) {
        networks++;
        if (bytes(done) > weights) over++;
      }
      sums.untuned += untuned.seconds;
      sums.tuned += after.seconds;
      sums.own += own?.seconds ?? 0;
      if (own) {
        gaps.untuned.push(accuracy(own) - accuracy(untuned));
        gaps.tuned.push(accuracy(own) - accuracy(after));
      }
      const row: Row = {
        target,
        budget,
        'untuned, %': rounded(accuracy(untuned)),
        [`tuned ${epochs}, %`]: rounded(accuracy(after)),
        ...(own && { [`${parameters.own}, %`]: rounded(accuracy(own)) }),
        'untuned, B': bytes(untuned),
        'tuned, B': bytes(after),
        ...(own && { 'own, B': bytes(own), 'own, s': rounded(own.seconds, 0) }),
      };
      tell(JSON.stringify(row));
      rows.push(row);
    }
  }
  rows.push({
    target: 'all',
    note: `once ${once.seconds.toFixed(0)} s, then ${sums.untuned.toFixed(0)} s untuned or ${sums.tuned.toFixed(0)} s tuned; own searches ${sums.own.toFixed(0)} s; ${over} of ${networks} over a limit; τ ${kendall?.toFixed(2) ?? '–'} over ${heldOut}${gaps.tuned.length > 0 ? `; median gap ${median(gaps.untuned).toFixed(1)} points untuned, ${median(gaps.tuned).toFixed(1)} tuned` : ''}`,
  });
  return rows;
}

export const benchmark: Benchmark = {
  name: 'once',
  describe:
    'Networks of several budgets and targets from weights that were trained once, untuned and tuned, beside searches of their own: accuracy on the test part, exact bytes, seconds of the processor on one thread.',
  parameters: Object.keys(PARAMETERS),
  run: ({ parameters = {} }) => measure({ ...PARAMETERS, ...parameters }),
};
