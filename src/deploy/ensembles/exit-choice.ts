/**
 * Which early exits of a trained network stay: those that are worth their bytes. Every set of them is held against
 * every other by what its thresholds do on the validation part; the trunk, and the network's end, is the same in all.
 */
import type { Thresholds } from '../../wire/ensemble.ts';
import { deciderOf } from './decide.ts';
import { commonThresholds, stageLevels } from './thresholds.ts';
import { tracesOf } from './traces.ts';

/** What a chip has to do for an answer, and how often that is right, over a part. */
export interface Trade {
  /** Share of the samples that are answered right. */
  readonly accuracy: number;
  /** Mean of the work of a sample, in cycles or MACs. */
  readonly work: number;
  readonly thresholds: Thresholds;
}

/** What runs from one exit to the next, the last to the network's end. */
export interface ExitStage {
  /** int8 logits, [samples × classes]. */
  readonly logits: Int8Array;
  /** Of their grid. */
  readonly scale: number;
  /** Of this stage alone. */
  readonly work: number;
}

/**
 * The trades that thresholds of a network's exits make (each answers alone, by the margin), by their work: no other is
 * as accurate with as little. The end alone where there are no exits.
 */
export function tradesOf(stages: readonly ExitStage[], labels: Int32Array): Trade[] {
  const classes = stages[0]!.logits.length / labels.length;
  const work = stages.map((stage) => stage.work);
  const scales = stages.map(({ scale }) => scale);
  // A single stage decides nothing: it is asked as a pair of itself.
  const decider = deciderOf('margin', scales.length === 1 ? [...scales, ...scales] : scales, classes, true);
  const traces = tracesOf(
    decider,
    stages.map(({ logits }) => logits),
    labels,
    work,
  );
  return commonThresholds(traces, stageLevels(traces)).map(({ thresholds, right, work: spent }) => ({
    thresholds,
    accuracy: right / labels.length,
    work: spent / labels.length,
  }));
}

/** A set of exits that stay. */
export interface ExitSet {
  /** The layers that are left out. */
  readonly left: readonly number[];
  /** Of the weights of the network with the others. */
  readonly bytes: number;
  readonly trades: readonly Trade[];
}

/** A soft goal for the mean work of a sample: accuracy × (work / goal)^weight is to be large. */
export interface WorkObjective {
  /** In the unit of the work. */
  readonly goal: number;
  readonly weight: number;
}

/** A set, and the trade that it is chosen for. */
export interface ChosenExits<Set extends ExitSet> {
  readonly set: Set;
  readonly trade: Trade;
}

/**
 * The set to keep. With an objective the one with the highest accuracy × (mean work / goal)^weight. Without one, of all
 * trades that are as accurate as the network's end the one with the least mean work × bytes: an exit stays where it
 * saves a larger share of the work than its head adds to the bytes. Of equals the one with fewer bytes.
 * @param sets at least one
 * @param accuracy of the network's end over the same samples
 */
export function chooseExits<Set extends ExitSet>(
  sets: readonly Set[],
  accuracy: number,
  objective?: WorkObjective,
): ChosenExits<Set> {
  const lossOf = (trade: Trade, bytes: number): number =>
    objective
      ? -trade.accuracy * (trade.work / objective.goal) ** objective.weight
      : trade.accuracy < accuracy
        ? Infinity
        : trade.work * bytes;
  const ordered = [...sets].sort((a, b) => a.bytes - b.bytes);
  let best: (ChosenExits<Set> & { readonly loss: number }) | undefined;
  for (const set of ordered)
    for (const trade of set.trades) {
      const loss = lossOf(trade, set.bytes);
      if (!best || loss < best.loss) best = { set, trade, loss };
    }
  return { set: best!.set, trade: best!.trade };
}
