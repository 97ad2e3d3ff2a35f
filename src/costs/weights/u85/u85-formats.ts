/**
 * Which of its two weight formats Vela chooses for a layer on an Ethos-U85: the standard one, or the one of the fast
 * decoder.
 */
import { expectedFastBytes, fastBytes } from './fast-format.ts';
import type { U85Engine } from '../../../targets/u85-engine.ts';

/** A memory that weights are read from, in Vela's terms; bytes and cycles of the NPU clock. */
interface WeightMemory {
  readonly bytesPerCycle: number;
  readonly burstBytes: number;
  readonly readLatency: number;
  readonly outstandingReads: number;
  readonly ports: number;
}

/**
 * The flash and DRAM of the system configurations that Vela has for the Ethos-U85 (vela.ini). The default is `DRAM
 * mid`.
 */
const MEMORIES: Readonly<Record<string, WeightMemory>> = {
  'flash low': { bytesPerCycle: 1, burstBytes: 128, readLatency: 32, outstandingReads: 2, ports: 1 },
  'flash high': { bytesPerCycle: 1, burstBytes: 128, readLatency: 64, outstandingReads: 2, ports: 1 },
  'DRAM low': { bytesPerCycle: 7.5, burstBytes: 128, readLatency: 500, outstandingReads: 24, ports: 1 },
  'DRAM mid': { bytesPerCycle: 12, burstBytes: 128, readLatency: 500, outstandingReads: 64, ports: 1 },
  'DRAM high': { bytesPerCycle: 24, burstBytes: 128, readLatency: 500, outstandingReads: 64, ports: 2 },
};

/** A whole layer in one layout: what the compiler looks at when it chooses. */
export interface CodedLayer {
  /** Coded elements of all streams, padding included. */
  readonly elements: number;
  /** Bytes of the standard format's streams. */
  readonly bytes: number;
  /** Zeros that the standard format codes in runs. */
  readonly zerosInRuns: number;
  /** Different values among the coded elements. */
  readonly distinct: number;
  readonly sparse: boolean;
}

/** May the compiler choose these formats? */
export interface FormatChoice {
  readonly standard: boolean;
  readonly fast: boolean;
}

/** Share of a memory's bandwidth that reads in flight reach, and of those, as the compiler reckons. */
const UTILISATION = 0.8;
const BURST_WORD = 16;
const LEAST_ZEROS = 0.5,
  MOST_ZEROS = 0.9;
/** Weights a cycle: of one standard decoder at those two shares of zeros, and of the fast decoder. */
const STANDARD = { least: 8, most: 32 } as const;
const FAST = { table: 64, raw: 32 } as const;
const TABLE = 16;
/** Cycles that differ by less than this share (and two) are a tie: the compiler rounds in single precision. */
const TIE = 1e-3;

/**
 * The formats that the compiler may choose for a layer, over the memories that Vela knows and both of its strategies.
 * Depthwise weights have no fast format.
 */
export function formatsOf(engine: U85Engine, layer: CodedLayer): FormatChoice {
  const found = { standard: false, fast: false };
  const expected = expectedFastBytes(layer.elements, layer.distinct);
  const fast = fastBytes(layer.elements, layer.distinct, layer.sparse);
  // Strategy Size takes the smaller of the uncut layer; cut, it may be the larger.
  if (expected < layer.bytes && fast < layer.bytes) found.fast = true;
  for (const memory of Object.values(MEMORIES)) {
    const standard = Math.max(
      standardDecode(engine, layer),
      readCycles(memory, engine.readBuffers.standard, layer.bytes),
    );
    const first = Math.max(
      Math.floor(layer.elements / (layer.distinct < TABLE ? FAST.table : FAST.raw)),
      readCycles(memory, engine.readBuffers.fast, expected),
    );
    const then = Math.max(Math.floor(layer.elements / FAST.table), readCycles(memory, engine.readBuffers.fast, fast));
    const tie = 2 + TIE * standard;
    const slower = Math.max(first, then) - standard;
    if (slower < tie) found.fast = true;
    if (slower > -tie) found.standard = true;
  }
  return found;
}

function standardDecode({ decoders }: U85Engine, { elements, zerosInRuns }: CodedLayer): number {
  const zeros = Math.max(LEAST_ZEROS, Math.min(MOST_ZEROS, zerosInRuns / elements));
  const each = Math.floor(
    STANDARD.least + ((zeros - LEAST_ZEROS) * (STANDARD.most - STANDARD.least)) / (MOST_ZEROS - LEAST_ZEROS),
  );
  return Math.floor(elements / (each * decoders));
}

function readCycles(memory: WeightMemory, readBuffer: number, bytes: number): number {
  const { burstBytes, readLatency, outstandingReads, ports, bytesPerCycle } = memory;
  const inFlight = Math.min(readBuffer / Math.max(1, burstBytes / BURST_WORD), outstandingReads * ports * UTILISATION);
  return (
    Math.floor(bytes / Math.min(bytesPerCycle, ((burstBytes * inFlight) / readLatency) * UTILISATION)) + readLatency
  );
}
