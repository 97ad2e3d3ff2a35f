/** What padding costs a layer, why it is there, and what would avoid it, as far as somebody can change that. */
import type { LayerTemplate, Network, Operation, Primitive, Width } from '../model/types.ts';
import { formatBytes, formatCount, formatShare } from '../shared/format.ts';
import type { ByteSplit } from '../shared/run.ts';
import { channelPadding, paddingRemedy, weightShape, type ChannelPadding } from './padding.ts';
import type { Target } from './targets.ts';

export interface PaddingAdvice {
  readonly bytes: number;
  /** Of all bytes that the layer stores. */
  readonly share: number;
  /** What is rounded up and cannot be helped, and other counts of channels that would waste nothing. */
  readonly reasons: readonly string[];
  readonly remedies: readonly string[];
}

export type Side = 'output' | 'input';
const SIDES = ['output', 'input'] as const;

/** The layers whose `filters` (or `units`) a width is; none for the network's input and for what is made of other widths. */
export const ownersOf = ({ layers }: Network, width: Width): readonly LayerTemplate[] => (width.kind === 'param' ? width.layers.map((index) => layers[index]!) : []);

const primitiveOf = ({ layers }: Network, { layer, id }: Operation): Primitive | undefined =>
  layers[layer]?.paths.flatMap(({ primitives }) => primitives).find((primitive) => primitive.id === id);

/** The layer whose outputs the task decides: classes, or the colours of a picture. */
export const lastWeighted = ({ layers }: Network): LayerTemplate | undefined =>
  layers.findLast(({ paths }) => paths.some(({ primitives }) => primitives.some(({ kind }) => kind === 'conv' || kind === 'depthwise' || kind === 'dense')));

const stored = ({ channels, stored: count }: ChannelPadding, what: string): string =>
  `${formatCount(channels)} ${what} ${channels === 1 ? 'channel is' : 'channels are'} stored as ${formatCount(count)}`;

/** What a side's rounding is due to, and the remedy where the definition has a number that decides it. */
function sideAdvice(network: Network, operation: Operation, side: Side, padding: ChannelPadding): { readonly reason: string } | { readonly remedy: string } {
  const primitive = primitiveOf(network, operation);
  const width = side === 'output' ? primitive?.outWidth : primitive?.inWidth;
  const owners = width ? ownersOf(network, width) : [];
  if (owners.length === 0) return { reason: `${stored(padding, side)}${operation.inputs[0] === -1 && side === 'input' ? ': the data give them' : ''}` };
  if (owners.some((owner) => owner === lastWeighted(network))) return { reason: `${stored(padding, side)}: the task gives them` };
  const [owner, ...tied] = [...owners].sort((a, b) => Number(b.spec.index === operation.layer) - Number(a.spec.index === operation.layer));
  const key = owner!.spec.index === operation.layer ? owner!.spec.filtersKey : `${owner!.spec.filtersKey} of ${owner!.spec.name}`;
  const also = tied.length === 0 ? '' : ` (together with ${tied.map(({ spec }) => spec.name).join(', ')})`;
  return { remedy: paddingRemedy(`${key}${also}`, padding) };
}

/**
 * Advice for the operations of one layer; undefined where they store no padding.
 * @param split what they store: exact, or an estimate
 * @param network of the definition; absent for a network whose numbers nobody can change here
 */
export function paddingAdvice(target: Target, operations: readonly Operation[], split: Pick<ByteSplit, 'totalBytes' | 'paddingBytes'>, network?: Network): PaddingAdvice | undefined {
  if (split.paddingBytes <= 0) return undefined;
  const reasons = new Set<string>();
  const remedies = new Set<string>();
  for (const operation of operations) {
    const shape = weightShape(operation);
    if (!shape) continue;
    for (const side of SIDES) {
      const padding = channelPadding(target, shape, side);
      if (!padding) continue;
      const advice = network ? sideAdvice(network, operation, side, padding) : { reason: stored(padding, side) };
      if ('remedy' in advice) remedies.add(advice.remedy);
      else reasons.add(advice.reason);
    }
  }
  return { bytes: split.paddingBytes, share: split.paddingBytes / split.totalBytes, reasons: [...reasons], remedies: [...remedies] };
}

/** Padding below this share of a layer goes without a line. */
const WORTH_A_LINE = 0.01;

/** A line for each layer that stores padding for a reason that can be named. */
export function paddingLines(rows: readonly { readonly name: string; readonly padding?: PaddingAdvice | undefined }[]): string[] {
  return rows.flatMap(({ name, padding }) => {
    if (!padding || padding.share < WORTH_A_LINE) return [];
    const why = [...padding.reasons, ...padding.remedies];
    return why.length === 0 ? [] : [`${name}: ${formatBytes(padding.bytes)}, ${formatShare(padding.share)} of what it stores, is padding; ${why.join('; ')}`];
  });
}
