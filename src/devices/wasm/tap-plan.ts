/**
 * Plans of convolutions and of their gradients to the input for the `tapTask` kernel
 * (src/devices/kernels/assembly/taps.ts).
 * Both are sums over taps. The gradient to the input of a strided convolution falls into phases: rows and columns of
 * equal remainder share their taps.
 */
import type { Axis, Geometry } from './tap-geometry.ts';

const FLOAT = 4;
/** A task takes so many images that a tile's last, partly filled round weighs little. */
const PIXELS_PER_TASK = 96;
/** Words before the first phase, and words of a phase: as in taps.ts and conv.ts. */
const HEADER_WORDS = 20;
const PHASE_WORDS = 9;
/** Words in which the caller writes addresses. */
export const TAP_FIELDS = { source: 0, target: 1, weights: 2 } as const;
const PHASE_TAPS = 5;

export interface PackedPhase {
  /** Byte offset of the order table in the job. */
  readonly order: number;
  readonly rows: number;
  /** Byte offset in the packed weights. */
  readonly weights: number;
}

export interface TapPlan {
  /**
   * The job with pointers relative to its own start where `relocations` says, and zero where the caller fills in
   * tensors.
   */
  readonly words: Int32Array;
  readonly relocations: readonly number[];
  readonly tasks: number;
  /** Scratch of one thread. */
  readonly scratchBytes: number;
  /** How to pack the filter (full convolutions). */
  readonly packed: readonly PackedPhase[];
  readonly packedBytes: number;
  /** Of the packed filter: output channels, and distance of two output channels in the filter in floats. */
  readonly packedChannels: number;
  readonly channelStride: number;
}

/** A run of the kernel along one axis: output grid and the taps (kernel index, offset in the source in elements). */
interface AxisPhase {
  readonly first: number;
  readonly grid: number;
  readonly taps: readonly { readonly index: number; readonly offset: number }[];
}
interface AxisPlan {
  readonly source: number;
  readonly target: number;
  readonly before: number;
  readonly padded: number;
  readonly needsPadding: boolean;
  readonly inStep: number;
  readonly outStep: number;
  readonly phases: readonly AxisPhase[];
}

function forwardAxis({ input, output, kernel, stride, dilation, before }: Axis): AxisPlan {
  const padded = (output - 1) * stride + (kernel - 1) * dilation + 1;
  const taps = Array.from({ length: kernel }, (_, index) => ({ index, offset: index * dilation }));
  return {
    source: input,
    target: output,
    before,
    padded,
    needsPadding: before > 0 || padded > input,
    inStep: stride,
    outStep: 1,
    phases: [{ first: 0, grid: output, taps }],
  };
}

function backwardAxis({ input, output, kernel, stride, dilation, before }: Axis): AxisPlan {
  const phases: AxisPhase[] = [];
  for (let first = 0; first < Math.min(stride, input); ++first) {
    const taps = Array.from({ length: kernel }, (_, index) => ({
      index,
      offset: (first + before - index * dilation) / stride,
    }))
      .filter(({ offset }) => Number.isInteger(offset))
      .reverse();
    phases.push({ first, grid: Math.ceil((input - first) / stride), taps });
  }
  const lead = Math.max(0, ...phases.flatMap(({ taps }) => taps.map(({ offset }) => -offset)));
  const padded =
    Math.max(output, ...phases.flatMap(({ grid, taps }) => taps.map(({ offset }) => grid + offset))) + lead;
  return {
    source: output,
    target: input,
    before: lead,
    padded,
    needsPadding: lead > 0 || padded > output,
    inStep: 1,
    outStep: stride,
    phases: phases.map(({ first, grid, taps }) => ({
      first,
      grid,
      taps: taps.map(({ index, offset }) => ({ index, offset: offset + lead })),
    })),
  };
}

const plans = new Map<string, TapPlan>();

/** The plan of a forward convolution, or of the gradient to its input; plans are kept. */
export function tapPlan(geometry: Geometry, backward: boolean): TapPlan {
  const key = JSON.stringify([geometry, backward]);
  let plan = plans.get(key);
  if (plan === undefined) plans.set(key, (plan = makePlan(geometry, backward)));
  return plan;
}

function makePlan(geometry: Geometry, backward: boolean): TapPlan {
  const { images, channels, outChannels, depthwise } = geometry;
  const [rows, columns] = [geometry.rows, geometry.columns].map(backward ? backwardAxis : forwardAxis) as [
    AxisPlan,
    AxisPlan,
  ];
  const repeat = depthwise && !backward ? outChannels / channels : 1;
  const padded = rows.needsPadding || columns.needsPadding || repeat > 1;
  // Channels of what the taps read and of what is written. The gradient of a depthwise convolution is written per
  // output channel and summed afterwards.
  const sourceChannels = backward ? outChannels : channels;
  const inChannels = sourceChannels * repeat;
  const targetChannels = depthwise ? outChannels : backward ? channels : outChannels;
  const inPixel = inChannels * FLOAT;
  const inRow = (padded ? columns.padded : columns.source) * inPixel;
  const outPixel = targetChannels * FLOAT;
  const outRow = columns.target * outPixel;

  const phases = rows.phases.flatMap((down) => columns.phases.map((across) => ({ down, across })));
  const words: number[] = new Array<number>(HEADER_WORDS + phases.length * PHASE_WORDS).fill(0);
  const relocations: number[] = [];
  const packed: PackedPhase[] = [];
  let packedBytes = 0;
  phases.forEach(({ down, across }, p) => {
    const taps = down.taps.flatMap((r) =>
      across.taps.map((c) => ({
        at: r.offset * inRow + c.offset * inPixel,
        tap: r.index * geometry.columns.kernel + c.index,
      })),
    );
    const { runs, length } = depthwise
      ? { runs: taps.map(({ at }) => at), length: 1 }
      : mergeRuns(
          taps.map(({ at }) => at),
          inChannels * FLOAT,
        );
    const at = HEADER_WORDS + p * PHASE_WORDS;
    words.splice(
      at,
      PHASE_WORDS,
      down.grid,
      across.grid,
      down.first * outRow + across.first * outPixel,
      rows.inStep * inRow,
      columns.inStep * inPixel,
      words.length * FLOAT,
      runs.length,
      length * inChannels,
      packedBytes,
    );
    relocations.push(at + PHASE_TAPS);
    if (depthwise) {
      words.push(...taps.flatMap((tap) => [tap.at, tap.tap * outChannels * FLOAT]));
      return;
    }
    words.push(...runs);
    const perTap = backward ? outChannels : channels;
    const order = taps.flatMap(({ tap }) =>
      Array.from({ length: perTap }, (_, i) =>
        backward ? tap * channels * outChannels + i : (tap * channels + i) * outChannels,
      ),
    );
    packed.push({ order: words.length * FLOAT, rows: order.length, weights: packedBytes });
    for (const index of order) words.push(index);
    packedBytes += Math.ceil(targetChannels / 8) * 8 * order.length * FLOAT;
  });

  const perTask = Math.max(1, Math.ceil(PIXELS_PER_TASK / (rows.target * columns.target)));
  const header = [
    0,
    0,
    0,
    images,
    perTask,
    rows.source,
    columns.source,
    sourceChannels,
    padded ? 1 : 0,
    rows.before,
    columns.before,
    rows.padded,
    columns.padded,
    targetChannels,
    rows.target * outRow,
    rows.outStep * outRow,
    columns.outStep * outPixel,
    repeat,
    depthwise ? 1 : 0,
    phases.length,
  ];
  words.splice(0, HEADER_WORDS, ...header);
  return {
    words: Int32Array.from(words),
    relocations,
    tasks: Math.ceil(images / perTask),
    packed,
    packedBytes,
    scratchBytes: 64 + (padded ? Math.min(perTask, images) * rows.padded * inRow : 0),
    packedChannels: targetChannels,
    channelStride: backward ? outChannels : 1,
  };
}

/**
 * Joins taps that lie one behind the other into longer runs, where that gives runs of one length. `length` is in taps.
 */
function mergeRuns(offsets: readonly number[], bytes: number): { runs: number[]; length: number } {
  const starts = offsets.filter((at, i) => i === 0 || at !== offsets[i - 1]! + bytes);
  const length = offsets.length / Math.max(1, starts.length);
  const even = Number.isInteger(length) && offsets.every((at, i) => (i % length === 0) === starts.includes(at));
  return even ? { runs: starts, length } : { runs: [...offsets], length: 1 };
}
