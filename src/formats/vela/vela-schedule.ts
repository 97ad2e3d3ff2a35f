/**
 * What Vela tells of a network that it compiled: the bytes of its weight streams by operator (`--verbose-schedule`),
 * and its summary.
 */

export interface Schedule {
  /** Bytes of weight streams with biases and scales, of each operator on the NPU that has weights. */
  readonly weighted: readonly number[];
  /** Operators that are left to the processor; undefined where Vela does not say. */
  readonly onProcessor?: number;
}

/**
 * Parts of the text; each that runs on the NPU has several schedules, named `<part>_MAX_BUFFERED` and the like, the
 * last one being taken.
 */
const SCHEDULE = /^Schedule: '(.*?)_(?:MAX|MIN)/;
const OPERATOR = /\n\t(?=\d+: Operation)/;
const ENCODED = /Encoded Weights = (\d+)/;

/** The text of `vela --verbose-schedule`, of either of its cores. */
export function readSchedule(text: string): Schedule {
  const parts = new Map<string, string>();
  for (const part of text.replaceAll('\r\n', '\n').split(/(?=^Schedule: ')/m)) {
    const name = SCHEDULE.exec(part)?.[1];
    if (name !== undefined) parts.set(name, part);
  }
  const weighted = [...parts.values()].flatMap((part) =>
    part
      .split(OPERATOR)
      .slice(1)
      .flatMap((operator) => {
        const bytes = ENCODED.exec(operator)?.[1];
        return bytes === undefined ? [] : [Number(bytes)];
      }),
  );
  const onProcessor = /CPU operators = (\d+)/.exec(text)?.[1];
  return { weighted, ...(onProcessor !== undefined && { onProcessor: Number(onProcessor) }) };
}

/** The table that Vela writes beside its output. */
export interface Summary {
  /** Bytes of all weight streams, biases and scales left out. */
  readonly streams: number;
  readonly sramBytes: number;
  readonly cycles: number;
}

const KIB = 1024;
const COLUMNS = { streams: 'total_npu_encoded_weights', sram: 'sram_memory_used', cycles: 'cycles_total' } as const;

/** Undefined where it has no such columns, or numbers in them that nothing has so many of. */
export function readSummary(csv: string): Summary | undefined {
  const [titles, row] = csv
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','));
  const valueOf = (title: string): number | undefined => {
    const value = row?.[titles!.indexOf(title)];
    return value !== undefined && /^\d+(\.\d*)?$/.test(value) ? Number(value) : undefined;
  };
  const [streams, sram, cycles] = [valueOf(COLUMNS.streams), valueOf(COLUMNS.sram), valueOf(COLUMNS.cycles)];
  if (streams === undefined || sram === undefined || cycles === undefined) return undefined;
  const found = { streams, sramBytes: Math.round(sram * KIB), cycles: Math.round(cycles) };
  return Object.values(found).every((value) => Number.isSafeInteger(value)) ? found : undefined;
}
