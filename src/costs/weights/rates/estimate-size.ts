/**
 * Sizes without weights: what the encoder needs for quantised, pruned, bell-shaped weights of a shape, from a table of
 * real encodes (`tiny.ts` where they are few).
 */
import { coreShares, possibleCuts } from '../ethos/ethos-order.ts';
import { FLAT_CODERS, type FlatFormat } from '../flat-formats.ts';
import { ALIGNMENT } from '../mlw/stream-format.ts';
import { brickElements } from '../mlw/reorder.ts';
import { BITS, ELEMENTS, LONG, SHORT, SPARSITIES, TAPS } from './rate-grid.ts';
import { ENTROPIES, RATES, TAP_FACTORS, ZERO_SHARES } from './rates.generated.ts';
import { sizeOf } from '../stored-size.ts';
import type { Target } from '../../../targets/find-target.ts';
import { isTiny, tinySize } from './tiny-layers.ts';
import type { StoredSize, WeightTensor } from '../../../targets/weight-tensor.ts';
import { u85CutScales, u85EstimatedBytes, u85Parts } from '../u85/u85-estimate.ts';

/** What of an operator decides its size before weights exist. */
export type WeightSpec = Pick<WeightTensor, 'kind' | 'ohwi' | 'bits' | 'dilation' | 'stride' | 'outSize'> & {
  readonly sparsity: number;
};

/**
 * Equal streams of one operator: how many, and of each its weights, coded elements, and the weights of a filter.
 * `beyond`: coded elements that are zeros beyond the largest share of them in the rate table, as in filters of large
 * dilation.
 */
export interface StreamShape {
  readonly count: number;
  readonly elements: number;
  readonly coded: number;
  readonly beyond: number;
  readonly taps: number;
  readonly place: StreamPlace;
  /**
   * Ethos-U85, on the first stream: is there a fast format for these weights, and what scales take more where the layer
   * is cut.
   */
  readonly u85?: { readonly fast: boolean; readonly cutScales: number };
}

/** What a zero more costs in a long run of zeros: the largest divisor of runs is 8. */
const BITS_PER_ZERO_OF_A_RUN = 1 / 8;

/**
 * Where a stream's shape lies in the rate table: up to eight entries with their shares, and the place among the filter
 * sizes.
 */
interface StreamPlace {
  readonly entries: readonly number[];
  readonly shares: readonly number[];
  readonly tapIndex: number;
  readonly tapFraction: number;
}

/**
 * The stored size of an operator with a bitwidth and a share of pruned weights, by the rate table or, where weights are
 * few, by encoding: the parts of `storedSize`.
 */
export function estimateSize(target: Target, spec: WeightSpec): StoredSize {
  if (isTiny(spec.ohwi)) return tinySize(target, spec);
  const rates = ratesFor(spec.bits, spec.sparsity);
  const streams = streamShapes(target, spec);
  const coded = streams.reduce((sum, stream) => sum + stream.count * stream.coded, 0);
  const elements = streams.reduce((sum, stream) => sum + stream.count * stream.elements, 0);
  return sizeOf(
    target,
    spec,
    estimateBytes(target, streams, rates),
    coded,
    rates.entropyBits(elements, streams[0]!.place),
  );
}

/**
 * The streams that an operator's weights become: one a core, cut as often as is counted on; or a single unpadded one
 * where the format knows no order.
 */
export function streamShapes(target: Target, spec: Omit<WeightSpec, 'bits' | 'sparsity'>): StreamShape[] {
  const [outputs, height, width, inputs] = spec.ohwi;
  const taps = height * width * inputs;
  if (target.format !== 'mlw') return [streamShape(1, outputs * taps, outputs * taps, 0, taps)];
  const shortShare = spec.kind === 'depthwise' ? 0 : 1 - inputs / (Math.ceil(inputs / 8) * 8);
  if (target.u85) {
    const parts = u85Parts(target.u85, spec);
    const u85 = {
      fast: spec.kind !== 'depthwise',
      cutScales: u85CutScales(target.u85, spec, parts, target.sideBytesPerChannel.value),
    };
    return parts.map(({ count, elements, coded }) => ({
      ...streamShape(count * target.u85!.decoders, elements, coded, shortShare, taps),
      u85,
    }));
  }
  const cut = possibleCuts(spec).at(-1)!;
  const parts = new Map<number, number>();
  cut.slice(1).forEach((to, i) => parts.set(to - cut[i]!, (parts.get(to - cut[i]!) ?? 0) + 1));
  return [...parts].flatMap(([part, count]) =>
    coreShares({ ...spec, ohwi: [part, height, width, inputs] }, target.engine!).map(({ ohwi, order }) =>
      streamShape(count, ohwi[0] * taps, brickElements(ohwi, order), shortShare, taps),
    ),
  );
}

/** Weight bytes of an operator's streams, alignment included. */
export function estimateBytes(target: Target, streams: readonly StreamShape[], rates: RateSlice): number {
  let bytes = 0;
  for (const stream of streams) {
    bytes +=
      stream.count *
      (target.format === 'mlw'
        ? Math.ceil(rates.streamBits(stream) / (8 * ALIGNMENT)) * ALIGNMENT
        : FLAT_CODERS[target.format as FlatFormat].bytes(rates.counts(stream)));
  }
  const { u85 } = streams[0]!;
  if (!target.u85 || !u85) return bytes;
  const { fast, cutScales } = u85;
  if (!fast) return bytes + cutScales;
  const { decoders } = target.u85;
  const parts = streams.map(({ count, elements, coded }) => ({ count: count / decoders, elements, coded }));
  return cutScales + u85EstimatedBytes(target.u85, parts, bytes, rates.zeroShare(streams[0]!), rates.levels);
}

/** The rate table at one bitwidth and sparsity. */
export class RateSlice {
  readonly #rates: Float64Array;
  readonly #tapFactors: Float64Array;
  readonly #entropies: Float64Array;
  readonly #zeroShares: Float64Array;
  readonly #bits: number;

  constructor(bits: number, sparsity: number) {
    this.#bits = bits;
    const row = Math.min(BITS.length - 1, Math.max(0, Math.round(bits) - BITS[0])) * SPARSITIES.length;
    const at = place(SPARSITIES, sparsity);
    const slice = (table: Float64Array, length: number): Float64Array =>
      Float64Array.from({ length }, (_, i) => {
        const low = table[(row + at.index) * length + i]!;
        return low + (table[(row + at.index + 1) * length + i]! - low) * at.fraction;
      });
    const tables = unpackedTables();
    this.#rates = slice(tables.rates, LONG.length * SHORT.length * ELEMENTS.length);
    this.#tapFactors = slice(tables.tapFactors, TAPS.length);
    this.#entropies = slice(tables.entropies, TAPS.length);
    this.#zeroShares = slice(tables.zeroShares, TAPS.length);
  }

  /** Bits of a weight stream, the end marker included, alignment not. */
  streamBits({ coded, beyond, place }: StreamShape): number {
    let rate = 0;
    for (let k = 0; k < place.entries.length; k++) rate += place.shares[k]! * this.#rates[place.entries[k]!]!;
    return rate * (coded - beyond) * this.#atTaps(this.#tapFactors, place) + beyond * BITS_PER_ZERO_OF_A_RUN;
  }

  /** Different values of a weight, zero among them. */
  get levels(): number {
    return 2 ** this.#bits - 1;
  }

  /** Share of zeros among the weights. */
  zeroShare({ place }: StreamShape): number {
    return this.#atTaps(this.#zeroShares, place);
  }

  /** Counts that the flat formats need. */
  counts({ elements, place }: StreamShape): { elements: number; nonZeros: number; bits: number; entropyBits: number } {
    const nonZeros = Math.round(elements * (1 - this.#atTaps(this.#zeroShares, place)));
    return { elements, nonZeros, bits: this.#bits, entropyBits: this.entropyBits(elements, place) };
  }

  /**
   * Zero-order entropy of all weights together: few weights show less of it, by (levels − 1)/2 nats (Miller and Madow).
   */
  entropyBits(elements: number, place: StreamPlace): number {
    const whole = elements * this.#atTaps(this.#entropies, place);
    const levels = Math.min(2 ** this.#bits - 1, elements);
    return Math.max(whole / 2, Math.min(whole, elements * Math.log2(elements)) - (levels - 1) / (2 * Math.LN2));
  }

  #atTaps(values: Float64Array, { tapIndex, tapFraction }: StreamPlace): number {
    return values[tapIndex]! + (values[tapIndex + 1]! - values[tapIndex]!) * tapFraction;
  }
}

const slices = new Map<number, RateSlice>();

/** The shared slice for a bitwidth and sparsity. */
export function ratesFor(bits: number, sparsity: number): RateSlice {
  const key = bits * 1e6 + Math.round(sparsity * 1e6) / 2;
  let slice = slices.get(key);
  if (!slice) {
    slice = new RateSlice(bits, sparsity);
    slices.set(key, slice);
  }
  return slice;
}

interface Place {
  readonly index: number;
  readonly fraction: number;
}

/** Where `value` lies between grid points; values outside are put on the edge. */
function place(grid: readonly number[], value: number): Place {
  let index = 0;
  while (index < grid.length - 2 && value >= grid[index + 1]!) index++;
  const fraction = (value - grid[index]!) / (grid[index + 1]! - grid[index]!);
  return { index, fraction: Math.min(1, Math.max(0, fraction)) };
}

const LOG_TAPS = TAPS.map(Math.log2);

function streamShape(count: number, elements: number, coded: number, shortShare: number, taps: number): StreamShape {
  const most = elements / ((1 - LONG.at(-1)!) * (1 - shortShare));
  const beyond = Math.max(0, Math.floor(coded - most));
  const long = place(LONG, Math.max(0, 1 - elements / ((coded - beyond) * (1 - shortShare))));
  const short = place(SHORT, shortShare);
  const size = placeInverse(coded - beyond);
  const filter = place(LOG_TAPS, Math.log2(taps));
  const entries: number[] = [];
  const shares: number[] = [];
  const add = (entry: number, share: number): void => {
    if (share === 0) return;
    entries.push(entry);
    shares.push(share);
  };
  for (const l of [0, 1]) {
    for (const s of [0, 1]) {
      const share = (l ? long.fraction : 1 - long.fraction) * (s ? short.fraction : 1 - short.fraction);
      const entry = ((long.index + l) * SHORT.length + short.index + s) * ELEMENTS.length + size.index;
      add(entry, share * (1 - size.fraction));
      add(entry + 1, share * size.fraction);
    }
  }
  return {
    count,
    elements,
    coded,
    beyond,
    taps,
    place: { entries, shares, tapIndex: filter.index, tapFraction: filter.fraction },
  };
}

/** Overheads are constant bits, so rates are straight lines in 1/n, within the grid and beyond. */
function placeInverse(elements: number): Place {
  let index = 0;
  while (index < ELEMENTS.length - 2 && elements >= ELEMENTS[index + 1]!) index++;
  const low = 1 / ELEMENTS[index]!;
  return { index, fraction: (1 / elements - low) / (1 / ELEMENTS[index + 1]! - low) };
}

interface Tables {
  readonly rates: Float64Array;
  readonly tapFactors: Float64Array;
  readonly entropies: Float64Array;
  readonly zeroShares: Float64Array;
}
let tables: Tables | undefined;

function unpackedTables(): Tables {
  tables ??= {
    rates: unpack(RATES),
    tapFactors: unpack(TAP_FACTORS),
    entropies: unpack(ENTROPIES),
    zeroShares: unpack(ZERO_SHARES),
  };
  return tables;
}

function unpack(base64: string): Float64Array {
  const text = atob(base64);
  return Float64Array.from(
    { length: text.length / 2 },
    (_, i) => (text.charCodeAt(2 * i) | (text.charCodeAt(2 * i + 1) << 8)) / 1000,
  );
}
