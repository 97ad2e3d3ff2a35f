/**
 * Of a trained network, which of the exits that may be left out stay: decided by what thresholds of the validation part
 * make of them, after the last step. Nothing reads an exit, so that the rest computes what it did.
 */
import { COSTS } from '../../costs/cost-table.ts';
import {
  chooseExits,
  tradesOf,
  type ExitSet,
  type ExitStage,
  type Trade,
  type WorkObjective,
} from '../../deploy/ensembles/exit-choice.ts';
import { rightAnswers, shareRight, workIn } from '../../deploy/ensembles/right-answers.ts';
import { EncodedWeights } from '../../integer/encodings.ts';
import { quantise } from '../../integer/quantise-network.ts';
import { segmentsOf } from '../../integer/segments.ts';
import { between } from '../../network/narrowed.ts';
import { exitsOf, outputsOf } from '../../network/network-outputs.ts';
import { openExits } from '../../network/open-exits.ts';
import type { Architecture, Assignment, Network, Operation } from '../../network/types.ts';
import type { Outcome } from '../../training/finish.ts';
import { answersOf } from '../../training/integer-answers.ts';
import type { SearchContext } from '../../training/problem.ts';
import { leftExitsText } from '../../wire/exit-texts.ts';
import type { StoppingReport } from '../../wire/run.ts';

export interface SettledNetwork {
  /** Of the network that is kept. */
  readonly outcome: Outcome;
  /** Of the space in which exits may be left out. */
  readonly assignment: Assignment;
  /** What thresholds can do; absent without exits. */
  readonly stopping?: StoppingReport;
  /** Why exits were left out, in words; absent where none was. */
  readonly reason?: string;
}

/** A set of exits with the network that has them. */
interface MeasuredSet extends ExitSet {
  readonly kept: Outcome;
  readonly stages: readonly ExitStage[];
}

/** @param assignment of the context's network, in which all exits stand */
export async function settleExits(
  context: SearchContext,
  outcome: Outcome,
  assignment: Assignment,
): Promise<SettledNetwork> {
  const { network, whole = network, target, dataset } = context;
  const told = whole === network ? assignment : between(whole, network).whole(assignment);
  const { operations } = outcome.folded.architecture;
  if (exitsOf(operations).length === 0) return { outcome, assignment: told };
  const integer = quantise(outcome.folded);
  const { labels } = dataset.validation;
  const logits = await answersOf(integer, dataset.validation);
  const answers = new Map(
    outputsOf(operations).map((index, k) => [
      operations[index]!.id,
      { logits: logits[k]!, scale: integer.operations[index]!.output.scale },
    ]),
  );
  const { unit, objective } = worthOf(context, outcome);
  const setOf = (left: readonly number[]): MeasuredSet => {
    const kept = withoutLayers(outcome, left);
    const { architecture, sized } = kept.encoded;
    const stages = segmentsOf(architecture, target, sized).map((segment) => ({
      ...answers.get(architecture.operations[segment.last]!.id)!,
      work: workIn(unit, segment),
    }));
    return { left, kept, bytes: sized.totalBytes, stages, trades: tradesOf(stages, labels) };
  };
  const open = openExits(whole).filter((layer) => operations.some((operation) => operation.layer === layer));
  const sets = subsetsOf(open)
    .map(setOf)
    .filter(({ left, kept }) => left.length === 0 || withinLimits(context, kept));
  const end = shareRight(rightAnswers(sets[0]!.stages.at(-1)!.logits, labels));
  const { set, trade } = chooseExits(sets, end, objective);
  const without = set.left.map((layer) => ({
    name: whole.layers[layer]!.spec.name,
    ...(objective ? {} : gainOf(layer, set, trade, sets, end)),
  }));
  const work = set.stages.reduce((sum, stage) => sum + stage.work, 0);
  return {
    outcome: set.kept,
    assignment: skipping(whole, told, set.left),
    ...(set.stages.length > 1 && {
      stopping: { unit, mean: trade.work, whole: work, accuracy: trade.accuracy, endAccuracy: end },
    }),
    ...(without.length > 0 && { reason: leftExitsText(without, unit) }),
  };
}

/** In what work is counted, and the objective in that unit where the definition states one on what is known. */
function worthOf(
  { network: { definition }, target }: SearchContext,
  { encoded: { architecture, sized } }: Outcome,
): { readonly unit: StoppingReport['unit']; readonly objective?: WorkObjective } {
  const known = COSTS.cycles.missing(target) === undefined;
  const { objective } = definition;
  if (!objective || COSTS[objective.cost].missing(target) !== undefined) return { unit: known ? 'cycles' : 'MACs' };
  const { cost, goal, weight } = objective;
  if (cost === 'macs') return { unit: 'MACs', objective: { goal, weight } };
  // Cycles and latency are in proportion, on one target.
  const cycles = COSTS.cycles.of(architecture, target, sized.perOperation);
  const value = COSTS[cost].of(architecture, target, sized.perOperation);
  return { unit: 'cycles', objective: { goal: (goal * cycles) / value, weight } };
}

/** All subsets, the empty one first. */
const subsetsOf = (all: readonly number[]): number[][] =>
  all.reduce<number[][]>((found, one) => [...found, ...found.map((set) => [...set, one])], [[]]);

/** The network without the operations of layers that nothing reads, and what was measured of it. */
function withoutLayers(outcome: Outcome, left: readonly number[]): Outcome {
  if (left.length === 0) return outcome;
  const { folded, encoded, exits } = outcome;
  const stays = ({ layer }: Operation): boolean => !left.includes(layer);
  const operations = folded.architecture.operations;
  const places = operations.map(((next) => (operation: Operation) => (stays(operation) ? next++ : -1))(0));
  const kept = operations
    .filter(stays)
    .map((operation) => ({ ...operation, inputs: operation.inputs.map((at) => (at < 0 ? at : places[at]!)) }));
  const architecture: Architecture = { ...folded.architecture, operations: kept };
  const asked = exitsOf(operations).map((index) => operations[index]!);
  return {
    ...outcome,
    folded: {
      ...folded,
      architecture,
      operations: folded.operations
        .filter(({ operation }) => stays(operation))
        .map((one, i) => ({ ...one, operation: kept[i]! })),
    },
    encoded: new EncodedWeights(
      architecture,
      encoded.target,
      new Map(kept.flatMap(({ id }) => (encoded.codes.has(id) ? [[id, encoded.codes.get(id)!] as const] : []))),
    ),
    exits: exits.filter((_, k) => stays(asked[k]!)),
  };
}

/** Fewer operations may lie otherwise in memory: what is kept is within the limits by itself. */
const withinLimits = ({ target, limits }: SearchContext, { encoded: { architecture, sized } }: Outcome): boolean =>
  limits.every(({ cost, limit }) => COSTS[cost].of(architecture, target, sized.perOperation) <= limit);

/** What an exit that was left out would have saved of the work beside those that stay, and added to the bytes. */
function gainOf(
  layer: number,
  set: ExitSet,
  trade: Trade,
  sets: readonly ExitSet[],
  accuracy: number,
): { readonly saved?: number; readonly added?: number } {
  const left = set.left.filter((other) => other !== layer);
  const other = sets.find((one) => one.left.length === left.length && left.every((each) => one.left.includes(each)));
  if (!other) return {};
  const { work } = chooseExits([other], accuracy).trade;
  return { saved: 1 - work / trade.work, added: other.bytes / set.bytes - 1 };
}

/** The assignment with some exits left out. */
const skipping = ({ layers, decisions }: Network, assignment: Assignment, left: readonly number[]): number[] =>
  decisions.map((_, d) => {
    const layer = left.find((one) => layers[one]!.op.decision === d);
    return layer === undefined ? assignment[d]! : layers[layer]!.op.options.indexOf('skip');
  });
