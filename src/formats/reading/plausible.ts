/** What a file may claim of sizes, before anything is reckoned or allocated by them. */
import type { IntegerOperation, MapPadding } from '../../integer/integer-network.ts';
import { filterShape } from '../../network/operation-counts.ts';
import type { Operation, Size2D } from '../../network/types.ts';
import { DamagedFileError } from '../../base/damage.ts';
import type { Window } from './pads.ts';

/**
 * The longest side of a map, window or padding, the most channels (a map of 4096x4096x3 flattened has fewer), the most
 * elements of a map.
 */
const MOST_SIDE = 2 ** 16;
const MOST_CHANNELS = 2 ** 26;
const MOST_ELEMENTS = 2 ** 31;

/**
 * Elements of a filter that its dilation may fill with zeros where it has fewer weights, and of what averages a map.
 */
const MOST_WRITTEN_OUT = 2 ** 22;

const isFrom =
  (least: number, most: number) =>
  (value: number): boolean =>
    Number.isSafeInteger(value) && value >= least && value <= most;
const isSide = isFrom(1, MOST_SIDE),
  isCount = isFrom(1, MOST_CHANNELS),
  isPad = isFrom(0, MOST_SIDE);
const sides = ({ height, width }: Size2D): number[] => [height, width];
const pads = ({ top, bottom, left, right }: MapPadding): number[] => [top, bottom, left, right];

/** What must hold of each number of an operation, by what a person calls it. */
const RULES: readonly (readonly [string, (operation: Operation) => readonly number[], (value: number) => boolean])[] = [
  ['the size of its input', ({ inSize }) => sides(inSize), isSide],
  ['the size of its output', ({ outSize }) => sides(outSize), isSide],
  ['its input channels', ({ inChannels }) => [inChannels], isCount],
  ['its output channels', ({ outChannels }) => [outChannels], isCount],
  ['its kernel', ({ kernel }) => sides(kernel), isSide],
  ['its stride', ({ stride }) => sides(stride), isSide],
  ['its dilation', ({ dilation }) => sides(dilation), isSide],
  ['its factor', ({ factor }) => [factor], isCount],
];

/** What kinds of operations make of their input's channels, or elements: another number is no such operation. */
const KEPT: Readonly<Partial<Record<Operation['kind'], (operation: Operation) => boolean>>> = {
  'max-pool': ({ inChannels, outChannels }) => inChannels === outChannels,
  'average-pool': ({ inChannels, outChannels }) => inChannels === outChannels,
  'global-average-pool': ({ inChannels, outChannels }) => inChannels === outChannels,
  add: ({ inChannels, outChannels }) => inChannels === outChannels,
  depthwise: ({ inChannels, outChannels, factor }) => inChannels * factor === outChannels,
  'depth-to-space': ({ inChannels, outChannels, factor }) => inChannels === outChannels * factor ** 2,
  flatten: ({ inSize, inChannels, outChannels }) => inSize.height * inSize.width * inChannels === outChannels,
};

/** Kinds whose output has no more rows or columns than their input with what is put around it. */
const NARROWING: ReadonlySet<string> = new Set(['conv', 'max-pool', 'average-pool', 'depthwise', 'add']);

/** Does a shape of a file have sizes that a tensor can have? 0 and less stand for open ones. */
export const isPossibleShape = (shape: readonly number[]): boolean =>
  shape.every((size) => Number.isSafeInteger(size) && size <= MOST_CHANNELS) &&
  shape.reduce((product, size) => product * Math.max(1, size), 1) <= MOST_ELEMENTS;

/**
 * A window of a file before anything is reckoned by it.
 * @throws DamagedFileError where it has sides that none can have
 */
export function possibleWindow(window: Window): Window {
  for (const [what, side] of [
    ['kernel', window.kernel],
    ['stride', window.stride],
    ['dilation', window.dilation],
  ] as const) {
    if (!sides(side).every(isSide))
      throw new DamagedFileError(`its ${what} would be ${sides(side).join('x')}: the file is damaged`);
  }
  return window;
}

/** Why an operation of a file can be none, in words for after its name; undefined where it can. */
export function impossible({ operation, weights, pads: around }: IntegerOperation): string | undefined {
  for (const [what, values, holds] of RULES) {
    const found = values(operation);
    if (!found.every(holds))
      return `${what} would be ${found.map((value) => (Number.isFinite(value) ? value : '?')).join('x')}: the file is damaged, or was not made for a small network`;
  }
  if (KEPT[operation.kind]?.(operation) === false)
    return `it cannot make ${operation.outChannels} channels of ${operation.inChannels}: the file is damaged`;
  if (around && !pads(around).every(isPad))
    return `its padding would be ${pads(around).join(', ')}: the file is damaged`;
  const { inSize, outSize, inChannels, outChannels, kernel, dilation, kind } = operation;
  const maps = [inSize.height * inSize.width * inChannels, outSize.height * outSize.width * outChannels];
  if (Math.max(...maps) > MOST_ELEMENTS)
    return `a map of ${Math.max(...maps)} values: the file is damaged, or was not made for a small network`;
  const room = {
    height: inSize.height + (around ? around.top + around.bottom : 0),
    width: inSize.width + (around ? around.left + around.right : 0),
  };
  if (NARROWING.has(kind) && (outSize.height > room.height || outSize.width > room.width))
    return `it cannot make ${sides(outSize).join('x')} of ${sides(inSize).join('x')}: the file is damaged`;
  if (kind === 'global-average-pool' && maps[0]! > MOST_WRITTEN_OUT)
    return `it averages ${maps[0]} values: too many to be sized`;
  const shape = filterShape(operation);
  if (!shape || !weights) return undefined;
  const elements = shape.reduce((product, size) => product * size, 1);
  if (elements !== weights.codes.length) return `${weights.codes.length} weights do not fill ${shape.join('x')}`;
  const writtenOut =
    (elements / (kernel.height * kernel.width)) *
    ((kernel.height - 1) * dilation.height + 1) *
    ((kernel.width - 1) * dilation.width + 1);
  return writtenOut > Math.max(elements, MOST_WRITTEN_OUT)
    ? `a dilation of ${sides(dilation).join('x')} writes its filters out to ${writtenOut} weights: too many to be sized`
    : undefined;
}
