/**
 * Whole searches of small spaces: are budgets met, refused in time, and used, beside what every architecture of the
 * space takes?
 */
import { openBackend } from '../src/devices/open-device.ts';
import { loadDataset } from '../src/data/load-dataset.ts';
import type { Dataset } from '../src/data/dataset.ts';
import { sizeExactly } from '../src/integer/sizing.ts';
import { instantiate } from '../src/network/architecture.ts';
import { parseDefinition } from '../src/language/yaml/parse-definition.ts';
import type { Network, Operation } from '../src/network/types.ts';
import { fittedCodes, magnitudeMask } from '../src/costs/weights/fitted-codes.ts';
import { combinations, countOf } from '../src/network/space-moves.ts';
import { findTarget, type Target } from '../src/targets/find-target.ts';
import { freshTensors } from '../src/training/trained/initial-tensors.ts';
import { BudgetError, silentHooks, type SearchContext } from '../src/training/problem.ts';
import { StrategySearch } from '../src/strategies/strategy-search.ts';
import { SeededRandom } from '../src/base/random.ts';
import { smallDefinition } from './lib/small-definitions.ts';
import type { Benchmark, Row } from './run.ts';

const TARGETS = ['ethos-u55-128', 'ethos-u55-128', 'ethos-u85-256', 'generic-npu', 'mcu-packed'];
/** Architectures of a space at most: all of them are encoded. */
const MOST = 4096;
const BUDGETS = { least: 300, most: 4096 };
/** Share of the budget that is not to be left where the space has something larger that fits. */
const LEFT = 0.08;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Exact bytes of every architecture, its weights those that training starts from. */
function everySize(network: Network, target: Target): number[] {
  const fresh = freshTensors(1);
  const known = new Map<string, Int8Array>();
  const codes = (operation: Operation): Int8Array => {
    const { id, kernel, inChannels, outChannels, bits, sparsity } = operation;
    const key = [id, kernel.height, kernel.width, inChannels, outChannels, bits, sparsity].join();
    let found = known.get(key);
    if (!found) {
      const { w } = fresh(operation);
      known.set(key, (found = fittedCodes(w, magnitudeMask(w, sparsity), operation)));
    }
    return found;
  };
  return [
    ...combinations(
      network,
      network.decisions.map(() => 0),
      network.decisions.map((_, d) => d),
    ),
  ].map((assignment) => sizeExactly(instantiate(network, assignment), target, codes).totalBytes);
}

type Ending = 'met' | 'refused before training' | 'refused after training';
interface Trial {
  readonly target: string;
  readonly budget: number;
  readonly sizes: readonly number[];
  readonly ending: Ending;
  readonly bytes: number;
  readonly metric: number;
}

async function search(context: SearchContext): Promise<Pick<Trial, 'ending' | 'bytes' | 'metric'>> {
  let begun = false;
  try {
    const found = await StrategySearch.create(context, { strategy: 'udc', baselines: [] });
    begun = true;
    const {
      networks: [{ certificate, integerMetric }],
    } = await found.run(silentHooks(new AbortController().signal));
    return { ending: 'met', bytes: certificate.exactBytes, metric: integerMetric };
  } catch (error) {
    if (!(error instanceof BudgetError)) throw error;
    return {
      ending: begun ? 'refused after training' : 'refused before training',
      bytes: error.needed.weights ?? NaN,
      metric: NaN,
    };
  }
}

async function trial(seed: number, data: Dataset | undefined): Promise<{ trial: Trial; data: Dataset } | undefined> {
  const random = new SeededRandom(seed);
  const npu = TARGETS[seed % TARGETS.length]!;
  const target = findTarget(npu);
  const text = smallDefinition(npu, random);
  const { network, definition, diagnostics } = parseDefinition(text);
  if (!network || !definition) throw new Error(`${diagnostics.map(({ message }) => message).join('; ')}\n${text}`);
  if (
    countOf(
      network,
      network.decisions.map((_, d) => d),
      MOST,
    ) > MOST
  )
    return undefined;
  const dataset = data ?? (await loadDataset(definition, '.'));
  const sizes = everySize(network, target);
  // From a little below the smallest to a little above the largest.
  const [low, high] = [
    Math.max(BUDGETS.least, 0.9 * Math.min(...sizes)),
    Math.min(BUDGETS.most, 1.05 * Math.max(...sizes)),
  ];
  if (low >= high) return undefined;
  const budget = Math.round(low * (high / low) ** random.next());
  const context: SearchContext = {
    network,
    dataset,
    target,
    limits: [{ cost: 'weights', limit: budget, from: 'given' }],
    seed: 1,
    backend: { name: 'wasm', reason: 'benchmark' },
  };
  return { trial: { target: npu, budget, sizes, ...(await search(context)) }, data: dataset };
}

/** The largest architecture within the budget, as share of it; 0 where there is none. */
const reachable = ({ sizes, budget }: Trial): number =>
  sizes.reduce((best, bytes) => (bytes <= budget ? Math.max(best, bytes) : best), 0) / budget;

function summary(target: string, trials: readonly Trial[]): Row {
  const met = trials.filter(({ ending }) => ending === 'met');
  const count = (ending: Ending): number => trials.filter((one) => one.ending === ending).length;
  const roomy = met.filter((one) => reachable(one) >= 1 - LEFT);
  const use = ({ bytes, budget }: Trial): number => bytes / budget;
  return {
    target,
    searches: trials.length,
    'refused before': count('refused before training'),
    'though one fits': trials.filter((one) => one.ending === 'refused before training' && reachable(one) > 0).length,
    'refused after': count('refused after training'),
    over: met.filter((one) => use(one) > 1).length,
    'more than 8 % left though more fits': met.filter((one) => use(one) < 1 - LEFT && reachable(one) > use(one) + 0.005)
      .length,
    'median use, %': Number((100 * median(met.map(use))).toFixed(1)),
    'where 98.5 % is in the space, %': Number(
      (100 * median(roomy.filter((one) => reachable(one) >= 0.985).map(use))).toFixed(1),
    ),
    'mean accuracy, %': Number(((100 * met.reduce((sum, { metric }) => sum + metric, 0)) / met.length).toFixed(1)),
  };
}

export const benchmark: Benchmark = {
  name: 'budgets',
  describe:
    'Searches of random small definitions (at most 4,096 architectures, one epoch a stage) with random budgets of 300 B to 4 KiB, beside the exact sizes of every architecture.',
  parameters: ['searches', 'first'],
  run: async ({ parameters = {} }) => {
    await openBackend('wasm', { threads: 1 });
    const trials: Trial[] = [];
    let data: Dataset | undefined;
    for (let seed = Number(parameters['first'] ?? 1); trials.length < Number(parameters['searches'] ?? 60); seed++) {
      const done = await trial(seed, data);
      if (!done) continue;
      data = done.data;
      trials.push(done.trial);
    }
    return [...new Set(trials.map(({ target }) => target)), 'all'].map((target) =>
      summary(
        target,
        trials.filter((one) => target === 'all' || one.target === target),
      ),
    );
  },
};
