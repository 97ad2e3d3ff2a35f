/**
 * Bits for an architecture within its memories, as editor and command line show and write them: a row a layer, and what
 * the definition is to say.
 */
import { instantiate } from '../../network/architecture.ts';
import { largestOption } from '../../network/largest-option.ts';
import type { Architecture, Choice, Decision, DecisionKind, Network } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import { formatBytes, formatCount, formatShare } from '../../text/format.ts';
import { activationMemory } from '../activations/activation-memory.ts';
import { saves, savingsText } from '../weights/savings.ts';
import type { Allocation, AllocationProblem, Cut, Impossible } from './allocation.ts';
import { allocationProblem, weightLevelsOf, type BytesAt } from './allocation-problem.ts';
import type { SchemeName } from './auxiliary-schemes.ts';
import { allocateByMemory } from './memory-rule.ts';

export interface FitRequest {
  readonly network: Network;
  readonly target: Target;
  /** Bytes. */
  readonly limits: AllocationProblem['limits'];
  readonly scheme?: SchemeName;
  /** Real weights, encoded; absent: the target's rate table. */
  readonly bytesAt?: BytesAt;
}

/** A layer of the definition. */
export interface FitRow {
  readonly layer: number;
  readonly name: string;
  /** As the definition says them: '8', '2 | 4 | 8'; '' for a layer without weights. */
  readonly before: string;
  /** Of the weights; absent for a layer without. */
  readonly bits?: number;
  readonly sparsity?: number;
  /** Of the maps that it writes. */
  readonly activationBits: number;
  /** Stored weights with what lies beside them: as wide as the definition has them, and as allocated. */
  readonly bytesBefore: number;
  readonly bytes: number;
  /** Why it was cut, a sentence a cut. */
  readonly reasons: readonly string[];
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
const FITTED: readonly DecisionKind[] = ['bits', 'sparsity'];

/** The architecture that is fitted, with as many bits and as few zeros as it may have. @throws OpenDecisionError */
export function architectureToFit({ network }: Pick<FitRequest, 'network'>): Architecture {
  const open = network.decisions.find(({ kind }) => !FITTED.includes(kind));
  if (open) throw new OpenDecisionError(open);
  return instantiate(network, network.decisions.map(largestOption));
}

/** Levels of the rule that a layer may have: those of its choice, where it has one; else all that the target stores. */
function levelsOf(bits: Choice<number>, target: Target): readonly number[] {
  if (!saves(target, 'bits')) return [Math.max(...bits.options)];
  const stored = weightLevelsOf(target);
  const offered = bits.options.length < 2 ? stored : stored.filter((one) => bits.options.includes(one));
  return offered.length > 0 ? offered : [Math.max(...bits.options)];
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
    weightLevels: network.layers.map(({ spec }) => levelsOf(spec.bits, target)),
  });
  const allocation = allocateByMemory(problem);
  const before = activationMemory(architecture, target);
  const impossible =
    problem.activationLevels.length > 1 || limits.activations === undefined || before.peakBytes <= limits.activations
      ? allocation.impossible
      : {
          of: 'activations' as const,
          at: architecture.operations[before.peakOperation]?.id ?? '',
          needed: before.peakBytes,
          limit: limits.activations,
        };
  const rows = rowsOf(network, problem, allocation);
  const sum = (of: (row: FitRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  return {
    rows,
    bytesBefore: sum(({ bytesBefore }) => bytesBefore),
    bytes: sum(({ bytes }) => bytes),
    activationsBefore: before.peakBytes,
    activations: before.peakBytes,
    limits,
    ...(impossible && { impossible: impossibleText(impossible, target) }),
  };
}

function rowsOf(
  network: Network,
  { layers }: AllocationProblem,
  { weightBits, activationBits, cuts }: Allocation,
): FitRow[] {
  return layers.map((layer, index): FitRow => {
    const weighted = layer.channels > 0;
    const { bits } = network.layers[index]!.spec;
    const stored = (width: number, outputBits: number): number =>
      layer.weightBytes(width) + layer.auxiliaryBytes(width, outputBits);
    return {
      layer: index,
      name: layer.name,
      before: weighted ? bits.texts.join(' | ') : '',
      ...(weighted && { bits: weightBits[index]! }),
      activationBits: activationBits[index]!,
      bytesBefore: weighted ? stored(Math.max(...bits.options), 8) : 0,
      bytes: weighted ? stored(weightBits[index]!, activationBits[index]!) : 0,
      reasons: cuts.filter((cut) => cut.layer === index).map(reasonText),
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
