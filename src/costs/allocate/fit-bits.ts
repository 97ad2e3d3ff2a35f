/**
 * Bits for an architecture within its memories, as editor and command line show and write them: a row a layer, and what
 * the definition is to say.
 */
import { instantiate, withMapBits } from '../../network/architecture.ts';
import { largestOption } from '../../network/largest-option.ts';
import { usesKey } from '../../network/operators.ts';
import type { Architecture, Choice, Decision, DecisionKind, Network } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import { formatBytes, formatCount, formatShare } from '../../text/format.ts';
import { activationMemory } from '../activations/activation-memory.ts';
import { saves, savingsText } from '../weights/savings.ts';
import type { Allocation, AllocationProblem, Cut, Impossible } from './allocation.ts';
import {
  activationLevelsOf,
  allocationProblem,
  halvingsOf,
  weightLevelsOf,
  type BytesAt,
} from './allocation-problem.ts';
import type { SchemeName } from './auxiliary-schemes.ts';
import { cutActivations } from './cut-activations.ts';
import { allocateByMemory } from './memory-rule.ts';

export interface FitRequest {
  readonly network: Network;
  readonly target: Target;
  /** Bytes. */
  readonly limits: AllocationProblem['limits'];
  readonly scheme?: SchemeName;
  /** Real weights, encoded; absent: the target's rate table. */
  readonly bytesAt?: BytesAt;
  /** What another rule chose for the weights; absent: by memory. */
  readonly chosen?: {
    /** One a layer, undefined for a layer without weights. */
    readonly layers: readonly (ChosenWeights | undefined)[];
    readonly impossible?: Impossible;
  };
}

/** Bits and zeros of a layer's weights, what they store with what lies beside them, and why. */
export interface ChosenWeights {
  readonly bits: number;
  readonly sparsity: number;
  readonly bytes: number;
  readonly reason: string;
}

/** A layer of the definition. */
export interface FitRow {
  readonly layer: number;
  readonly name: string;
  /** As the definition says them: '8', '2 | 4 | 8'; '' for a layer without weights. */
  readonly before: string;
  /** Of the weights; absent for a layer without. */
  readonly bits?: number;
  /** Share of zeros, where the rule decides it. */
  readonly sparsity?: number;
  /** Of the maps that it writes, as the definition says and as fitted; absent where nothing can be said. */
  readonly activationBefore?: string;
  readonly activationBits?: number;
  /** Stored weights with what lies beside them: as wide as the definition has them, and as allocated. */
  readonly bytesBefore: number;
  readonly bytes: number;
  /** Why it was cut, a sentence a cut. */
  readonly reasons: readonly { readonly of: Cut['of']; readonly text: string }[];
}

export interface Fit {
  readonly rows: readonly FitRow[];
  readonly bytesBefore: number;
  readonly bytes: number;
  /** Peak of activations before and after, in bytes. */
  readonly activationsBefore: number;
  readonly activations: number;
  readonly limits: AllocationProblem['limits'];
  /** Why nothing fits, in a sentence. */
  readonly impossible?: string;
}

/** The definition is no fixed architecture: a decision other than those that a fit takes is open. */
export class OpenDecisionError extends Error {
  override readonly name = 'OpenDecisionError';
  constructor(readonly decision: Decision) {
    super(
      `\`${decision.id}\` is a choice (${decision.labels.join(' | ')}), and bits are fitted to one architecture: write one value, or let a search decide`,
    );
  }
}

/** What a fit decides itself, and what it leaves open: by memory alone nothing can be said about zeros. */
const FITTED: readonly DecisionKind[] = ['bits', 'sparsity', 'activation-bits'];

/** The architecture that is fitted, with as many bits and as few zeros as it may have. @throws OpenDecisionError */
export function architectureToFit({ network }: Pick<FitRequest, 'network'>): Architecture {
  const open = network.decisions.find(({ kind }) => !FITTED.includes(kind));
  if (open) throw new OpenDecisionError(open);
  return instantiate(network, network.decisions.map(largestOption));
}

/**
 * Bitwidths that a rule may give a layer: those of the layer's own choice that the target stores, the largest first, or
 * where it has no choice those that the rule looks at.
 */
export function bitsOffered(bits: Choice<number>, target: Target, looked: readonly number[]): readonly number[] {
  return saves(target, 'bits') ? among(bits, target.bits, looked) : [Math.max(...bits.options)];
}

function among({ options }: Choice<number>, stored: readonly number[], looked: readonly number[]): readonly number[] {
  const offered = options.length < 2 ? looked : options.filter((one) => stored.includes(one)).sort((a, b) => b - a);
  return offered.length > 0 ? offered : [Math.max(...options)];
}

/**
 * Allocates bits by the memory-driven rule.
 * @throws OpenDecisionError where something else is open
 */
export function fitBits(request: FitRequest): Fit {
  const { network, target, limits } = request;
  const architecture = architectureToFit(request);
  const names = network.layers.map(({ spec }) => spec.name);
  const problem = allocationProblem(architecture, names, target, {
    ...request,
    weightLevels: network.layers.map(({ spec }) => halvingsOf(bitsOffered(spec.bits, target, weightLevelsOf(target)))),
    activationLevels: network.layers.map(({ spec }) =>
      halvingsOf(among(spec.activationBits, target.activationBits ?? [8], activationLevelsOf(target))),
    ),
  });
  const allocation = request.chosen ? besideChosen(problem, request.chosen.impossible) : allocateByMemory(problem);
  const before = activationMemory(architecture, target);
  const impossible =
    problem.layers.some(({ activationLevels }) => activationLevels.length > 1) ||
    limits.activations === undefined ||
    before.peakBytes <= limits.activations
      ? allocation.impossible
      : {
          of: 'activations' as const,
          at: architecture.operations[before.peakOperation]?.id ?? '',
          needed: before.peakBytes,
          limit: limits.activations,
        };
  const rows = rowsOf(network, problem, allocation, request.chosen?.layers);
  const after = activationMemory(withBits(architecture, allocation.activationBits), target);
  const sum = (of: (row: FitRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  return {
    rows,
    bytesBefore: sum(({ bytesBefore }) => bytesBefore),
    bytes: sum(({ bytes }) => bytes),
    activationsBefore: before.peakBytes,
    activations: after.peakBytes,
    limits,
    ...(impossible && { impossible: impossibleText(impossible, target) }),
  };
}

/** Activations by their rule, where another one is for the weights. */
function besideChosen(problem: AllocationProblem, impossible: Impossible | undefined): Allocation {
  const { bits, ...rest } = cutActivations(problem);
  return {
    weightBits: problem.layers.map(({ levels }) => levels[0]!),
    activationBits: bits,
    ...(impossible && { impossible }),
    ...rest,
  };
}

/** Does a layer's operator write maps whose bits it says? */
const says = (network: Network, layer: number): boolean => usesKey(network.layers[layer]!.op.options, 'activationBits');

/** The architecture with so many bits for the maps of each layer. */
export function withBits(architecture: Architecture, bits: readonly number[]): Architecture {
  const operations = architecture.operations.map((operation) => ({
    ...operation,
    activationBits: bits[operation.layer]!,
  }));
  return { ...architecture, operations: withMapBits(operations) };
}

function rowsOf(
  network: Network,
  { layers }: AllocationProblem,
  { weightBits, activationBits, cuts }: Allocation,
  chosen: readonly (ChosenWeights | undefined)[] | undefined,
): FitRow[] {
  return layers.map((layer, index): FitRow => {
    const weighted = layer.channels > 0;
    const other = chosen?.[index];
    const { bits, sparsity } = network.layers[index]!.spec;
    const stored = (width: number, outputBits: number): number =>
      layer.weightBytes(width) + layer.auxiliaryBytes(width, outputBits);
    return {
      layer: index,
      name: layer.name,
      before: weighted ? bits.texts.join(' | ') : '',
      ...(weighted && { bits: other?.bits ?? weightBits[index]! }),
      ...(other && sparsity.options.length > 1 && { sparsity: other.sparsity }),
      ...(says(network, index) &&
        layer.activationLevels.length > 1 && {
          activationBefore: network.layers[index]!.spec.activationBits.texts.join(' | '),
          activationBits: activationBits[index]!,
        }),
      bytesBefore: weighted ? stored(Math.max(...bits.options), 8) : 0,
      bytes: other?.bytes ?? (weighted ? stored(weightBits[index]!, activationBits[index]!) : 0),
      reasons: [
        ...cuts.filter((cut) => cut.layer === index).map((cut) => ({ of: cut.of, text: reasonText(cut) })),
        ...(other ? [{ of: 'weights' as const, text: other.reason }] : []),
      ],
    };
  });
}

/** '4 bits: its share of the flash was the largest, 31 %.' */
export function reasonText(cut: Cut): string {
  if (cut.of === 'activations')
    return `maps of ${cut.to} bits: ${cut.node} took ${formatBytes(cut.bytes)} of activation memory`;
  const share = formatShare(cut.share);
  return cut.share === cut.largest
    ? `${cut.to} bits: its share of the weights was the largest, ${share}`
    : `${cut.to} bits: its share of the weights, ${share}, was within 5 points of the largest, and it comes first`;
}

function impossibleText({ of, at, needed, limit }: Impossible, target: Target): string {
  const over = `${formatCount(needed)} B are needed, ${formatCount(needed - limit)} B more than the ${formatBytes(limit)} that there are`;
  if (of === 'weights') {
    const saving = saves(target, 'bits') ? '' : ` ${savingsText(target) ?? ''}`;
    return `No bits make the weights fit: ${over}, and \`${at}\` holds the most.${saving}`;
  }
  const levels =
    target.activationBits === undefined
      ? `${target.title} keeps activations in 8 bits`
      : 'its maps are as small as they get';
  return `No bits make the activations fit: at \`${at}\` ${over}; ${levels}.`;
}
