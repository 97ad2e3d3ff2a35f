/** `udc compress`: what a target makes of an array of integer weights. */
import { readNpy, type NpyArray } from '../../data/sources/npy/npy.ts';
import { encodeStream } from '../../costs/weights/mlw/encode-stream.ts';
import { checkRange, encodeWeights, storedSize } from '../../costs/weights/stored-size.ts';
import { entropyBits } from '../../costs/weights/flat-formats.ts';
import type { Target } from '../../targets/find-target.ts';
import { STREAM_ENCODERS, type StreamEncoder, type WeightTensor } from '../../targets/weight-tensor.ts';
import { formatBytes, formatCount, formatShare } from '../../text/format.ts';
import { misused, oneOfOption, readArguments, wholeNumber } from '../arguments.ts';
import { usageOf } from '../terminal/usage.ts';
import { targetNamed } from '../definition-command.ts';
import { CommandError, EXIT, UsageError, json, type Io } from '../terminal/io.ts';
import { plain } from '../terminal/table.ts';

const KINDS = ['conv', 'depthwise', 'dense'] as const;

export const usage = usageOf(
  'compress',
  {
    'WEIGHTS.npy': [
      'int8, or int16 where a zero-point was subtracted. The axes:',
      '  4-D  output channels, height, width, input channels (OHWI, as in a .tflite);',
      '       depthwise: channels, height, width, 1',
      '  2-D  units, inputs',
      '  1-D  in the order of the stream already',
    ].join('\n'),
  },
  {
    target: {
      type: 'string',
      value: 'NAME',
      required: true,
      about: 'the chip that stores them; `udc targets` lists them',
    },
    kind: { type: 'string', value: KINDS.join('|'), about: 'by default conv for 4-D arrays, dense for others' },
    bits: {
      type: 'string',
      value: 'N',
      about: 'the bitwidth; by default the fewest of the target that hold the values',
    },
    encoder: {
      type: 'string',
      value: STREAM_ENCODERS.join('|'),
      about: "of an Ethos-U: mlw_codec (before Vela 5), or Vela 5's default core",
    },
  },
);

type Values = Int8Array | Int16Array;

/**
 * The answer of `--json`. `bytes`: the weights as stored, alignment included, biases and scales not. For an Ethos-U
 * that is the one stream of
 * `encoder`; `streams` has both encoders' lengths, and `countedBytes` what a search counts for a layer of these
 * weights.
 */
interface Compressed {
  readonly bytes: number;
  readonly weights: number;
  readonly padded: number;
  readonly bitsPerWeight: number;
  readonly entropyBytes: number;
  readonly encoder?: StreamEncoder;
  readonly streams?: Readonly<Record<StreamEncoder, number>>;
  readonly countedBytes?: number;
}

export async function run(args: string[], io: Io): Promise<number> {
  const { values: options, positionals } = readArguments(args, usage);
  if (options.target === undefined) throw misused(usage, '--target is missing');
  const target = targetNamed(options.target);
  const kind = options.kind === undefined ? undefined : oneOfOption('--kind', options.kind, KINDS);
  const encoder =
    options.encoder === undefined ? 'classic' : oneOfOption('--encoder', options.encoder, STREAM_ENCODERS);
  const bits = options.bits === undefined ? undefined : wholeNumber('--bits', options.bits, 1);
  if (bits !== undefined && !target.bits.includes(bits))
    throw new UsageError(`--bits: ${target.title} stores ${target.bits.join(', ')} bits, not ${bits}`);

  const file = positionals[0]!;
  const array = await readNpy(file);
  const values = weightsOf(array, file);
  let found: Compressed;
  try {
    if (bits !== undefined) checkRange(values, bits);
    found =
      target.format === 'mlw' && array.shape.length === 1
        ? compressStream(values, kind, encoder)
        : compressTensor(
            target,
            { ...asTensor(values, array.shape, kind), bits: bits ?? fewestBits(target, values) },
            encoder,
          );
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError(`${file}: ${error.message}`);
    throw error;
  }
  io.out(options.json ? json(found) : describe(found, target, file));
  return EXIT.done;
}

function weightsOf({ dtype, shape, data }: NpyArray, file: string): Values {
  if (dtype !== 'int8' && dtype !== 'int16')
    throw new CommandError(
      `${file}: the array is ${dtype}; integer weights are int8, or int16 where a zero-point was subtracted`,
    );
  if (data.length === 0) throw new CommandError(`${file}: the array is empty (shape ${shape.join('x')})`);
  return data;
}

/** The least bitwidth of the target that holds the values; formats without a bitwidth do not care. */
function fewestBits(target: Target, values: Values): number {
  const fits = (bits: number): boolean =>
    values.every((value) => value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1));
  return target.bits.find(fits) ?? target.bits.at(-1)!;
}

/** The array as a layer's weights: OHWI, units x inputs, or a row of weights as they come. */
function asTensor(
  values: Values,
  shape: readonly number[],
  kind: WeightTensor['kind'] | undefined,
): Omit<WeightTensor, 'bits'> {
  switch (shape.length) {
    case 1:
      return { kind: kind ?? 'dense', ohwi: [1, 1, 1, values.length], values };
    case 2:
      return { kind: kind ?? 'dense', ohwi: [shape[0]!, 1, 1, shape[1]!], values };
    case 4:
      return { kind: kind ?? 'conv', ohwi: [shape[0]!, shape[1]!, shape[2]!, shape[3]!], values };
    default:
      throw new RangeError(
        `the array has shape ${shape.join('x')}; weights are 4-D (OHWI), 2-D (units x inputs), or 1-D in stream order`,
      );
  }
}

/** Weights in stream order. */
function compressStream(values: Values, kind: WeightTensor['kind'] | undefined, encoder: StreamEncoder): Compressed {
  if (kind !== undefined)
    throw new UsageError(
      '--kind needs a 4-D array (OHWI) or a 2-D one (units x inputs); a 1-D array is in stream order already',
    );
  const streams = both((name) => encodeStream(Int16Array.from(values), name).length);
  return {
    ...measured(values.length, streams[encoder], values.length, Math.ceil(entropyBits(values) / 8)),
    encoder,
    streams,
  };
}

function compressTensor(target: Target, tensor: WeightTensor, encoder: StreamEncoder): Compressed {
  const weights = tensor.values.length;
  if (target.format !== 'mlw') {
    const { weightBytes, codedElements, entropyBytes } = storedSize(target, tensor);
    return measured(weights, weightBytes, codedElements, entropyBytes);
  }
  const encoded = both((name) => encodeWeights({ ...target, encoder: name }, tensor));
  const { codedElements, entropyBytes, weightBytes } = encoded[target.encoder!].size;
  const streams = both((name) => encoded[name].bytes.length);
  return {
    ...measured(weights, streams[encoder], codedElements, entropyBytes),
    encoder,
    streams,
    countedBytes: weightBytes,
  };
}

function both<T>(of: (encoder: StreamEncoder) => T): Record<StreamEncoder, T> {
  return { classic: of('classic'), regor: of('regor') };
}

function measured(weights: number, bytes: number, padded: number, entropyBytes: number): Compressed {
  return { bytes, weights, padded, bitsPerWeight: (8 * bytes) / weights, entropyBytes };
}

/** What an encoder is in Arm's compiler. */
const ENCODER_NOTES: Readonly<Record<StreamEncoder, string>> = {
  classic: 'mlw_codec, which Vela had before version 5',
  regor: "Vela 5's default core",
};

function describe(
  { bytes, weights, padded, bitsPerWeight, entropyBytes, encoder, streams, countedBytes }: Compressed,
  target: Target,
  file: string,
): string {
  const size = `${target.exactSizes ? '' : '≈ '}${formatCount(bytes)} B (${formatBytes(bytes)})`;
  const added = padded - weights;
  return plain(
    [
      `${file} on ${target.title}: ${size}, ${bitsPerWeight.toFixed(3)} bits per weight`,
      `  weights        ${formatCount(weights)}${added > 0 ? `, stored as ${formatCount(padded)}: the weight order adds ${formatCount(added)} zeros (${formatShare(added / padded)})` : ''}`,
      `  entropy bound  ${formatCount(entropyBytes)} B`,
      ...(streams
        ? STREAM_ENCODERS.map(
            (name) =>
              `  ${name.padEnd(13)}  ${formatCount(streams[name])} B with ${ENCODER_NOTES[name]}${name === encoder ? ' (above)' : ''}`,
          )
        : []),
      ...(countedBytes === undefined
        ? []
        : [
            `  counted        ${formatCount(countedBytes)} B in budgets: ${target.encoder!}, with room for the compiler's cuts`,
          ]),
      '',
    ].join('\n'),
  );
}
