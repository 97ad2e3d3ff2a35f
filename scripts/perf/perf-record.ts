/** One labelled network of the data that scripts/make-perf-data.ts makes: a line of JSON. */
import { createHash } from 'node:crypto';
import { count, list, number, object, oneOf, record, string, such, type Check } from '../../src/base/validate.ts';
import type { Architecture, Operation } from '../../src/network/types.ts';

/** Of operations. */
export const KINDS = [
  'conv',
  'depthwise',
  'dense',
  'max-pool',
  'average-pool',
  'global-average-pool',
  'add',
  'depth-to-space',
  'flatten',
] as const;

/** An operation as far as its cycles depend on it. Maps are height, width, channels. */
export interface PerfOperation {
  readonly kind: (typeof KINDS)[number];
  /** Indices of operations; −1 is the network's input. */
  readonly inputs: readonly number[];
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly relu: number;
}

/** What a compiler says of a network. Bytes, and cycles of the NPU's clock. */
export interface PerfLabel {
  readonly cycles: number;
  readonly npuCycles: number;
  /** Peak of the SRAM, weight buffers included. */
  readonly sram: number;
  /** Bytes stored beside maps: streams, scales, tables. */
  readonly flash: number;
  /** Bytes read from and written to memories other than the SRAM. */
  readonly traffic: number;
  readonly cascades: number;
}

/** A network on one target. */
export interface PerfTarget {
  /** Exact bytes of each operation's weight stream where its layer is not cut. */
  readonly weights: readonly number[];
  /** Vela with its defaults, and by the name of what was asked of it otherwise; `arena`: with that arena size. */
  readonly labels: Readonly<Record<string, PerfLabel>>;
}

export interface PerfRecord {
  /** '<space>#<seed>' */
  readonly id: string;
  readonly space: string;
  /** Equal networks are in the same part. */
  readonly part: 'train' | 'validation' | 'test';
  readonly input: readonly number[];
  readonly operations: readonly PerfOperation[];
  readonly targets: Readonly<Record<string, PerfTarget>>;
}

const whole = such<number>('a whole number from −1', (value) => Number.isSafeInteger(value) && (value as number) >= -1);
const label: Check<PerfLabel> = object<PerfLabel>({
  cycles: count,
  npuCycles: count,
  sram: count,
  flash: count,
  traffic: number,
  cascades: count,
});

/** Checks a line of the data that was parsed as JSON; throws a ValidationError with the path. */
export const perfRecord: Check<PerfRecord> = object<PerfRecord>({
  id: string,
  space: string,
  part: oneOf(['train', 'validation', 'test']),
  input: list(count, 3),
  operations: list(
    object<PerfOperation>({
      kind: oneOf(KINDS),
      inputs: list(whole),
      kernel: list(count, 2),
      stride: list(count, 2),
      dilation: list(count, 2),
      input: list(count, 3),
      output: list(count, 3),
      relu: count,
    }),
  ),
  targets: record(object<PerfTarget>({ weights: list(count), labels: record(label) })),
});

/** The records of a file of lines. A last line that was cut off by an interruption is left out. */
export function perfRecords(text: string): PerfRecord[] {
  const lines = text.split('\n');
  // What follows the last line end is no whole line.
  return lines.slice(0, -1).map((line, i) => perfRecord(JSON.parse(line), `line ${i + 1}`));
}

export function operationsOf({ operations }: Architecture): PerfOperation[] {
  return operations.map(
    ({ kind, inputs, kernel, stride, dilation, inSize, inChannels, outSize, outChannels, activation }) => ({
      kind,
      inputs,
      kernel: [kernel.height, kernel.width],
      stride: [stride.height, stride.width],
      dilation: [dilation.height, dilation.width],
      input: [inSize.height, inSize.width, inChannels],
      output: [outSize.height, outSize.width, outChannels],
      relu: activation === 'none' ? 0 : 1,
    }),
  );
}

/** The network of a record, as far as costs of cycles and activations look at it. */
export function architectureOf({ id, input, operations }: PerfRecord): Architecture {
  const [height, width, channels] = input as [number, number, number];
  return {
    name: id,
    input: { height, width, channels },
    operations: operations.map((one, layer): Operation => {
      const size = (of: readonly number[]): { height: number; width: number } => ({ height: of[0]!, width: of[1]! });
      return {
        id: String(layer),
        layer,
        layerName: String(layer),
        kind: one.kind,
        inputs: one.inputs,
        kernel: size(one.kernel),
        stride: size(one.stride),
        dilation: size(one.dilation),
        padding: 'same',
        inChannels: one.input[2]!,
        outChannels: one.output[2]!,
        inSize: size(one.input),
        outSize: size(one.output),
        factor: one.kind === 'depth-to-space' ? one.output[0]! / one.input[0]! : 1,
        bits: 8,
        sparsity: 0,
        batchNorm: false,
        activation: one.relu ? 'relu' : 'none',
      };
    }),
  };
}

/**
 * Eight of ten networks to learn from, one to choose by, one to test: by what the network is, not by when it was drawn.
 */
export function partOf(input: readonly number[], operations: readonly PerfOperation[]): PerfRecord['part'] {
  const hash = createHash('sha256')
    .update(JSON.stringify([input, operations]))
    .digest();
  const tenth = hash.readUInt32LE(0) % 10;
  return tenth === 8 ? 'validation' : tenth === 9 ? 'test' : 'train';
}
