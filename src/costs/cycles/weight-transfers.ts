/**
 * What reading weights adds to a pass: from where they are stored, or by way of a buffer in SRAM that is filled while
 * the pass before runs.
 */
import { accessCycles, rateOf, type Access, type Memory } from './transfers.ts';

/**
 * What a pass waits for: the multiply-accumulate array, the output unit, maps on their way, weights on theirs.
 */
export type Bottleneck = 'array' | 'output' | 'maps' | 'weights';

/** Cycles of array and output unit, with scales from where weights are stored, and from a buffer. */
export interface PassCompute {
  readonly npu: number;
  readonly npuBuffered: number;
  /** Of the two units; 'maps' where the pass only moves them. */
  readonly slower: Exclude<Bottleneck, 'weights'>;
}

/** A pass without its weights. */
export interface PassCycles extends PassCompute {
  /**
   * What the compiler counts on while it decides about buffers: where SRAM is a cache, maps are not in it yet, so that
   * passes seem longer, and so does the time in which weights are fetched.
   */
  readonly scheduled: Omit<PassCompute, 'slower'>;
  /** Bytes of maps in SRAM, and in the memory of the weights where maps lie there. */
  readonly sram: Access;
  readonly other: Access;
  /** Cycles to read the input. */
  readonly readCycles: number;
  /** How often the weights are read. */
  readonly fetches: number;
  readonly outputDepth: number;
  readonly blockDepth: number;
  /** Output channels of which parts but the first are multiples, and scales are stored (U85). */
  readonly partDepth: number;
}

/** Least output channels of a part that is buffered on its own. */
export const LEAST_PART = 16;
/** A delay that the compiler accepts at the start of a network, or for each part of a pass that computing binds. */
const ACCEPTED = 1000;

export interface Done {
  readonly total: number;
  readonly bottleneck: Bottleneck;
  /** Cycles in which the next pass's weights may be fetched. */
  readonly slack: number;
  /** SRAM that its weights are copied to. */
  readonly buffer: number;
}

interface Plan {
  readonly first: number;
  readonly slack: number;
  readonly last: number;
  readonly transfer: number;
  /** Output channels of each part: the first, those between, the last. */
  readonly parts: readonly { readonly count: number; readonly depth: number }[];
}

const ceilTo = (value: number, step: number): number => Math.ceil(value / step) * step;
const floorTo = (value: number, step: number): number => Math.floor(value / step) * step;

/**
 * How the compiler would buffer `bytes` (scales included), or undefined where it reads them in place. Facts: Arm Vela
 * 5.2.
 */
function plan(
  pass: PassCycles,
  bytes: number,
  sram: Memory,
  weights: Memory,
  before: number | undefined,
): Plan | undefined {
  const { fetches, outputDepth, blockDepth, partDepth } = pass;
  const { npu: unbuffered, npuBuffered: npu } = pass.scheduled;
  const slack = before ?? 0;
  const transfer = Math.max(
    bytes / rateOf(weights, 'copy') + weights.readLatency,
    bytes / rateOf(sram, 'write') + sram.writeLatency,
  );
  const inPlace = (bytes / rateOf(weights, 'weights') + weights.readLatency) * fetches;
  const fromBuffer = (bytes / rateOf(sram, 'weights') + sram.readLatency) * fetches;
  if (fromBuffer >= inPlace) return undefined;
  const least = Math.min(1, LEAST_PART / outputDepth);
  const smallest = transfer * least;
  const atStart = before === undefined && fetches > 1 && (smallest < inPlace / 10 || smallest <= ACCEPTED);
  const tries =
    atStart ||
    fromBuffer + Math.max(0, transfer - slack) < inPlace ||
    Math.floor(outputDepth / blockDepth) > 2 ||
    (before !== undefined && smallest < slack && fetches > 1);
  if (!tries) return undefined;
  const computing = unbuffered > inPlace;
  // The part that is fetched before the pass begins, then parts that are fetched while the one before is computed.
  const hidden = Math.min(slack / transfer, 1);
  let share = 1 - Math.floor(hidden / least) * least < least / 2 ? 1 : hidden;
  if (computing && share > 0.5 && share < 1)
    share = Math.min(1, ceilTo(Math.floor(outputDepth / 2), LEAST_PART) / outputDepth);
  share = Math.max(share, least);
  const first = share >= 1 ? outputDepth : Math.max(LEAST_PART, floorTo(Math.floor(outputDepth * share), partDepth));
  let visible = Math.max(
    0,
    (transfer * Math.min(first, outputDepth)) / outputDepth - (before === undefined ? (atStart ? ACCEPTED : 0) : slack),
  );
  let last = npu;
  let parts = 1;
  const depths = [{ count: 1, depth: first }];
  if (first < outputDepth) {
    const during = Math.floor((npu * first) / transfer);
    const depth = Math.max(
      partDepth,
      floorTo(ceilTo(Math.max(during, LEAST_PART), blockDepth), during > blockDepth ? blockDepth : partDepth),
    );
    parts = 1 + Math.ceil((outputDepth - first) / depth);
    const tail = outputDepth - first - (parts - 2) * depth;
    last = (npu * ceilTo(tail, partDepth)) / ceilTo(outputDepth, partDepth);
    depths.push({ count: parts - 2, depth }, { count: 1, depth: tail });
    // Of a part of so many channels, while one of so many is computed.
    const shows = (fetched: number, computed: number): number =>
      Math.max(0, (transfer * fetched - npu * computed) / outputDepth);
    visible +=
      parts === 2 ? shows(tail, first) : shows(depth, first) + (parts - 3) * shows(depth, depth) + shows(tail, depth);
  }
  const direct = Math.max(unbuffered, inPlace, pass.readCycles);
  const noise = computing && visible / parts < ACCEPTED ? visible : 0;
  const after = Math.max(npu + visible, fromBuffer, pass.readCycles) - noise;
  if (direct < after || (fetches === 1 && transfer + fromBuffer > direct)) return undefined;
  return { first: Math.min(1, first / outputDepth), slack, last, transfer, parts: depths };
}

/** How much more scales take in parts than at once: those of each part are stored for whole micro-blocks. */
function scaleGrowth({ outputDepth, partDepth }: PassCycles, { parts }: Plan): number {
  const stored = parts.reduce((sum, { count, depth }) => sum + count * ceilTo(depth, partDepth), 0);
  return stored / ceilTo(outputDepth, partDepth);
}

/** Bytes of SRAM that a plan needs: for all at once, or for two of its parts in turn. */
function bufferBytes({ outputDepth }: PassCycles, { parts }: Plan, bytes: number): number {
  const largest = Math.max(...parts.map(({ count, depth }) => (count > 0 ? depth : 0)));
  return Math.ceil((bytes * Math.min(outputDepth, parts.length === 1 ? largest : 2 * largest)) / outputDepth);
}

/**
 * `bytes` of weights and `side` of scales; `before`: cycles of the pass before, in which a buffer is filled.
 * @param room bytes of SRAM that are left for it; weights that do not fit there are counted as read in place
 */
export function withWeights(
  pass: PassCycles,
  bytes: number,
  side: number,
  { sram, weights }: { readonly sram: Memory; readonly weights: Memory },
  before: number | undefined,
  room = Infinity,
): Done {
  const { npu, fetches, scheduled } = pass;
  let buffer = 0;
  const done = (computing: number, own: Access, others: Access, slack: number): Done => {
    const [near, far] = [accessCycles(sram, joined(pass.sram, own)), accessCycles(weights, joined(pass.other, others))];
    const total = Math.floor(Math.max(computing, near, far));
    return { total, slack, bottleneck: bottleneckOf(pass, computing, [near, own], [far, others]), buffer };
  };
  if (bytes === 0) return done(npu, {}, {}, scheduled.npu);
  const wanted = plan(pass, bytes + side, sram, weights, before);
  if (wanted) buffer = bufferBytes(pass, wanted, bytes + side);
  const buffered = buffer <= room ? wanted : undefined;
  if (!buffered) buffer = 0;
  if (!buffered) return done(npu, {}, { weights: bytes * fetches, scales: side * fetches }, scheduled.npu);
  const { first, slack, last, transfer } = buffered;
  const rest = before === undefined ? bytes : Math.max(0, bytes - first * (bytes + side));
  const computing = Math.max(transfer - slack + last, pass.npuBuffered + Math.max(0, transfer * first - slack));
  return done(
    computing,
    { write: rest, weights: bytes * fetches },
    { copy: rest, scales: side * scaleGrowth(pass, buffered) * fetches },
    last,
  );
}

const bytesOf = (access: Access): number => Object.values(access).reduce((sum, bytes) => sum + bytes, 0);

/**
 * What takes longest. `near`, `far`: cycles of SRAM and of the weights' memory, each with what weights add to the bytes
 * of maps there.
 */
function bottleneckOf(
  pass: PassCycles,
  computing: number,
  near: readonly [number, Access],
  far: readonly [number, Access],
): Bottleneck {
  // What computing waits beyond its own cycles, it waits for a buffer.
  const own = Math.max(pass.npu, pass.npuBuffered);
  if (computing >= Math.max(near[0], far[0])) return computing > 2 * own ? 'weights' : pass.slower;
  const [access, maps] = near[0] >= far[0] ? [near[1], pass.sram] : [far[1], pass.other];
  return bytesOf(access) > bytesOf(maps) ? 'weights' : 'maps';
}

/** Bytes of both by kind. */
export function joined(a: Access, b: Access): Access {
  const sum: Record<string, number> = { ...a };
  for (const [channel, bytes] of Object.entries(b)) sum[channel] = (sum[channel] ?? 0) + bytes;
  return sum;
}
