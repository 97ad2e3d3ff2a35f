/**
 * Accelerators made of processors with small memories each (MAX78000, MAX78002): the numbers, and what one operator may
 * not be.
 */
import type { Operation } from '../../network/types.ts';

/** Sizes and counts of the accelerator. Bytes are bytes; a column is one 3x3 kernel of 8 bits (72 bits). */
export interface ProcessorArray {
  readonly source: string;
  /** Input channels are read by as many processors at a time; more take several passes. */
  readonly processors: number;
  /**
   * Neighbouring processors that share a data memory, which holds as many channels side by side, and those that share a
   * bias memory.
   */
  readonly perDataMemory: number;
  readonly perBiasMemory: number;
  /** Columns of a processor's weight memory; `firstWeightColumns`: of the first of each that share a bias memory. */
  readonly weightColumns: number;
  readonly firstWeightColumns: number;
  readonly dataBytes: number;
  readonly biasBytes: number;
  readonly maxChannels: number;
  /** Where that is less than the maker's documentation says: why. */
  readonly channelsBecause?: string;
  /** Rows or columns of a map. */
  readonly maxSide: number;
  readonly maxPoolSide: number;
  /** A pool of more channels must lead into a convolution, unless one pixel is left of each. */
  readonly maxChannelsPooledAlone: number;
  /** Flattened maps: all elements, and the pixels of one channel. */
  readonly maxFlattened: number;
  readonly maxFlattenedPixels: number;
  readonly maxLayers: number;
}

const SOURCE =
  'Analog Devices ai8x-training README: limitations of networks; ai8x-synthesis: device constants and kernel loader';

export const MAX78000_ARRAY: ProcessorArray = {
  source: SOURCE,
  processors: 64,
  perDataMemory: 4,
  perBiasMemory: 16,
  weightColumns: 768,
  firstWeightColumns: 768,
  dataBytes: 32_768,
  biasBytes: 512,
  maxChannels: 1024,
  maxSide: 1023,
  maxPoolSide: 16,
  maxChannelsPooledAlone: 64,
  maxFlattened: 16_384,
  maxFlattenedPixels: 256,
  maxLayers: 32,
};

export const MAX78002_ARRAY: ProcessorArray = {
  ...MAX78000_ARRAY,
  weightColumns: 4096,
  firstWeightColumns: 5120,
  dataBytes: 81_920,
  biasBytes: 2048,
  channelsBecause: "the documentation says 2,048, but the maker's ai8xize stops there",
  maxSide: 2047,
  maxChannelsPooledAlone: Infinity,
  maxLayers: 128,
};

/** Passes in which so many channels are read or written. */
export const passesOf = ({ processors }: ProcessorArray, channels: number): number => Math.ceil(channels / processors);

/** Processors that so many channels take in each pass. */
export function processorsOf(array: ProcessorArray, channels: number): number {
  if (channels <= array.processors) return channels;
  const each = Math.ceil(channels / passesOf(array, channels));
  return Math.min(array.processors, Math.ceil(each / array.perDataMemory) * array.perDataMemory);
}

/** Bytes of each of its data memories that a map takes: the channels side by side there, once for each pass. */
export function mapBytes(array: ProcessorArray, pixels: number, channels: number): number {
  return pixels * array.perDataMemory * passesOf(array, channels);
}

const count = (value: number): string => value.toLocaleString('en-US');
const isPool = ({ kind }: Operation): boolean => kind === 'max-pool' || kind === 'average-pool';

/** Does a pool or convolution read beyond its input's borders? */
function reachesOut({ inSize, outSize, kernel, stride, dilation }: Operation): boolean {
  const reach = (out: number, k: number, s: number, d: number): number => (out - 1) * s + (k - 1) * d + 1;
  return (
    reach(outSize.height, kernel.height, stride.height, dilation.height) > inSize.height ||
    reach(outSize.width, kernel.width, stride.width, dilation.width) > inSize.width
  );
}

/** `chip`: its name, for the sentence. */
type Rule = (operation: Operation, array: ProcessorArray, chip: string) => string | undefined;

const RULES: readonly Rule[] = [
  ({ kind, inChannels, outChannels }, { maxChannels, channelsBecause }, chip) => {
    // The inputs of a dense layer may be a flattened map; flattening itself has its own limit.
    const most =
      kind === 'dense' || kind === 'flatten'
        ? kind === 'dense'
          ? outChannels
          : inChannels
        : Math.max(inChannels, outChannels);
    return most > maxChannels
      ? `${count(most)} channels: ${chip} takes up to ${count(maxChannels)}${channelsBecause === undefined ? '' : ` (${channelsBecause})`}`
      : undefined;
  },
  ({ inSize, outSize }, { maxSide }, chip) => {
    const side = Math.max(inSize.height, inSize.width, outSize.height, outSize.width);
    return side > maxSide ? `${count(side)} rows or columns: ${chip} takes up to ${count(maxSide)}` : undefined;
  },
  (operation, { maxPoolSide }, chip) => {
    if (operation.kind === 'global-average-pool') {
      const { height, width } = operation.inSize;
      return Math.max(height, width) > maxPoolSide
        ? `an average over ${height}x${width}: ${chip} pools over up to ${maxPoolSide}x${maxPoolSide}; pool in two steps`
        : undefined;
    }
    if (!isPool(operation)) return undefined;
    const { kernel, stride } = operation;
    if (Math.max(kernel.height, kernel.width) > maxPoolSide)
      return `pool ${kernel.height}x${kernel.width}: ${chip} pools over up to ${maxPoolSide}x${maxPoolSide}`;
    if (Math.max(stride.height, stride.width) > maxPoolSide || stride.height !== stride.width)
      return `stride ${stride.height}x${stride.width}: ${chip} pools with equal strides of up to ${maxPoolSide}`;
    return reachesOut(operation)
      ? `pool ${kernel.height}x${kernel.width} with stride ${stride.height}x${stride.width} over ${operation.inSize.height}x${operation.inSize.width}: ${chip} pools without padding; write \`padding: valid\` or a size that divides`
      : undefined;
  },
  ({ kind, inSize, inChannels }, { maxFlattened, maxFlattenedPixels }, chip) => {
    const pixels = inSize.height * inSize.width;
    if (kind !== 'flatten' || (pixels <= maxFlattenedPixels && pixels * inChannels <= maxFlattened)) return undefined;
    return `flattening ${inSize.height}x${inSize.width}x${inChannels}: ${chip} takes up to ${maxFlattenedPixels} pixels and ${count(maxFlattened)} values`;
  },
  ({ kind, inChannels }, { maxFlattened }, chip) =>
    kind === 'dense' && inChannels > maxFlattened
      ? `${count(inChannels)} inputs: ${chip} takes up to ${count(maxFlattened)}`
      : undefined,
  ({ kind, outChannels }, { biasBytes }) =>
    (kind === 'conv' || kind === 'dense') && outChannels > biasBytes
      ? `${count(outChannels)} output channels with biases: a bias memory holds ${count(biasBytes)}`
      : undefined,
  ({ kind, inSize, outSize, inChannels, outChannels }, array) => {
    // The network's input may come channel by channel (CHW), which the placement looks at.
    const sides =
      kind === 'conv' || kind === 'depthwise'
        ? [{ size: outSize, channels: outChannels }]
        : [
            { size: inSize, channels: inChannels },
            { size: outSize, channels: outChannels },
          ];
    for (const {
      size: { height, width },
      channels,
    } of kind === 'flatten' ? sides.slice(0, 1) : sides) {
      if (mapBytes(array, height * width, channels) > array.dataBytes)
        return mapTooLarge(array, height, width, channels);
    }
    return undefined;
  },
  ({ kind, activation }, _array, chip) =>
    kind === 'add' && activation !== 'none'
      ? `an addition with an activation: ${chip} adds without one; write \`activation: none\``
      : undefined,
];

/** Why a map does not fit a data memory. */
export function mapTooLarge(array: ProcessorArray, height: number, width: number, channels: number): string {
  const pixels = Math.floor(array.dataBytes / array.perDataMemory / passesOf(array, channels));
  return `a map of ${height}x${width}x${channels}: a data memory holds ${count(pixels)} pixels of ${channels} channels without streaming, which is not planned here; pool earlier, or fold pixels into channels`;
}

/** Why the accelerator cannot run an operator by itself; undefined where it can. `chip`: its name, for the sentence. */
export function arrayProblem(array: ProcessorArray, operation: Operation, chip: string): string | undefined {
  for (const rule of RULES) {
    const reason = rule(operation, array, chip);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
