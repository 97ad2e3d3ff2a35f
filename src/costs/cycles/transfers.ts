/**
 * How long an Ethos-U's memories take for what an operation reads and writes, as the compiler's performance model has
 * it (Arm Vela 5.2).
 */
import { roundUp } from '../../base/round.ts';

/** A memory as the NPU's clock sees it. */
export interface Memory {
  readonly bytesPerCycle: number;
  readonly burstBytes: number;
  /** Cycles until the first byte. */
  readonly readLatency: number;
  readonly writeLatency: number;
  /**
   * What each kind of access gets of it in bytes per cycle, where there are limits for each (U85); otherwise all of it.
   */
  readonly channels?: Readonly<Record<Channel, number>>;
}

export type Channel = 'copy' | 'stream' | 'weights' | 'input' | 'scales' | 'write';
export type Access = Partial<Readonly<Record<Channel, number>>>;

/** Bytes per cycle of one kind of access. */
export const rateOf = (memory: Memory, channel: Channel): number => memory.channels?.[channel] ?? memory.bytesPerCycle;

/** Cycles of a memory for bytes by kind: all of them at its full rate, or the slowest kind at its own. */
export function accessCycles(memory: Memory, bytes: Access): number {
  const entries = Object.entries(bytes) as [Channel, number][];
  const all = entries.reduce((sum, [, count]) => sum + count, 0);
  return Math.max(all / memory.bytesPerCycle, ...entries.map(([channel, count]) => count / rateOf(memory, channel)));
}

export interface Extent {
  readonly height: number;
  readonly width: number;
  readonly depth: number;
}

/**
 * A map with the block that is read or written at a time. `packed`: without gaps (NHWC), else in bricks of 16 channels.
 */
export interface BlockedMap {
  readonly map: Extent;
  readonly block: Extent;
  readonly packed: boolean;
  readonly memory: Memory;
}

const BRICK = 16;
/** Longest run of bytes that is written at once where channels lie beside each other. */
const WRITE_RUN = 64;

const volume = ({ height, width, depth }: Extent): number => height * width * depth;

/** The part of a block that lies in the map. */
export const clipped = ({ map, block }: Pick<BlockedMap, 'map' | 'block'>): Extent => ({
  height: Math.min(map.height, block.height),
  width: Math.min(map.width, block.width),
  depth: Math.min(map.depth, block.depth),
});

/** Bytes that lie beside each other in a block. */
function run({ map, block, packed }: BlockedMap, reads: boolean, cores: number): number {
  const whole = block.depth * block.width;
  if (!packed) return BRICK * map.width === block.depth ? whole : BRICK * block.width * (reads ? 1 : cores);
  const beside = map.depth === block.depth;
  if (reads) return beside ? whole : block.depth;
  return beside && block.depth <= BRICK ? whole : Math.min(WRITE_RUN, BRICK * cores, block.depth);
}

/** Bytes that a memory spends on `bytes` of a map: short runs waste the rest of a burst. */
export function spent(map: BlockedMap, bytes: number, reads: boolean, cores: number): number {
  const { burstBytes } = map.memory;
  return Math.floor((bytes * burstBytes) / Math.min(burstBytes, run(map, reads, cores)));
}

/** Cycles to read the first block of an input, or to write a block of an output. */
export function blockCycles(map: BlockedMap, reads: boolean, cores: number): number {
  const { memory } = map;
  return (
    (reads ? memory.readLatency : memory.writeLatency) +
    Math.floor(spent(map, volume(clipped(map)), reads, cores) / memory.bytesPerCycle)
  );
}

/** Elements of a map where it lies: bricks are whole. */
export const storedElements = (map: Extent, packed: boolean): number =>
  map.height * map.width * (packed ? map.depth : roundUp(map.depth, BRICK));

/** Elements of an input that are read in all, `blocks` times a block of rows and columns with all channels. */
export function fetchedElements(input: BlockedMap, blocks: number): number {
  const { height, width } = clipped(input);
  return height * width * (input.packed ? input.map.depth : roundUp(input.map.depth, BRICK)) * blocks;
}
