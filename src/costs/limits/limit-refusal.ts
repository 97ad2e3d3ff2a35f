/** A refusal of limits: which one, by how much it is missed, and the smallest change that would do; also in words. */
import type { Assignment } from '../../network/types.ts';
import { formatBytes, formatCount, formatLarge, formatUnit } from '../../text/format.ts';
import { COST_WORDS, type CostName, type Limit } from '../../wire/limits.ts';
import { addsUp } from './member-limits.ts';

export type Amounts = Readonly<Partial<Record<CostName, number>>>;

export interface Refusal {
  /**
   * The limit that nothing meets; or several, each of which can be met, but not by one architecture: `both` are those
   * on memory.
   */
  readonly limit: CostName | 'both' | 'together';
  /** What each cost has to be allowed at least for something to fit, the other limits as they are. */
  readonly needed: Amounts;
  /** Where no single limit, raised, would do: what all of these have to be at least. */
  readonly all?: Amounts;
  readonly limits: readonly Limit[];
  /** False: nothing was found, and it was not proved that there is nothing. */
  readonly proven: boolean;
  /** Exits that may be left out had to fit too. */
  readonly exits?: true;
  /** Networks that share the limits, where they are several. */
  readonly members?: number;
  /** Costs whose limit is one on the mean of such networks: what is needed of them is that of one. */
  readonly means?: readonly CostName[];
}

/** `assignment`: an architecture within all limits, or, where it is refused, the one that comes nearest. */
export interface Feasibility {
  readonly assignment: Assignment;
  readonly refusal?: Refusal;
}

export function refused(assignment: Assignment, refusal: Refusal): Feasibility {
  return { assignment, refusal };
}

const SMALLER_WORK = 'offer smaller choices: fewer filters, larger strides, smaller kernels, skip';
const REMEDIES: Readonly<Record<CostName, string>> = {
  weights: 'offer smaller choices: fewer filters, lower bits, higher sparsity, skip',
  activations: 'offer smaller choices: fewer filters early in the network, larger strides',
  latency: SMALLER_WORK,
  cycles: SMALLER_WORK,
  macs: SMALLER_WORK,
};
const LIMITERS = { given: '', definition: '', target: ', the memory of the chip,' } as const;

const exactBytes = (bytes: number): string =>
  `${formatCount(bytes)} B${bytes < 1024 ? '' : ` (${formatBytes(bytes)})`}`;
/** Up to three digits, or to whole microseconds where those are finer: what is written is enough. */
function time(seconds: number): string {
  const milliseconds = Number((1000 * seconds).toPrecision(12));
  const digits = milliseconds === 0 ? 0 : Math.max(3, 2 - Math.floor(Math.log10(Math.abs(milliseconds))));
  return `${Number((Math.ceil(Number((milliseconds * 10 ** digits).toPrecision(12))) / 10 ** digits).toFixed(digits))}\u00a0ms`;
}

/** How amounts of a cost are written: as a limit, as what is needed, and as a difference. */
interface Words {
  readonly limit: (value: number) => string;
  readonly exact: (value: number) => string;
  readonly more: (value: number) => string;
  /** What a limit has to be raised to, as it can be written. */
  readonly raise: (value: number) => string;
}
const BYTES: Words = {
  limit: formatBytes,
  exact: exactBytes,
  more: (value) => `${formatCount(value)} B`,
  raise: (value) => `${formatCount(value)} B`,
};
const whole = (value: number): string => formatCount(Math.ceil(value));
const COUNT: Words = { limit: formatLarge, exact: whole, more: whole, raise: whole };
const WORDS: Readonly<Record<CostName, Words>> = {
  weights: BYTES,
  activations: BYTES,
  latency: { limit: (value) => formatUnit('seconds', value), exact: time, more: time, raise: time },
  cycles: COUNT,
  macs: COUNT,
};

const isMemory = (cost: CostName): boolean => COST_WORDS[cost].unit === 'bytes';
const listed = (parts: readonly string[], word: string): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} ${word} ${parts.at(-1)!}`;

const EXITS =
  ' Exits that may be left out are trained before that is decided, so they have to fit: `op: skip` does without one.';

/** A refusal in words. */
export const refusalText = (refusal: Refusal): string => `${limitsText(refusal)}${refusal.exits ? EXITS : ''}`;

function limitsText({ limit, needed, all, limits, proven, members, means = [] }: Refusal): string {
  const holding = (cost: CostName): Limit => limits.find((one) => one.cost === cost)!;
  const budget = (cost: CostName): string =>
    `the ${isMemory(cost) ? 'budget' : 'limit'} of ${WORDS[cost].limit(holding(cost).limit)}${LIMITERS[holding(cost).from]} for ${COST_WORDS[cost].of}${means.includes(cost) ? ' in the mean' : ''}`;
  const over = (cost: CostName, amount: number): string => `${WORDS[cost].more(amount - holding(cost).limit)} more`;
  if (limit !== 'both' && limit !== 'together') {
    const amount = needed[limit]!;
    const mean = means.includes(limit);
    const [who, needs] =
      members !== undefined && addsUp(limit) && !mean
        ? [`${members} members of the smallest architecture`, 'need']
        : [mean ? 'as the first member the smallest architecture' : 'the smallest architecture', 'needs'];
    const found = `${who} ${proven ? '' : 'found '}${needs} ${WORDS[limit].exact(amount)}`;
    return `${budget(limit)} cannot be met: ${found}, ${over(limit, amount)}. Raise it to at least ${WORDS[limit].raise(amount)}, or ${REMEDIES[limit]}${members === undefined || mean ? '' : ', or take fewer members'}.`;
  }
  const single = Object.entries(needed) as [CostName, number][];
  const raised = single.length > 0 ? single : (Object.entries(all ?? {}) as [CostName, number][]);
  const named = single.length > 0 ? single.map(([cost]) => cost) : limits.map(({ cost }) => cost);
  const searched = proven ? '' : ', as far as was searched';
  const memory = limit === 'both';
  // Of those on memory the one for activations is the first to be raised.
  const order = memory ? [...raised].reverse() : raised;
  const changes = order.map(
    ([cost, amount], i) =>
      `${i > 0 && isMemory(cost) ? 'the one' : isMemory(cost) ? 'the budget' : 'the limit'} for ${COST_WORDS[cost].of} to ${WORDS[cost].exact(amount)} (${over(cost, amount)})`,
  );
  const of = named.length === 2 ? 'both' : 'all';
  const remedy = `operators that need less of ${of}.`;
  return (
    `${listed(named.map(budget), 'and')} cannot be met together${searched}: each can alone, by different architectures. ` +
    (changes.length === 0
      ? `Offer ${remedy}`
      : `Raise ${listed(changes, single.length > 0 ? 'or' : 'and')}, or offer ${remedy}`)
  );
}
