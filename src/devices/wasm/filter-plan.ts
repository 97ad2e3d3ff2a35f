/** Plans of gradients to a filter for the `filterTask` kernel (src/devices/kernels/assembly/filter-gradient.ts). */
import type { Axis, Geometry } from './tap-geometry.ts';

const FLOAT = 4;
const HEADER_WORDS = 26;
const OFFSETS_WORD = 19;
/** k and output channels of a register tile, and its bytes. */
const TILE_K = 6;
const TILE_CHANNELS = 8;
const TILE_BYTES = TILE_K * TILE_CHANNELS * FLOAT;
/**
 * At most so many partial gradients are summed apart (which is how many threads can share the work), in at most so many
 * bytes.
 */
const MOST_PARTS = 8;
const PARTIALS_BYTES = 8 << 20;
/** Input and output rows are taken in chunks that stay in the first-level cache while all tiles pass over them. */
const CHUNK_BYTES = 24 << 10;
const CHUNK_PIXELS = 32;

export interface FilterPlan {
  readonly words: Int32Array;
  /** Words that hold addresses relative to the job. */
  readonly relocations: readonly number[];
  readonly parts: number;
  readonly partialBytes: number;
  /** Rows of the gradient: kernel positions times input channels, or kernel positions where depthwise. */
  readonly count: number;
  readonly scratchBytes: number;
}

/** Words in which the caller writes addresses. */
export const FILTER_FIELDS = { source: 0, dy: 1, partials: 2 } as const;

const plans = new Map<string, FilterPlan>();

/** The plan of a convolution's filter gradient; plans are kept. */
export function filterPlan(geometry: Geometry): FilterPlan {
  const key = JSON.stringify(geometry);
  let plan = plans.get(key);
  if (plan === undefined) plans.set(key, (plan = makePlan(geometry)));
  return plan;
}

const extent = ({ output, stride, kernel, dilation }: Axis): number =>
  (output - 1) * stride + (kernel - 1) * dilation + 1;

function makePlan({ images, rows, columns, channels, outChannels, depthwise }: Geometry): FilterPlan {
  const paddedRows = extent(rows);
  const paddedColumns = extent(columns);
  const repeat = depthwise ? outChannels / channels : 1;
  const padded =
    rows.before > 0 || columns.before > 0 || paddedRows > rows.input || paddedColumns > columns.input || repeat > 1;
  const pixelBytes = channels * repeat * FLOAT;
  const rowBytes = (padded ? paddedColumns : columns.input) * pixelBytes;
  const wide = depthwise ? outChannels : Math.ceil(outChannels / TILE_CHANNELS) * TILE_CHANNELS;

  const positions = Array.from(
    { length: rows.kernel * columns.kernel },
    (_, tap) =>
      Math.floor(tap / columns.kernel) * rows.dilation * rowBytes +
      (tap % columns.kernel) * columns.dilation * pixelBytes,
  );
  const offsets = depthwise
    ? positions
    : positions.flatMap((at) => Array.from({ length: channels }, (_, c) => at + c * FLOAT));

  const partialBytes = depthwise
    ? Math.ceil((positions.length * outChannels * FLOAT) / 16) * 16
    : (wide / TILE_CHANNELS) * Math.ceil(offsets.length / TILE_K) * TILE_BYTES;
  const wanted = Math.max(1, Math.min(images, MOST_PARTS, Math.floor(PARTIALS_BYTES / partialBytes)));
  const perTask = Math.ceil(images / wanted);
  const chunkRow = rows.stride * rowBytes + columns.output * wide * FLOAT;
  const chunk = Math.max(Math.ceil(CHUNK_PIXELS / columns.output), Math.floor(CHUNK_BYTES / chunkRow), 1);
  const imageBytes = padded ? paddedRows * rowBytes : 0;
  const wideBytes = wide === outChannels ? 0 : rows.output * columns.output * wide * FLOAT;

  const header = [
    0,
    0,
    0,
    partialBytes,
    images,
    perTask,
    rows.input,
    columns.input,
    channels,
    padded ? 1 : 0,
    rows.before,
    columns.before,
    paddedRows,
    paddedColumns,
    outChannels,
    rows.output,
    columns.output,
    rows.stride * rowBytes,
    columns.stride * pixelBytes,
    HEADER_WORDS * FLOAT,
    offsets.length,
    repeat,
    depthwise ? 1 : 0,
    chunk,
    wide,
    imageBytes,
  ];
  return {
    words: Int32Array.from([...header, ...offsets]),
    relocations: [OFFSETS_WORD],
    parts: Math.ceil(images / perTask),
    partialBytes,
    count: offsets.length,
    scratchBytes: imageBytes + wideBytes,
  };
}
