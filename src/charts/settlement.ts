/**
 * How the architecture of a run was settled, in sentences, each of which is left out where the events do not hold what
 * it says.
 */
import { formatCount } from '../text/format.ts';
import { SINGLE_PART } from '../wire/ensemble-result.ts';
import type { EpochEvent, RunEvent, RunResult, StartedEvent } from '../wire/run.ts';
import { isDeciding, stageTitle } from '../wire/stages.ts';
import {
  candidateLabel,
  candidateRows,
  lossText,
  originText,
  sideBySide,
  type CandidateRow,
} from './candidate-rows.ts';
import { epochsOf, startedOf } from './curves.ts';

/** Decisions that two architectures take differently. */
export interface Change {
  readonly id: string;
  readonly before: string;
  readonly after: string;
}

/** Of a search that came to one candidate: with nothing beside it, nothing was compared. */
const ONLY = 'There was one candidate, so that nothing was compared: it is what was trained.';

/** So many changes are named; more are counted. */
const NAMED = 6;

export function changesBetween(
  { decisions }: StartedEvent,
  before: readonly number[],
  after: readonly number[],
): readonly Change[] {
  return decisions.flatMap(({ id, labels }, d) =>
    before[d] === after[d] ? [] : [{ id, before: labels[before[d]!] ?? '?', after: labels[after[d]!] ?? '?' }],
  );
}

/** 'stem.bits 8 → 4, block1.kernel 3x3 → 5x5 and 3 more' */
function listed(changes: readonly Change[]): string {
  const named = changes.slice(0, NAMED).map(({ id, before, after }) => `${id} ${before} → ${after}`);
  const rest = changes.length - named.length;
  return rest > 0 ? `${named.join(', ')} and ${rest} more` : named.join(', ');
}

const plural = (count: number, one: string): string => `${formatCount(count)} ${one}${count === 1 ? '' : 's'}`;

/** The last epoch in which decisions were open. */
function lastDeciding(events: readonly RunEvent[], started: StartedEvent): EpochEvent | undefined {
  return epochsOf(events).findLast(({ stage }) => isDeciding(started, stage));
}

/** Whether probabilities say what a search prefers: not where all options are alike, nor where they never changed. */
function isLearned({ probabilities }: EpochEvent, events: readonly RunEvent[], started: StartedEvent): boolean {
  const [first, ...later] = epochsOf(events).filter(({ stage }) => isDeciding(started, stage));
  const isSame = (row: readonly number[], d: number): boolean =>
    row.every((probability, option) => probability === first?.probabilities[d]?.[option]);
  return later.length > 0
    ? !probabilities.every(isSame)
    : probabilities.some((row) => row.some((probability) => probability !== row[0]));
}

/** In how many decisions an architecture takes a most probable option. */
function likely({ probabilities }: EpochEvent, assignment: readonly number[]): number {
  return probabilities.filter((row, d) => row[assignment[d]!] === Math.max(...row)).length;
}

function choiceSentence(
  events: readonly RunEvent[],
  { started, epoch }: { readonly started: StartedEvent; readonly epoch: EpochEvent },
  { assignment }: CandidateRow,
): string {
  const { length } = started.decisions;
  const title = stageTitle(started, epoch.stage);
  const ended = `${title} ended with an architecture of its own within the limits (“the search’s own choice”)`;
  return isLearned(epoch, events, started)
    ? `${ended}: it takes the most probable option in ${likely(epoch, assignment)} of ${plural(length, 'decision')}.`
    : `${ended}.`;
}

function predictionSentence(events: readonly RunEvent[]): readonly string[] {
  const found = events.findLast((event) => event.type === 'predicted');
  if (!found) return [];
  const { count, best, median, worst } = found;
  if (count === 1) return [`The loss of one architecture was foretold without training: ${lossText(best)}.`];
  return [
    `The loss of ${plural(count, 'architecture')} was foretold without training: ${lossText(best)} at best, ${lossText(median)} in the median, ${lossText(worst)} at worst.`,
  ];
}

function trialSentence(rows: readonly CandidateRow[]): string {
  const trained = rows.filter(({ trials }) => trials.length > 0);
  if (trained.length === 0) return 'No candidates were trained against each other.';
  const steps = Math.max(...trained.map(({ trials }) => trials.at(-1)!.steps));
  const out = trained.filter(({ out }) => out).length;
  return `${plural(trained.length, 'candidate')} ${trained.length === 1 ? 'was' : 'were'} trained to be compared, for up to ${plural(steps, 'step')}; ${out} of them fell out.`;
}

/** By how much the winner is better than the search's own choice, as far as that was measured. */
function gainSentence(winner: CandidateRow, choice: CandidateRow): string {
  const trained = sideBySide(winner, choice);
  if (trained) {
    const { steps, a, b } = trained;
    const verdict = a < b ? 'less' : a > b ? 'more' : 'the same';
    return `After ${plural(steps, 'step')} each, its loss was ${lossText(a)} and that of the search’s own choice ${lossText(b)}: ${verdict}.`;
  }
  if (winner.predictedLoss !== undefined && choice.predictedLoss !== undefined)
    return `Its foretold loss was ${lossText(winner.predictedLoss)}, that of the search’s own choice ${lossText(choice.predictedLoss)}; the two were never compared after equally many training steps, so what that gained is not known.`;
  return 'The two were never compared after equally many training steps, so what that gained is not known.';
}

function winnerSentences(
  started: StartedEvent,
  rows: readonly CandidateRow[],
  winner: CandidateRow,
): readonly string[] {
  const choice = rows.find(({ origin }) => origin.kind === 'choice');
  const { length } = started.decisions;
  if (!choice)
    return [
      `The winner is ${candidateLabel(winner.id)} (${originText(winner.origin)}); the search had no choice of its own before.`,
    ];
  const changes = changesBetween(started, choice.assignment, winner.assignment);
  if (changes.length === 0) {
    const others = rows.some(({ id, trials }) => id !== choice.id && trials.length > 0);
    return [`The search’s own choice is what was taken${others ? ': it won, and no decision changed' : ''}.`];
  }
  return [
    `The winner is ${candidateLabel(winner.id)} (${originText(winner.origin)}). It takes ${changes.length} of ${plural(length, 'decision')} otherwise than the search’s own choice: ${listed(changes)}.`,
    gainSentence(winner, choice),
  ];
}

/** What training changed after the winner was known. */
function trainingSentence(started: StartedEvent, before: readonly number[], result: RunResult): readonly string[] {
  const decided = new Map(result.networks[0].decisions.map((decision) => [decision.id, decision]));
  const after = started.decisions.map(({ id }, d) => decided.get(id)?.option ?? before[d]!);
  const changes = changesBetween(started, before, after);
  // Of operators only exits are decided that late.
  const [exits, others] = [true, false].map((late) =>
    changes.filter(({ id }) => (decided.get(id)?.kind === 'operator') === late),
  ) as [Change[], Change[]];
  return [
    ...(others.length === 0
      ? []
      : [`Training the winner changed ${plural(others.length, 'decision')} to use the budget: ${listed(others)}.`]),
    ...(exits.length === 0
      ? []
      : [`Exits that were not worth their bytes were left out of the trained network: ${listed(exits)}.`]),
  ];
}

/** Runs of older versions say what was chosen, not between what. */
function oldStory(events: readonly RunEvent[], started: StartedEvent): readonly string[] {
  const decoded = events.findLast((event) => event.type === 'decoded');
  const epoch = lastDeciding(events, started);
  if (!decoded) return [];
  const unknown = 'An older version began this run: it wrote down what was chosen, not between which candidates.';
  if (!epoch) return [unknown];
  const { length } = started.decisions;
  const title = stageTitle(started, epoch.stage);
  return [
    unknown,
    `What was chosen takes the most probable option of the end of ${title} in ${likely(epoch, decoded.assignment)} of ${plural(length, 'decision')}.`,
  ];
}

/**
 * The story so far; empty where there is nothing to tell yet. The events of a run that is going on, was interrupted, or
 * has no candidates are as good as those of a finished one.
 */
export function settlement(events: readonly RunEvent[], result?: RunResult): readonly string[] {
  return [...story(events, result), ...shortenings(events)];
}

/** Why stages were shorter than they were laid out. */
function shortenings(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event) => (event.type === 'shortened' ? [`Shortened by ${event.reason}.`] : []));
}

function story(events: readonly RunEvent[], result?: RunResult): readonly string[] {
  const started = startedOf(events);
  if (!started) return [];
  if (result?.ensemble) return storyOf(started, singlePart(events), result);
  return storyOf(started, events, result);
}

/** Of a search for an ensemble, what is told of the single network, which comes last. */
function singlePart(events: readonly RunEvent[]): readonly RunEvent[] {
  const first = events.findIndex((event) => 'stage' in event && event.stage.startsWith(`${SINGLE_PART}-`));
  return first < 0 ? events : events.slice(first);
}

function storyOf(started: StartedEvent, events: readonly RunEvent[], result?: RunResult): readonly string[] {
  if (started.decisions.length === 0)
    return ['The definition leaves nothing open: it is an architecture, and only its weights are trained.'];
  const rows = candidateRows(events);
  if (rows.length === 0) return oldStory(events, started);
  const epoch = lastDeciding(events, started);
  const choice = rows.find(({ origin }) => origin.kind === 'choice');
  const winner = rows.find((row) => row.winner);
  const left = rows.filter(({ out }) => !out).length;
  const choosing = choice && epoch ? [choiceSentence(events, { started, epoch }, choice)] : [];
  if (winner && rows.length === 1 && winner.trials.length === 0)
    return [
      ...choosing,
      ...predictionSentence(events),
      ONLY,
      ...(result ? trainingSentence(started, winner.assignment, result) : []),
    ];
  return [
    ...choosing,
    ...predictionSentence(events),
    ...(winner || rows.some(({ trials }) => trials.length > 0) ? [trialSentence(rows)] : []),
    ...(winner
      ? winnerSentences(started, rows, winner)
      : [`Nothing is settled yet: ${plural(left, 'candidate')} ${left === 1 ? 'is' : 'are'} still in.`]),
    ...(winner && result ? trainingSentence(started, winner.assignment, result) : []),
  ];
}
