/** `udc compress`: what a target makes of an array of integer weights. */
import { readNpy, type NpyArray } from '../../data/npy.ts';
import { encodeStream } from '../../npu/mlw/encode.ts';
import { storedSize } from '../../npu/stored.ts';
import { entropyBits } from '../../npu/formats.ts';
import type { Target } from '../../npu/targets.ts';
import type { StoredSize, WeightTensor } from '../../npu/types.ts';
import { formatBytes, formatCount, formatShare } from '../../shared/format.ts';
import { oneOfOption, readArguments, wholeNumber } from '../arguments.ts';
import { targetNamed } from '../definition.ts';
import { CommandError, EXIT, UsageError, json, type Io } from '../io.ts';
import { plain } from '../table.ts';

const KINDS = ['conv', 'depthwise', 'dense'] as const;

export const usage = `udc compress WEIGHTS.npy --target NAME [--kind ${KINDS.join('|')}] [--bits N] [--json]`;

type Values = Int8Array | Int16Array;

/** The answer of `--json`. `bytes`: the weights as stored, alignment included, biases and scales not. */
interface Compressed { readonly bytes: number; readonly weights: number; readonly padded: number; readonly bitsPerWeight: number; readonly entropyBytes: number }

export async function run(args: string[], io: Io): Promise<number> {
  const { values: options, positionals } = readArguments(args, usage, ['WEIGHTS.npy'], { target: { type: 'string' }, kind: { type: 'string' }, bits: { type: 'string' }, json: { type: 'boolean' } });
  if (options.target === undefined) throw new UsageError(`--target is missing\nUsage: ${usage}`);
  const target = targetNamed(options.target);
  const kind = options.kind === undefined ? undefined : oneOfOption('--kind', options.kind, KINDS);
  const bits = options.bits === undefined ? undefined : wholeNumber('--bits', options.bits, 1);
  if (bits !== undefined && !target.bits.includes(bits)) throw new UsageError(`--bits: ${target.title} stores ${target.bits.join(', ')} bits, not ${bits}`);

  const file = positionals[0]!;
  const array = await readNpy(file);
  const values = weightsOf(array, file);
  let found: Compressed;
  try {
    found = compress(target, values, array.shape, kind, bits ?? fewestBits(target, values));
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError(`${file}: ${error.message}`);
    throw error;
  }
  io.out(options.json ? json(found) : describe(found, target, file));
  return EXIT.done;
}

function weightsOf({ dtype, shape, data }: NpyArray, file: string): Values {
  if (dtype !== 'int8' && dtype !== 'int16') throw new CommandError(`${file}: the array is ${dtype}; integer weights are int8, or int16 where a zero-point was subtracted`);
  if (data.length === 0) throw new CommandError(`${file}: the array is empty (shape ${shape.join('x')})`);
  return data;
}

/** The least bitwidth of the target that holds the values; formats without a bitwidth do not care. */
function fewestBits(target: Target, values: Values): number {
  const fits = (bits: number): boolean => values.every((value) => value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1));
  return target.bits.find(fits) ?? target.bits.at(-1)!;
}

function compress(target: Target, values: Values, shape: readonly number[], kind: WeightTensor['kind'] | undefined, bits: number): Compressed {
  const stored = (as: WeightTensor['kind'], ohwi: WeightTensor['ohwi']): Compressed => measured(values, storedSize(target, { kind: as, ohwi, values, bits }));
  switch (shape.length) {
    case 1:
      if (kind !== undefined) throw new UsageError('--kind needs a 4-D array (OHWI) or a 2-D one (units x inputs); a 1-D array is in stream order already');
      if (target.format !== 'mlw') return stored('dense', [1, 1, 1, values.length]);
      return measured(values, { weightBytes: encodeStream(Int16Array.from(values), target.encoder).length, codedElements: values.length, entropyBytes: Math.ceil(entropyBits(values) / 8) });
    case 2: return stored(kind ?? 'dense', [shape[0]!, 1, 1, shape[1]!]);
    case 4: return stored(kind ?? 'conv', [shape[0]!, shape[1]!, shape[2]!, shape[3]!]);
    default: throw new RangeError(`the array has shape ${shape.join('x')}; weights are 4-D (OHWI), 2-D (units x inputs), or 1-D in stream order`);
  }
}

function measured(values: Values, { weightBytes, codedElements, entropyBytes }: Pick<StoredSize, 'weightBytes' | 'codedElements' | 'entropyBytes'>): Compressed {
  return { bytes: weightBytes, weights: values.length, padded: codedElements, bitsPerWeight: (8 * weightBytes) / values.length, entropyBytes };
}

function describe({ bytes, weights, padded, bitsPerWeight, entropyBytes }: Compressed, target: Target, file: string): string {
  const size = `${target.exactSizes ? '' : '≈ '}${formatCount(bytes)} B (${formatBytes(bytes)})`;
  const added = padded - weights;
  return plain([
    `${file} on ${target.title}: ${size}, ${bitsPerWeight.toFixed(3)} bits per weight`,
    `  weights        ${formatCount(weights)}${added > 0 ? `, stored as ${formatCount(padded)}: the weight order adds ${formatCount(added)} zeros (${formatShare(added / padded)})` : ''}`,
    `  entropy bound  ${formatCount(entropyBytes)} B`,
    '',
  ].join('\n'));
}
