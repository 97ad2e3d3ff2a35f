/**
 * How an Ethos-U's compiler compares a way to copy a layer's weights into SRAM with reading them where they are stored.
 * Facts: Arm Vela 5.2.
 */
import type { Around, PartedCycles } from '../../cycles/pass-cycles.ts';
import { rateOf, type Memory } from '../../cycles/transfers.ts';
import { LEAST_PART } from '../../cycles/weight-transfers.ts';

/** From the least to the most. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** One way in which the compiler may store a layer: its format and order. */
export interface CutForm {
  /** Bytes that are copied for output channels [from, to), side data included; of all of them together when uncut. */
  readonly bytes: (from: number, to: number) => number;
  /** What all parts of a cut take is counted with so many bytes more. */
  readonly more: number;
  readonly weights: number;
  /** Does the engine skip half of its weights? Are they for the fast decoder, which may read at half the rate? */
  readonly sparse?: boolean;
  readonly fast?: boolean;
}

/** A pass with weights, the memories around it, and how far the compiler's cycles may be from ours. */
export interface CutPass {
  readonly pass: PartedCycles;
  readonly around: Around;
  readonly margin: number;
}

/** A delay that the compiler accepts at the start of a network, or for each part of a pass that computing binds. */
const ACCEPTED = 1000;
/** …and what it takes off for each part where nothing comes before. */
const OVERLAP = ACCEPTED / 2;
const SPARSE = 2;
const SLOW_DECODER = 2;

function copyCycles(bytes: number, { sram, weights }: Around): number {
  return Math.max(
    bytes / rateOf(weights, 'copy') + weights.readLatency,
    bytes / rateOf(sram, 'write') + sram.writeLatency,
  );
}

/** Cycles to read weights so often, in so many parts. */
const readCycles = (memory: Memory, bytes: number, fetches: number, parts = 1, slow = 1): number =>
  ((slow * bytes) / rateOf(memory, 'weights') + parts * memory.readLatency) * fetches;

/** How much faster the array may be than our cycles say, and how much slower weights may be read. */
export function variantsOf({ pass }: CutPass, form: CutForm): { readonly scale: number; readonly slow: number }[] {
  const scales = form.sparse ? [1, 1 / SPARSE] : pass.halved ? [1, SPARSE] : [1];
  return scales.flatMap((scale) => (form.fast ? [1, SLOW_DECODER] : [1]).map((slow) => ({ scale, slow })));
}

/** How the compiler compares ways to copy weights with leaving them where they are. */
export interface Trial {
  /** Cycles to copy all of them. */
  readonly copy: number;
  /** Does it look at any copy, where so much is hidden? */
  readonly tries: (hidden: number, noise: number) => boolean;
  /** Does computing take longer than reading the weights? */
  readonly dominated: (error: number) => boolean;
  readonly cycles: (error: number, channels: number, first: boolean, last: boolean) => number;
  /** Bytes of all parts, cycles of the last, and by how many cycles they are faster, where so much is hidden. */
  readonly of: (
    ends: readonly number[],
    error: number,
    bytesOf: CutForm['bytes'],
  ) => { readonly bytes: number; readonly last: number; readonly gain: (hidden: number) => number };
}

export function trialOf(
  { pass, around }: CutPass,
  form: CutForm,
  slack: Range | undefined,
  scale: number,
  slow: number,
): Trial {
  const { outputDepth: depth, blockDepth, fetches } = pass;
  const all = form.bytes(0, depth);
  const copy = copyCycles(all, around);
  const unmoved = readCycles(around.weights, all, fetches, 1, slow);
  const buffered = readCycles(around.sram, all, fetches, 1, slow);
  const smallest = copy * Math.min(1, LEAST_PART / depth);
  const forced = slack === undefined && fetches > 1 && (smallest < unmoved / 10 || smallest <= ACCEPTED);
  const dominated = (error: number): boolean => error * scale * pass.npu > unmoved;
  const known = new Map<number, number>();
  const cycles = (error: number, channels: number, first: boolean, last: boolean): number => {
    const key = 4 * channels + 2 * Number(first) + Number(last);
    let found = known.get(key);
    if (found === undefined) known.set(key, (found = pass.part(channels, { first, last })));
    return error * scale * found;
  };
  return {
    copy,
    dominated,
    cycles,
    tries: (hidden, noise) =>
      buffered < unmoved &&
      (forced ||
        buffered + Math.max(0, copy - hidden) < unmoved + noise ||
        Math.floor(depth / blockDepth) > 2 ||
        (slack !== undefined && smallest < hidden + noise && fetches > 1)),
    of(ends, error, bytesOf) {
      let from = 0;
      let [bytes, run, later, last, reads] = [0, 0, 0, 0, 0];
      ends.forEach((to, i) => {
        const part = bytesOf(from, to);
        if (i > 0) later += Math.max(0, copyCycles(part, around) - last);
        last = cycles(error, to - from, i === 0, i === ends.length - 1);
        run += last;
        bytes += part;
        reads += Math.ceil((to - from) / Math.min(to - from, blockDepth));
        from = to;
      });
      const input = pass.readCycles * Math.max(1, reads / Math.ceil(depth / Math.min(depth, blockDepth)));
      const weights = readCycles(around.sram, bytes, fetches, ends.length, slow);
      const before = Math.max(error * scale * pass.npu, unmoved, input);
      const start = copyCycles(bytesOf(0, ends[0]!), around);
      const gain = (hidden: number): number => {
        const visible = later + Math.max(0, start - (forced ? ACCEPTED : hidden));
        let after = Math.max(run + visible, weights, input);
        if (dominated(error) && visible / ends.length < ACCEPTED) after -= visible;
        if (dominated(error) && forced && ends.length > 1) after -= ends.length * OVERLAP;
        return Math.min(before - after, fetches === 1 ? before - copy - weights : Infinity);
      };
      return { bytes, last, gain };
    },
  };
}

/** Differences of so many cycles are below what is known. */
export const NOISE = 16;
/** Hides nothing, as what comes before a network. */
export const NOTHING: Range = { least: 0, most: 0 };
