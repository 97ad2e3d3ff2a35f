/** Who works on a machine's cores and who waits for them: the rule, without files or processes. */
import { count, object, oneOf, string, type Check } from '../../base/validate.ts';

/** Searches that a person started go before those of a sweep that wait. */
export const LANES = ['hand', 'sweep'] as const;
export type Lane = (typeof LANES)[number];

/** A search that works or waits. */
export interface Ticket {
  readonly format: 1;
  readonly id: string;
  /** The process that holds it: where it has ended, the ticket is void. */
  readonly pid: number;
  readonly identity: string;
  readonly lane: Lane;
  /** Place in the order of coming. */
  readonly turn: number;
  /** Cores that it can make use of. */
  readonly wanted: number;
  /** Cores that it works on; 0: it waits. */
  readonly held: number;
  /** What it is, for those who wait behind it. */
  readonly title: string;
}

export const ticket: Check<Ticket> = object<Ticket>({
  format: oneOf([1]),
  id: string,
  pid: count,
  identity: string,
  lane: oneOf(LANES),
  turn: count,
  wanted: count,
  held: count,
  title: string,
});

/** Those who wait, in the order in which they are let in. */
export function inOrder(tickets: readonly Ticket[]): readonly Ticket[] {
  return tickets
    .filter(({ held }) => held === 0)
    .sort(
      (a, b) =>
        LANES.indexOf(a.lane) - LANES.indexOf(b.lane) || a.turn - b.turn || (a.id < b.id ? -1 : Number(a.id > b.id)),
    );
}

/**
 * How many cores each of those who wait may begin on now, by id. The first takes what is free, up to what it can make
 * use of; nobody overtakes.
 * @param cores of the machine
 */
export function grants(tickets: readonly Ticket[], cores: number): ReadonlyMap<string, number> {
  let free = cores - tickets.reduce((sum, { held }) => sum + held, 0);
  const given = new Map<string, number>();
  for (const { id, wanted } of inOrder(tickets)) {
    if (free < 1) break;
    const part = Math.min(Math.max(1, wanted), free);
    given.set(id, part);
    free -= part;
  }
  return given;
}

/** Names that a sentence lists before it says how many more there are. */
const NAMED = 3;

/** What a search waits for, in a sentence. */
export function waitingText(own: Pick<Ticket, 'id'>, tickets: readonly Ticket[], cores: number): string {
  const working = tickets.filter(({ held }) => held > 0);
  const waiting = inOrder(tickets);
  const ahead = waiting.slice(
    0,
    waiting.findIndex(({ id }) => id === own.id),
  );
  const names = working.slice(0, NAMED).map(({ title, pid }) => `${title} (process ${pid})`);
  const more = working.length - names.length;
  const busy = `${names.join(', ')}${more > 0 ? `, and ${more} more` : ''} ${working.length === 1 ? 'is' : 'are'} at work on ${cores === 1 ? 'the only core' : `the ${cores} cores`} of this machine`;
  const before =
    ahead.length === 0
      ? 'it is the next'
      : `${ahead.length} ${ahead.length === 1 ? 'search is' : 'searches are'} before it`;
  return `waiting for its turn: ${working.length === 0 ? 'other searches are about to begin' : busy}; ${before}`;
}
