/** The table of a network with weights: what each layer costs on a target, its bytes by the target's real encoding. */
import { addUp, sizeNetwork, type Sized } from '../../integer/sizing.ts';
import type { IntegerNetwork, IntegerOperation } from '../../integer/integer-network.ts';
import { macs, parameters } from '../../network/operation-counts.ts';
import type { Operation } from '../../network/types.ts';
import { commandStreamBytes } from '../../costs/cycles/command-stream.ts';
import { estimateCycles } from '../../costs/cycles/estimate-cycles.ts';
import { limitOn, type CostReport } from '../../wire/limits.ts';
import { COSTS } from '../../costs/cost-table.ts';
import { limitsThatHold, limitsWork, unknownCosts, type GivenLimits } from '../../costs/limits/holding-limits.ts';
import { activationMemory } from '../../costs/activations/activation-memory.ts';
import { boundedBy } from '../../costs/activations/bounded-target.ts';
import { paddingAdvice, type PaddingAdvice } from '../../costs/check/padding-advice.ts';
import { problemsOf } from '../../targets/runnable.ts';
import { savingsText } from '../../costs/weights/savings.ts';
import type { Target } from '../../targets/find-target.ts';
import type { ByteSplit } from '../../wire/run.ts';
import { onTarget } from './network-target.ts';

export interface NetworkRow {
  readonly name: string;
  readonly op: string;
  readonly kernel: string;
  readonly output: { readonly height: number; readonly width: number; readonly channels: number };
  /**
   * Of the smallest grid of the target that holds the weights, and the share of zeros among them; absent without
   * weights.
   */
  readonly bits?: number;
  readonly sparsity?: number;
  readonly parameters: number;
  readonly macs: number;
  /** Bytes alive while the layer runs, at most. */
  readonly activationBytes: number;
  /** 0 where the target publishes no rates. */
  readonly cycles: number;
  readonly bytes: ByteSplit;
  /** `bytes.totalBytes` as a share of the budget; absent without one. */
  readonly share?: number;
  readonly padding?: PaddingAdvice;
  /** The operator of the file, where nothing here computes it: shape and weights are its own, cycles are not known. */
  readonly standsFor?: string;
  /** Bytes that the file has for constants of the layer which could not be sized; absent where there are none. */
  readonly unsizedBytes?: number;
}

export interface NetworkReport {
  readonly target: string;
  /** False: sizes are shown with "≈". */
  readonly exactSizes: boolean;
  readonly budgetBytes?: number;
  readonly activationBudgetBytes?: number;
  /** What it takes of everything that is limited. */
  readonly costs: readonly CostReport[];
  readonly rows: readonly NetworkRow[];
  readonly totals: {
    readonly parameters: number;
    readonly macs: number;
    readonly bytes: ByteSplit;
    readonly share?: number;
    readonly peakActivationBytes: number;
    readonly cycles: number;
    /** About; stored beside the weights, counted in no budget. */ readonly commandBytes?: number;
  };
  /** What the file holds instead of int8, where the sizes are those that it would have in int8. */
  readonly asIfInt8?: string;
  /**
   * Does the target run it, and do weights and activations fit? Absent without a budget, and where that depends on
   * layers that could not be sized.
   */
  readonly feasible?: boolean;
  /** What the target cannot run, one a layer and reason. */
  readonly problems: readonly string[];
  /** What saves no storage on the target; absent where bits and zeros both do. */
  readonly savings?: string;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Operations of each layer, as indices, in the order of the layers. */
function byLayer(operations: readonly Operation[]): readonly (readonly number[])[] {
  const layers = new Map<number, number[]>();
  operations.forEach(({ layer }, i) => layers.set(layer, [...(layers.get(layer) ?? []), i]));
  return [...layers.values()];
}

/**
 * The operator as a definition calls it where the network came from one ('<layer>/<op>/<part>'), else what it computes.
 */
function operatorOf({ id, kind }: Operation): string {
  const parts = id.split('/');
  return parts.length === 3 ? parts[1]! : kind;
}

/** Bits and zeros of a layer's weights. */
function gridOf(operations: readonly IntegerOperation[]): Pick<NetworkRow, 'bits' | 'sparsity'> {
  const weighted = operations.flatMap(({ operation, weights }) =>
    weights ? [{ bits: operation.bits, codes: weights.codes }] : [],
  );
  if (weighted.length === 0) return {};
  const elements = sum(weighted.map(({ codes }) => codes.length));
  const zeros = sum(weighted.map(({ codes }) => codes.reduce((count, code) => count + (code === 0 ? 1 : 0), 0)));
  return { bits: Math.max(...weighted.map(({ bits }) => bits)), sparsity: zeros / elements };
}

/** What of a layer nothing here computes or sizes. */
function unreadOf(operations: readonly IntegerOperation[]): Pick<NetworkRow, 'standsFor' | 'unsizedBytes'> {
  const names = operations.flatMap(({ standsFor }) => standsFor?.operator ?? []);
  const unsizedBytes = sum(operations.map(({ standsFor }) => standsFor?.constantBytes ?? 0));
  return {
    ...(names.length > 0 && { standsFor: [...new Set(names)].join(', ') }),
    ...(unsizedBytes > 0 && { unsizedBytes }),
  };
}

/** What a compiler's command depends on: everything that is limited, and the activations. */
export const compiledCosts = ({ costs, totals }: Pick<NetworkReport, 'costs' | 'totals'>): readonly CostReport[] =>
  costs.some(({ cost }) => cost === 'activations')
    ? costs
    : [...costs, { cost: 'activations', value: totals.peakActivationBytes }];

/**
 * Measures a network on a target. `given`: limits instead of the target's own. `sized`: as
 * `sizeNetwork` sizes it there; absent: that is done here.
 * `asIfInt8`: what the file held instead of int8.
 */
export function networkReport(
  network: IntegerNetwork,
  chip: Target,
  given: GivenLimits = {},
  sized?: Sized,
  asIfInt8?: string,
): NetworkReport {
  const limits = limitsThatHold(undefined, chip, given);
  const target = boundedBy(chip, limits);
  const sizes = (sized ?? sizeNetwork(onTarget(network, target), target)).perOperation;
  const { operations: stored, architecture } = onTarget(network, target);
  const memory = activationMemory(architecture, target);
  const commandBytes = commandStreamBytes(architecture, target);
  const cycles = estimateCycles(
    architecture,
    target,
    sizes.map((size) => size?.weightBytes ?? 0),
  );
  const [budgetBytes, activationBudgetBytes] = [limitOn(limits, 'weights'), limitOn(limits, 'activations')];
  const shareOf = ({ totalBytes }: ByteSplit): { share?: number } =>
    budgetBytes === undefined ? {} : { share: totalBytes / budgetBytes };
  const rows = byLayer(architecture.operations).map((indices): NetworkRow => {
    const operations = indices.map((i) => architecture.operations[i]!);
    const last = operations.at(-1)!;
    const windowed = operations.find(({ kernel }) => kernel.height * kernel.width > 1)?.kernel;
    const bytes = addUp(indices.map((i) => sizes[i]));
    const padding = paddingAdvice(target, operations, bytes);
    const unread = unreadOf(indices.map((i) => stored[i]!));
    return {
      name: last.layerName,
      op: unread.standsFor ?? operatorOf(last),
      kernel: windowed ? `${windowed.height}x${windowed.width}` : '',
      output: { ...last.outSize, channels: last.outChannels },
      ...gridOf(indices.map((i) => stored[i]!)),
      parameters: sum(operations.map(parameters)),
      macs: sum(operations.map(macs)),
      activationBytes: Math.max(...indices.map((i) => memory.perOperation[i]!)),
      cycles: sum(indices.map((i) => (stored[i]!.standsFor ? 0 : cycles.perOperation[i]!))),
      bytes,
      ...shareOf(bytes),
      ...(padding && { padding }),
      ...unread,
    };
  });
  const bytes = addUp(sizes);
  const savings = savingsText(target);
  const problems = problemsOf(target, architecture);
  const unknown = unknownCosts(target, limits).map(({ limit }) => limit);
  const costs = limits
    .filter((limit) => !unknown.includes(limit))
    .map(({ cost, limit }): CostReport => ({ cost, limit, value: COSTS[cost].of(architecture, target, sizes) }));
  const fits = problems.length === 0 && costs.every(({ value, limit }) => value <= limit!);
  // What is not counted may be too much.
  const counted = rows.every(
    ({ unsizedBytes, standsFor }) => unsizedBytes === undefined && !(standsFor !== undefined && limitsWork(limits)),
  );
  return {
    target: target.name,
    exactSizes: target.exactSizes && asIfInt8 === undefined,
    rows,
    costs,
    ...(budgetBytes !== undefined && { budgetBytes }),
    ...((budgetBytes !== undefined || limitsWork(limits)) && (!fits || counted) && { feasible: fits }),
    ...(activationBudgetBytes !== undefined && { activationBudgetBytes }),
    totals: {
      parameters: sum(rows.map((row) => row.parameters)),
      macs: sum(rows.map((row) => row.macs)),
      bytes,
      ...shareOf(bytes),
      peakActivationBytes: memory.peakBytes,
      cycles: sum(rows.map((row) => row.cycles)),
      ...(commandBytes !== undefined && { commandBytes }),
    },
    problems,
    ...(asIfInt8 !== undefined && { asIfInt8 }),
    ...(savings !== undefined && { savings }),
  };
}
