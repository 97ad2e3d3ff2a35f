/** What padding costs a layer, why it is there, and what would avoid it, as far as somebody can change that. */
import { isExit } from '../../network/layer-graph.ts';
import type { Architecture, LayerTemplate, Network, Operation, Width } from '../../network/types.ts';
import { formatBytes, formatCount, formatShare } from '../../text/format.ts';
import type { ByteSplit } from '../../wire/run.ts';
import { channelPadding, weightShape, type ChannelPadding, type Side } from '../weights/padding/channel-padding.ts';
import type { Target } from '../../targets/find-target.ts';
import { primitiveOf, wholeCounts, wholeText } from '../weights/padding/whole-widths.ts';

export interface PaddingAdvice {
  readonly bytes: number;
  /** Of all bytes that the layer stores. */
  readonly share: number;
  /** What is rounded up and cannot be helped, and other counts of channels that would waste nothing. */
  readonly reasons: readonly string[];
  readonly remedies: readonly string[];
}

const SIDES = ['output', 'input'] as const;

/**
 * The layers whose `filters` (or `units`) a width is; none for the network's input and for what is made of other
 * widths.
 */
export const ownersOf = ({ layers }: Network, width: Width): readonly LayerTemplate[] =>
  width.kind === 'param' ? width.layers.map((index) => layers[index]!) : [];

/** The layer whose outputs the task decides: classes, or the colours of a picture. */
export const lastWeighted = ({ layers }: Network): LayerTemplate | undefined =>
  layers.findLast(({ paths }) =>
    paths.some(({ primitives }) =>
      primitives.some(({ kind }) => kind === 'conv' || kind === 'depthwise' || kind === 'dense'),
    ),
  );

const stored = ({ channels, stored: count }: ChannelPadding, what: string): string =>
  `${formatCount(channels)} ${what} ${channels === 1 ? 'channel is' : 'channels are'} stored as ${formatCount(count)}`;

/** Where the numbers of an architecture can be changed: in the definition of its network. */
export interface Changeable {
  readonly network: Network;
  readonly architecture: Architecture;
}

/**
 * A number of the definition that is rounded up: its name, what it is stored as by the operators of a layer, and what
 * to write instead.
 */
interface Rounded {
  readonly name: string;
  readonly channels: number;
  readonly stored: Set<number>;
  readonly whole: string;
}

/**
 * What a side's rounding is due to where nobody can change it, else the width that decides it and its name in the
 * definition.
 */
function sideAdvice(
  { network }: Changeable,
  operation: Operation,
  side: Side,
  padding: ChannelPadding,
): { readonly reason: string } | { readonly name: string; readonly width: Width } {
  const primitive = primitiveOf(network, operation);
  const width = side === 'output' ? primitive?.outWidth : primitive?.inWidth;
  const owners = width ? ownersOf(network, width) : [];
  if (!width || owners.length === 0)
    return {
      reason: `${stored(padding, side)}${operation.inputs[0] === -1 && side === 'input' ? ': the data give them' : ''}`,
    };
  if (owners.some((owner) => owner === lastWeighted(network) || isExit(owner.spec)))
    return { reason: `${stored(padding, side)}: the task gives them` };
  const [owner, ...tied] = [...owners].sort(
    (a, b) => Number(b.spec.index === operation.layer) - Number(a.spec.index === operation.layer),
  );
  const key =
    owner!.spec.index === operation.layer ? owner!.spec.filtersKey : `${owner!.spec.filtersKey} of ${owner!.spec.name}`;
  const also = tied.length === 0 ? '' : ` (together with ${tied.map(({ spec }) => spec.name).join(', ')})`;
  return { name: `${key}${also}`, width };
}

/** 'filters 20 stores 24 and 32; 32 wastes nothing': one line for a number, whatever its operators make of it. */
const roundedText = ({ name, channels, stored: counts, whole }: Rounded): string =>
  `${name} ${channels} stores ${[...counts].sort((a, b) => a - b).join(' and ')}${whole === '' ? '' : `; ${whole}`}`;

/**
 * Advice for the operations of one layer; undefined where they store no padding.
 * @param split what they store: exact, or an estimate
 * @param of the definition's network and the architecture that the operations are of; absent for a network whose
 *   numbers nobody can change here
 */
export function paddingAdvice(
  target: Target,
  operations: readonly Operation[],
  split: Pick<ByteSplit, 'totalBytes' | 'paddingBytes'>,
  of?: Changeable,
): PaddingAdvice | undefined {
  if (split.paddingBytes <= 0) return undefined;
  const reasons = new Set<string>();
  const rounded = new Map<string, Rounded>();
  for (const operation of operations) {
    const shape = weightShape(operation);
    if (!shape) continue;
    for (const side of SIDES) {
      const padding = channelPadding(target, shape, side);
      if (!padding) continue;
      const advice = of ? sideAdvice(of, operation, side, padding) : { reason: stored(padding, side) };
      if ('reason' in advice) {
        reasons.add(advice.reason);
        continue;
      }
      const { name, width } = advice;
      const { channels } = padding;
      const counts = of && wholeCounts(target, of.network, of.architecture, width, channels);
      const one = rounded.get(name) ?? {
        name,
        channels,
        stored: new Set<number>(),
        whole: counts ? wholeText(counts) : '',
      };
      one.stored.add(padding.stored);
      rounded.set(name, one);
    }
  }
  return {
    bytes: split.paddingBytes,
    share: split.paddingBytes / split.totalBytes,
    reasons: [...reasons],
    remedies: [...rounded.values()].map(roundedText),
  };
}

/** Padding below this share of a layer goes without a line. */
const WORTH_A_LINE = 0.01;

/** A line for each layer that stores padding for a reason that can be named. */
export function paddingLines(
  rows: readonly { readonly name: string; readonly padding?: PaddingAdvice | undefined }[],
): string[] {
  return rows.flatMap(({ name, padding }) => {
    if (!padding || padding.share < WORTH_A_LINE) return [];
    const why = [...padding.reasons, ...padding.remedies];
    return why.length === 0
      ? []
      : [
          `${name}: ${formatBytes(padding.bytes)}, ${formatShare(padding.share)} of what it stores, is padding; ${why.join('; ')}`,
        ];
  });
}
