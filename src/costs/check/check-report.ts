/**
 * The table of a definition before any training: what each layer costs over its choices, and whether the network can
 * fit.
 */
import { instantiate, widthValue } from '../../network/architecture.ts';
import { macs, parameters } from '../../network/operation-counts.ts';
import { atInput } from '../../network/resolution.ts';
import type { Architecture, LayerTemplate, Network, Operation, Size2D } from '../../network/types.ts';
import { paddingAdvice, type PaddingAdvice } from './padding-advice.ts';
import { limitOn, type LimitReport } from '../../wire/limits.ts';
import { limitsThatHold, type GivenLimits } from '../limits/holding-limits.ts';
import { commandStreamBytes } from '../cycles/command-stream.ts';
import { fasterOperators, type FasterOperator } from '../cycles/faster-operators.ts';
import { layerWork, type LayerWork } from '../cycles/layer-work.ts';
import { SizeExpression } from '../weights/expression/size-expression.ts';
import { workRange } from '../limits/work-range.ts';
import { feasibility, refusalText } from '../limits/feasibility.ts';
import { limitsOfOne, meanLimits } from '../limits/member-limits.ts';
import { ensembleReach, type EnsembleReach } from './ensemble-reach.ts';
import type { EncodedSource, KnownBytes } from '../weights/known-bytes.ts';
import { allWithin } from '../activations/least-memory.ts';
import { activationMemory, type ActivationMemory } from '../activations/activation-memory.ts';
import { boundedBy } from '../activations/bounded-target.ts';
import { weightShape } from '../weights/padding/channel-padding.ts';
import { problemsOfSpace } from '../../targets/runnable.ts';
import { vainSavings } from '../weights/savings.ts';
import type { Target } from '../../targets/find-target.ts';
import { estimateSplit } from '../weights/padding/unpadded.ts';

/** In the smallest and in the largest architecture of the network (by weight bytes). */
export interface Range {
  readonly smallest: number;
  readonly largest: number;
}

/** Bytes over all choices of a layer; `expected` is the mean when every option is as likely as the others. */
export interface ByteRange extends Range {
  readonly expected: number;
}

export interface CheckRow {
  readonly name: string;
  /** Operators to choose from, as written: 'dsconv | ibn'. */
  readonly op: string;
  readonly kernel: string;
  /**
   * Height, width, and channels in the smallest and in the largest architecture; a layer that one of them leaves out
   * passes its input's on. `from`: its size in the smallest architecture, where the input's size is a choice.
   */
  readonly output: {
    readonly height: number;
    readonly width: number;
    readonly from?: Size2D;
    readonly channels: Range;
  };
  readonly parameters: Range;
  readonly macs: Range;
  /** Bytes alive while the layer runs, at most. */
  readonly activationBytes: Range;
  /** Stored weights with biases and scales: encoded where the weights are known, else by the target's rate table. */
  readonly bytes: ByteRange;
  /** `bytes` as shares of the budget; absent without one. */
  readonly share?: ByteRange;
  /** What the weight order adds to the largest architecture, by the rate table, and what would avoid it. */
  readonly padding?: PaddingAdvice;
  /** In the largest architecture, estimated; absent where it skips the layer, or the target has no model of cycles. */
  readonly work?: LayerWork;
  /** What would be faster in its place there; absent where nothing is known to be, or the layer takes few cycles. */
  readonly faster?: readonly FasterOperator[];
}

export interface CheckReport {
  readonly target: string;
  /** Are the bytes those of encoded weights (`exactFrom`)? Else they are estimates. */
  readonly exactSizes: boolean;
  /** Can weights be encoded as the target stores them? Else even the sizes of known weights are shown with "≈". */
  readonly exactFormat: boolean;
  readonly budgetBytes?: number;
  readonly activationBudgetBytes?: number;
  /** Every limit that holds, those on work with what the architectures reach, as far as was found. */
  readonly limits: readonly LimitReport[];
  readonly rows: readonly CheckRow[];
  readonly totals: {
    readonly parameters: Range;
    readonly macs: Range;
    readonly bytes: ByteRange;
    readonly share?: ByteRange;
    readonly peakActivationBytes: Range;
    /** Estimated, of an inference: the least and the most that was found; absent where the target has no model. */
    readonly cycles?: Range;
    /** About; stored beside the weights, counted in no budget. */ readonly commandBytes?: Range;
  };
  /** All members together, where the definition asks for several; rows and totals are of one. */
  readonly ensemble?: EnsembleReach;
  /** The inputs to choose between, as written; absent where there is one. */
  readonly inputs?: readonly string[];
  /** Number of architectures, in decimal. */
  readonly architectures: string;
  /** Is some architecture within all limits? Absent where there are none. */
  readonly feasible?: boolean;
  /** Why not. */
  readonly refusal?: string;
  /**
   * Does every architecture fit all limits? False where that is not known. Where memories belong to
   * processors the sizes of the ends do not tell, so it is said of single architectures alone.
   */
  readonly allFit?: boolean;
  /** What the target cannot run, one a layer and reason. */
  readonly problems: readonly string[];
  /** Whose weights were encoded for the bytes, a run or a file; absent: they are estimates. */
  readonly exactFrom?: string;
  /** Which of the definition's choices save no storage on the target; absent where all may. */
  readonly savings?: string;
}

/** Share of the cycles of a layer that is worth another look. */
const NOTICEABLE = 0.05;

/** One end of the space. */
interface End {
  readonly architecture: Architecture;
  readonly memory: ActivationMemory;
  readonly byLayer: readonly (readonly number[])[];
}

/**
 * Measures a network on a target. `given`: limits instead of the definition's and the target's own.
 * `known`: its exact bytes there, where its weights are; absent: estimates.
 */
export function checkReport(
  network: Network,
  chip: Target,
  given: GivenLimits = {},
  known?: KnownBytes<EncodedSource>,
): CheckReport {
  const limits = limitsThatHold(network.definition.target, chip, given);
  const target = boundedBy(chip, limits);
  const expression = new SizeExpression(network, target);
  const [smallest, largest] = [expression.smallest(), expression.largest()];
  const [low, high] = [endOf(network, target, smallest.assignment), endOf(network, target, largest.assignment)];
  const expected = expression.expectedPerLayer(
    network.decisions.map(({ labels }) => labels.map(() => 1 / labels.length)),
  );
  const [budgetBytes, activationBudgetBytes] = [limitOn(limits, 'weights'), limitOn(limits, 'activations')];
  const { refusal } = feasibility(network, target, limits, expression, known?.totalBytes);
  const shareOf = (bytes: ByteRange): ByteRange | undefined =>
    budgetBytes === undefined
      ? undefined
      : {
          smallest: bytes.smallest / budgetBytes,
          expected: bytes.expected / budgetBytes,
          largest: bytes.largest / budgetBytes,
        };
  const works = layerWork(high.architecture, target);
  const fasterIn = fasterOperators(network, largest.assignment, target, budgetBytes);
  const { layers } = atInput(network, largest.assignment);
  const { layers: from } = atInput(network, smallest.assignment);
  const rows = layers.map((layer, index): CheckRow => {
    const work = works?.get(index);
    const faster = work && work.share >= NOTICEABLE ? fasterIn(index) : [];
    const exact = known && (known.layers[index] ?? NOTHING);
    const bytes = exact ? certain(exact.totalBytes) : { ...expression.layerRange(index), expected: expected[index]! };
    const share = shareOf(bytes);
    const operations = operationsOf(high, index);
    const padding = paddingAdvice(target, operations, exact ?? estimatedSplit(target, operations), {
      network,
      architecture: high.architecture,
    });
    return {
      name: layer.spec.name,
      op: layer.spec.op.texts.join(' | '),
      kernel: kernelText(layer),
      output: {
        height: layer.outSize.height,
        width: layer.outSize.width,
        ...(network.resolution && { from: from[index]!.outSize }),
        channels: {
          smallest: widthValue(layer.outWidth, smallest.assignment),
          largest: widthValue(layer.outWidth, largest.assignment),
        },
      },
      parameters: over(low, high, index, parameters),
      macs: over(low, high, index, macs),
      activationBytes: { smallest: liveIn(low, index), largest: liveIn(high, index) },
      bytes,
      ...(share && { share }),
      ...(padding && { padding }),
      ...(work && { work }),
      ...(faster.length > 0 && { faster }),
    };
  });
  const savings = vainSavings(network, target);
  const problems = problemsOfSpace(target, network, low.architecture);
  const bytes = known
    ? certain(known.totalBytes)
    : { smallest: smallest.bytes, expected: expected.reduce((a, b) => a + b, 0), largest: largest.bytes };
  const share = shareOf(bytes);
  const means = network.definition.ensemble ? meanLimits(network.definition.ensemble) : [];
  const work = [...limits, ...means].flatMap((limit) => {
    const reach = workRange(limit.cost, network, target, expression);
    return reach ? [{ limit, reach }] : [];
  });
  const cycles = workRange('cycles', network, target, expression);
  const ofOne = limitsOfOne(network.definition, limits);
  const allFit = (): boolean =>
    problems.length === 0 &&
    (network.decisions.length === 0 || !target.array) &&
    bytes.largest <= (limitOn(ofOne, 'weights') ?? Infinity) &&
    (activationBudgetBytes === undefined || allWithin(network, target, activationBudgetBytes)) &&
    work.every(({ reach, limit: { cost } }) => reach.proven && reach.largest <= limitOn(ofOne, cost)!);
  const peakActivationBytes = { smallest: low.memory.peakBytes, largest: high.memory.peakBytes };
  return {
    target: target.name,
    exactSizes: known !== undefined && target.exactSizes,
    exactFormat: target.exactSizes,
    rows,
    limits: limits.map((limit) => {
      const reach = work.find((one) => one.limit === limit)?.reach;
      return { ...limit, ...(reach && { smallest: reach.smallest, largest: reach.largest }) };
    }),
    ...(limits.length > 0 && {
      feasible: problems.length === 0 && !refusal,
      ...(refusal && { refusal: refusalText(refusal) }),
      allFit: allFit(),
    }),
    ...(budgetBytes !== undefined && { budgetBytes }),
    ...(activationBudgetBytes !== undefined && { activationBudgetBytes }),
    totals: {
      parameters: totals(rows, 'parameters'),
      macs: totals(rows, 'macs'),
      bytes,
      ...(share && { share }),
      peakActivationBytes,
      ...(cycles && { cycles: { smallest: cycles.smallest, largest: cycles.largest } }),
      ...commandBytes(target, low, high),
    },
    ...(network.definition.ensemble && { ensemble: ensembleReach(network.definition.ensemble, bytes, cycles) }),
    ...(network.definition.inputs && { inputs: network.definition.inputs.texts }),
    architectures: network.architectures.toString(),
    problems,
    ...(savings !== undefined && { savings }),
    ...(known && { exactFrom: known.source.origin }),
  };
}

const NOTHING = { totalBytes: 0, paddingBytes: 0 };

const certain = (bytes: number): ByteRange => ({ smallest: bytes, expected: bytes, largest: bytes });

function commandBytes(target: Target, low: End, high: End): { readonly commandBytes?: Range } {
  const [smallest, largest] = [
    commandStreamBytes(low.architecture, target),
    commandStreamBytes(high.architecture, target),
  ];
  return smallest === undefined || largest === undefined ? {} : { commandBytes: { smallest, largest } };
}

function endOf(network: Network, target: Target, assignment: readonly number[]): End {
  const architecture = instantiate(network, assignment);
  const byLayer: number[][] = network.layers.map(() => []);
  architecture.operations.forEach(({ layer }, i) => byLayer[layer]!.push(i));
  return { architecture, memory: activationMemory(architecture, target), byLayer };
}

const operationsOf = ({ architecture, byLayer }: End, layer: number): Operation[] =>
  byLayer[layer]!.map((i) => architecture.operations[i]!);

/** Bytes of a layer's operations before there are weights. */
function estimatedSplit(
  target: Target,
  operations: readonly Operation[],
): { readonly totalBytes: number; readonly paddingBytes: number } {
  let [totalBytes, paddingBytes] = [0, 0];
  for (const operation of operations) {
    const shape = weightShape(operation);
    if (!shape) continue;
    const size = estimateSplit(target, { ...shape, bits: operation.bits, sparsity: operation.sparsity });
    totalBytes += size.totalBytes;
    paddingBytes += size.paddingBytes;
  }
  return { totalBytes, paddingBytes };
}

/** The sum over a layer's operations at both ends. */
function over(low: End, high: End, layer: number, of: (operation: Operation) => number): Range {
  const at = (end: End): number => operationsOf(end, layer).reduce((sum, operation) => sum + of(operation), 0);
  return { smallest: at(low), largest: at(high) };
}

function liveIn({ memory, byLayer }: End, layer: number): number {
  return byLayer[layer]!.reduce((most, i) => Math.max(most, memory.perOperation[i]!), 0);
}

function totals(rows: readonly CheckRow[], key: 'parameters' | 'macs'): Range {
  return {
    smallest: rows.reduce((total, row) => total + row[key].smallest, 0),
    largest: rows.reduce((total, row) => total + row[key].largest, 0),
  };
}

/** '3x3 | 5x5'; empty where the layer has no kernel of its own. */
function kernelText({ spec, paths }: LayerTemplate): string {
  const windowed = paths.some(({ primitives }) =>
    primitives.some(({ kernel }) => kernel.options.some(({ height, width }) => height * width > 1)),
  );
  return windowed ? spec.kernel.options.map(({ height, width }) => `${height}x${width}`).join(' | ') : '';
}
