/**
 * Once for all beside searches of their own: a network for each of several budgets and targets from weights that were
 * trained once, untrained and tuned, against a search for each.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openBackend } from '../src/devices/open-device.ts';
import { parseBytes } from '../src/language/byte-units.ts';
import type { Network } from '../src/network/types.ts';
import { limitsThatHold } from '../src/costs/limits/holding-limits.ts';
import { feasibility, refusalText } from '../src/costs/limits/feasibility.ts';
import { specialiser, tuned } from '../src/strategies/once-for-all/specialise-strategy.ts';
import { SearchSession } from '../src/strategies/session/search-session.ts';
import type { Strategy } from '../src/strategies/strategy.ts';
import { strategyOf } from '../src/strategies/strategy-table.ts';
import { findTarget } from '../src/targets/find-target.ts';
import { withinTarget } from '../src/targets/within-target.ts';
import { silentHooks, type SearchContext } from '../src/training/problem.ts';
import { SHARED_FILE } from '../src/wire/offers.ts';
import type { RunResult } from '../src/wire/run.ts';
import { definitionOf, listed, OF_DEFINITION } from './lib/parameters.ts';
import { readData, readNetwork } from './lib/trust/problem.ts';
import { OnceRecords, pointsOf, rowsOf, samePoint, summaryOf, type Kind, type Point } from './lib/once/records.ts';
import type { Benchmark, Row } from './run.ts';

const PARAMETERS = {
  ...OF_DEFINITION,
  budgets: '3KiB,6KiB',
  targets: 'ethos-u55-128,ethos-u85-256',
  tune: '2',
  seed: '1',
  /** Who searches for budgets and targets of their own; empty: nobody. */
  own: 'udc',
  /** For which: `BUDGET:TARGET,…`; empty: for all. */
  'own-at': '',
  /** A folder for the rows, as they come, and the shared weights: named again, the run goes on. Empty: none. */
  out: '',
};

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

const tell = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const accuracyOf = ({ result }: Done): number => 100 * result.networks[0].integerMetric;

/** The shared weights: of the folder, or trained now, and kept there. */
async function sharedWeights(records: OnceRecords, out: string, train: () => Promise<Done>): Promise<Uint8Array> {
  const kept = path.join(out, SHARED_FILE);
  if (out !== '' && records.once && existsSync(kept)) return new Uint8Array(readFileSync(kept));
  const done = await train();
  const { kendall = null, heldOut } = done.result.offers!.ranking;
  if (out !== '') writeFileSync(kept, done.file!);
  records.add({ kind: 'once', seconds: done.seconds, kendall, heldOut, accuracy: accuracyOf(done) });
  tell(`trained once: ${done.seconds.toFixed(0)} s, own result ${accuracyOf(done).toFixed(1)} %`);
  return done.file!;
}

async function measure(parameters: Readonly<Record<keyof typeof PARAMETERS, string>>): Promise<Row[]> {
  const { tune, seed, own, out } = parameters;
  const question = definitionOf(parameters);
  const sample = pointsOf(parameters['own-at']);
  const points = listed(parameters.targets).flatMap((target) =>
    listed(parameters.budgets).map((budget): Point => ({ target, budget })),
  );
  for (const one of sample)
    if (!points.some((point) => samePoint(point, one)))
      throw new Error(`--own-at: ${one.budget}:${one.target} is none of the budgets and targets`);
  const backend = await openBackend('wasm', { threads: 1 });
  const network = readNetwork(question);
  const records = new OnceRecords(out || undefined, { ...question, tune, seed, own });
  const dataset = await readData(network, question);
  const stated = network.definition.target;
  const contextOf = (targetName: string, weights: number | undefined, of: Network = network): SearchContext => {
    const target = findTarget(targetName);
    const limits = limitsThatHold(stated, target, { ...(weights !== undefined && { weights }) });
    return { network: of, dataset, target, limits, seed: Number(seed), backend };
  };
  const shared = await sharedWeights(records, out, () =>
    search(contextOf(stated.npu, undefined), strategyOf('once-for-all')),
  );
  const epochs = Number(tune);
  const at = async (point: Point, kind: Kind): Promise<void> => {
    if (records.at(point, kind) ?? records.at(point, 'refused')) return;
    const limit = parseBytes(point.budget);
    const within = withinTarget(network, findTarget(point.target));
    const refused = (note: string): void => records.add({ ...point, kind: 'refused', note });
    if ('refused' in within) {
      refused(within.refused);
      return;
    }
    const context = contextOf(point.target, limit, within.network);
    const { refusal } = feasibility(within.network, context.target, context.limits);
    if (refusal) {
      refused(refusalText(refusal));
      return;
    }
    const short = tuned(within.network, kind === 'tuned' ? epochs : 0);
    const done =
      kind === 'own'
        ? await search(context, strategyOf(own))
        : await search({ ...context, network: short }, specialiser(shared, network));
    const bytes = done.result.networks[0].certificate.exactBytes;
    records.add({ ...point, kind, accuracy: accuracyOf(done), bytes, limit, seconds: done.seconds });
    tell(`${point.budget} ${point.target} ${kind}: ${accuracyOf(done).toFixed(1)} %, ${bytes} B`);
  };
  for (const point of points) for (const kind of ['untuned', 'tuned'] as const) await at(point, kind);
  // The longest at the end: what is there by then is of use without them.
  if (own !== '') for (const point of sample.length > 0 ? sample : points) await at(point, 'own');
  return [...rowsOf(records, epochs, own), { target: 'all', note: summaryOf(records) }];
}

export const benchmark: Benchmark = {
  name: 'once',
  describe:
    'Networks of several budgets and targets from weights that were trained once, untuned and tuned, beside searches of their own, for all or for some: accuracy on the test part, exact bytes, seconds of the processor on one thread.',
  parameters: Object.keys(PARAMETERS),
  run: ({ parameters = {} }) => measure({ ...PARAMETERS, ...parameters }),
};
