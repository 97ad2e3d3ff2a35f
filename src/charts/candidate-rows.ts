/** The candidates of a run as rows, from its events: where each came from, how it was tried, how far it came. Pure. */
import { formatNumber } from '../text/format.ts';
import { DIVERGED, type CandidateEvent, type CandidateOrigin, type OriginKind } from '../wire/candidate-events.ts';
import type { RunEvent } from '../wire/run.ts';

export interface Trial {
  readonly steps: number;
  readonly loss: number;
}

/** Its bytes are the newest that are known. */
export interface CandidateRow extends Omit<CandidateEvent, 'seq' | 'type'> {
  /** In the order of their steps. */
  readonly trials: readonly Trial[];
  /** Absent while it is in. */
  readonly out?: { readonly rank: number; readonly of: number; readonly reason: string };
  readonly winner: boolean;
  /** Its place among all so far, from 1: the winner, then by steps and loss, then what was never trained. */
  readonly rank: number;
}

type Draft = { -readonly [K in keyof Omit<CandidateRow, 'rank' | 'winner'>]: CandidateRow[K] } & { trials: Trial[] };

/** The candidate that the run ended with, or, until then, the only one that is trained whole. */
export function winnerOf(events: readonly RunEvent[]): number | undefined {
  const finished = events.findLast((event) => event.type === 'finished');
  return finished ? finished.candidate : events.findLast((event) => event.type === 'decoded')?.candidate;
}

/** @returns a number below 0 where `a` comes before `b` */
function compare(a: Draft, b: Draft): number {
  const [one, other] = [a.trials.at(-1), b.trials.at(-1)];
  if (one && other) return other.steps - one.steps || one.loss - other.loss || a.id - b.id;
  if (one || other) return one ? -1 : 1;
  const foretold = (row: Draft): number => row.predictedLoss ?? Infinity;
  const difference = foretold(a) - foretold(b);
  return Number.isNaN(difference) || difference === 0 ? a.id - b.id : difference;
}

/** All candidates, the best first. */
export function candidateRows(events: readonly RunEvent[]): readonly CandidateRow[] {
  const found = new Map<number, Draft>();
  for (const event of events) {
    if (event.type === 'candidate') {
      const { id, stage, origin, assignment, exactBytes, predictedLoss } = event;
      const known = found.get(id);
      // What was passed over and comes up again keeps what was known of it.
      const kept = known && { stage: known.stage, origin: known.origin, trials: known.trials };
      const loss = predictedLoss ?? known?.predictedLoss;
      found.set(id, {
        ...(kept ?? { stage, origin, trials: [] }),
        id,
        assignment,
        ...(exactBytes !== undefined && { exactBytes }),
        ...(loss !== undefined && { predictedLoss: loss }),
      });
    } else if (event.type === 'trial') {
      const row = found.get(event.candidate);
      row?.trials.push({ steps: event.steps, loss: event.loss });
      if (row && event.exactBytes !== undefined) row.exactBytes = event.exactBytes;
    } else if (event.type === 'dropped') {
      const { rank, of, reason } = event;
      const row = found.get(event.candidate);
      if (row) row.out = { rank, of, reason };
    }
  }
  const winner = winnerOf(events);
  return [...found.values()]
    .sort((a, b) => Number(b.id === winner) - Number(a.id === winner) || compare(a, b))
    .map((row, place) => ({ ...row, winner: row.id === winner, rank: place + 1 }));
}

const ORIGINS: Readonly<Record<OriginKind, string>> = {
  choice: 'the search’s own choice',
  rule: 'rule of thumb',
  draw: 'drawn',
  offspring: 'offspring',
};

/** '#3' of the third that was told of: of several networks the third is called so, too. */
export const candidateLabel = (id: number): string => `#${id + 1}`;

/** 'offspring of #3 and #7' */
export function originText({ kind, parents }: CandidateOrigin): string {
  const named = [...new Set(parents)].map(candidateLabel);
  return named.length === 0 ? ORIGINS[kind] : `${ORIGINS[kind]} of ${named.join(' and ')}`;
}

export const lossText = (loss: number): string => (loss >= DIVERGED ? 'diverged' : formatNumber(loss));

/**
 * Where a candidate is: 'won', 'in', or after how many steps it fell out.
 * @param count of all candidates: one alone beats nobody
 */
export function fateText({ winner, out, trials }: CandidateRow, count: number): string {
  if (winner) return count === 1 ? 'the only one' : 'won';
  if (!out) return 'in';
  const steps = trials.at(-1)?.steps;
  return steps === undefined ? 'never trained' : `out after ${steps} steps`;
}

/** The losses of two at the most steps that both have been through; undefined where there are none. */
export function sideBySide(
  a: CandidateRow,
  b: CandidateRow,
): { readonly steps: number; readonly a: number; readonly b: number } | undefined {
  const losses = new Map(b.trials.map(({ steps, loss }) => [steps, loss]));
  const shared = a.trials.findLast(({ steps }) => losses.has(steps));
  return shared && { steps: shared.steps, a: shared.loss, b: losses.get(shared.steps)! };
}
