/** Run folders of earlier versions, as the present one has them: the UDC search was the only one, with fixed stages. */
import { isRecord } from '../base/validate.ts';
import type { CurveHeader, StageHeader, StrategyHeader } from './run.ts';

type Json = Readonly<Record<string, unknown>>;

/** What the search of format 1 declares now. */
const STRATEGY: StrategyHeader = { id: 'udc', title: 'UDC' };
const STAGES: readonly Omit<StageHeader, 'epochs'>[] = [
  { id: 'warmup', title: 'Warm-up', about: 'Trains the shared weights.', deciding: true },
  { id: 'search', title: 'Search', about: 'Decides.', deciding: true },
  { id: 'sparsify', title: 'Sparsify', about: 'Trains the chosen network while it is pruned.', deciding: false },
  { id: 'settle', title: 'Settle', about: 'Trains it in the arithmetic of the chip.', deciding: false },
];
const CURVES: readonly CurveHeader[] = [
  {
    id: 'entropy',
    title: 'Entropy of the decisions',
    line: 'mean',
    column: 'undecided',
    about: '100 %: all options are alike; 0 %: everything is decided.',
    unit: 'share',
  },
  {
    id: 'tau',
    title: 'Temperature τ',
    line: 'τ',
    about: 'How softly options are sampled; it follows the entropy schedule.',
    unit: 'number',
  },
  {
    id: 'mu',
    title: 'Budget pressure μ',
    line: 'μ',
    about:
      'How strongly sampling is tilted to small options; 0 where the budget does not bind. Short spikes are cut off at the top.',
    unit: 'number',
    spikes: true,
  },
];

const isSearch = (stage: unknown): boolean => STAGES.some(({ id, deciding }) => id === stage && deciding);

function limitsOf({ budgetBytes, activationBudgetBytes }: Json, from: string): Json[] {
  return [
    { cost: 'weights', limit: budgetBytes, from: 'given' },
    ...(activationBudgetBytes === undefined ? [] : [{ cost: 'activations', limit: activationBudgetBytes, from }]),
  ];
}

function startedNow(event: Json): Json {
  const { budgetBytes, activationBudgetBytes, smallestBytes, largestBytes, epochs, ...rest } = event;
  const [weights, ...others] = limitsOf({ budgetBytes, activationBudgetBytes }, 'definition');
  return {
    ...rest,
    strategy: STRATEGY,
    stages: STAGES.map((stage) => ({ ...stage, epochs: isRecord(epochs) ? epochs[stage.id] : undefined })),
    curves: CURVES,
    limits: [{ ...weights, smallest: smallestBytes, largest: largestBytes }, ...others],
  };
}

function epochNow({ tau, mu, entropy, expectedBytes, ...rest }: Json): Json {
  const searching = isSearch(rest['stage']);
  return { ...rest, numbers: searching ? { tau, entropy, mu } : {}, ...(searching && { expectedBytes }) };
}

/** A line of `events.ndjson`. What is of no known version is returned as it is: checks say what is wrong with it. */
export function currentEvent(value: unknown): unknown {
  if (!isRecord(value)) return value;
  if (value['type'] === 'started' && 'budgetBytes' in value) return startedNow(value);
  if (value['type'] === 'epoch' && 'tau' in value) return epochNow(value);
  return value;
}

/** `run.json`. */
export function currentHeader(value: unknown): unknown {
  if (!isRecord(value) || value['format'] !== 1) return value;
  const { budgetBytes, baselines, ...rest } = value;
  const compared = baselines === true ? ['uniform'] : baselines === false ? [] : baselines;
  return { ...rest, baselines: compared, format: 2, strategy: STRATEGY.id, limits: limitsOf({ budgetBytes }, 'given') };
}

function baselineNow(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const { name, widthFactor, exactBytes, floatMetric, integerMetric } = value;
  return {
    name,
    exactBytes,
    floatMetric,
    integerMetric,
    ...(typeof widthFactor === 'number' && { details: `width × ${widthFactor.toFixed(2)}` }),
  };
}

/** `result.json`. */
export function currentResult(value: unknown): unknown {
  if (!isRecord(value) || value['format'] !== 1) return value;
  const { budgetBytes, activationBudgetBytes, decisions, layers, totals, floatMetric, integerMetric, ...others } =
    value;
  const { certificate, steps, baselines, ...rest } = others;
  const limits = limitsOf({ budgetBytes, activationBudgetBytes }, 'definition');
  const sums = isRecord(totals) ? totals : {};
  const costs = [
    { cost: 'weights', value: sums['totalBytes'], limit: budgetBytes },
    {
      cost: 'activations',
      value: sums['peakActivationBytes'],
      ...(activationBudgetBytes !== undefined && { limit: activationBudgetBytes }),
    },
  ];
  const { encodedSha256, exactBytes } = isRecord(certificate) ? certificate : {};
  return {
    ...rest,
    format: 2,
    strategy: STRATEGY,
    limits,
    networks: [
      {
        name: rest['name'],
        decisions,
        layers,
        totals,
        floatMetric,
        integerMetric,
        certificate: { encodedSha256, exactBytes, costs },
        weights: 'weights.safetensors',
        steps,
      },
    ],
    baselines: Array.isArray(baselines) ? baselines.map(baselineNow) : baselines,
  };
}
