/** The integer network as a .tflite file: int8 weights and activations, int32 biases, per-channel scales. */
import type { IntegerNetwork, Quantisation } from '../../integer/integer-network.ts';
import { outputsOf } from '../../network/network-outputs.ts';
import type { Operation } from '../../network/types.ts';
import { ModelBuilder } from './tflite-builder.ts';
import { reshape, tensorShape, WRITERS } from './tflite-operators.ts';

export interface TfliteOptions {
  readonly description: string;
  /** Named contents kept in the file; runtimes ignore them. */
  readonly metadata?: Readonly<Record<string, string | Uint8Array>>;
}

/**
 * Oldest TensorFlow Lite that has every operator in the version written (dilated and per-channel int8 convolutions).
 */
const MIN_RUNTIME_VERSION = '1.15.0';

/** Operations of a network in the order of its architecture, the first and the last of them. */
export interface TflitePart {
  readonly first: number;
  readonly last: number;
}

/**
 * What a file with a part of a network takes and gives, in the order of its inputs and outputs: places of operations
 * whose maps these are; −1 is the network's input.
 */
export interface PartMaps {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/**
 * The maps that cross the ends of a part: its own output comes first, then what later operations read of it.
 * Of the whole network: its input; its end, then its early exits.
 */
export function mapsOfPart(operations: readonly Operation[], { first, last }: TflitePart): PartMaps {
  const own = (index: number): boolean => index >= first && index <= last;
  const inputs = new Set<number>();
  const outputs = new Set<number>([last]);
  operations.forEach(({ inputs: read }, i) => {
    for (const index of read) {
      if (own(i) && !own(index)) inputs.add(index);
      if (!own(i) && own(index)) outputs.add(index);
    }
  });
  for (const index of outputsOf(operations)) if (own(index)) outputs.add(index);
  if (first === 0) inputs.add(-1);
  return { inputs: [...inputs].sort((a, b) => a - b), outputs: [...outputs] };
}

/**
 * Writes a fully integer TFLite model (schema version 3). The file computes exactly what `evaluateInteger` does.
 * The input and output tensors are int8, their quantisation is in the file; a 1x1 output is a vector [1, channels].
 * @param part absent: the whole network
 */
export function writeTflite(
  network: IntegerNetwork,
  { description, metadata = {} }: TfliteOptions,
  part: TflitePart = { first: 0, last: network.operations.length - 1 },
): Uint8Array {
  const { architecture, operations } = network;
  const builder = new ModelBuilder();
  const maps = mapsOfPart(architecture.operations, part);
  const tensors = new Map<number, number>();
  const gridOf = (index: number): Quantisation => (index < 0 ? network.input : operations[index]!.output);
  for (const index of maps.inputs) tensors.set(index, inputTensor(builder, network, index));
  for (let i = part.first; i <= part.last; i++) {
    const one = operations[i]!;
    const { operation } = one;
    const output = builder.activation(operation.id, tensorShape(operation), one.output);
    WRITERS[operation.kind]({
      builder,
      one,
      output,
      inputs: operation.inputs.map((index) => tensors.get(index)!),
      grids: operation.inputs.map(gridOf),
    });
    tensors.set(i, output);
  }
  const ends = new Set(outputsOf(architecture.operations));
  const outputs = maps.outputs.map((index) =>
    ends.has(index) ? vectorOf(builder, network, index, tensors.get(index)!) : tensors.get(index)!,
  );
  builder.metadata('min_runtime_version', MIN_RUNTIME_VERSION.padEnd(16, '\0'));
  for (const [name, text] of Object.entries(metadata)) builder.metadata(name, text);
  return builder.finish({
    name: architecture.name,
    description,
    inputs: maps.inputs.map((index) => tensors.get(index)!),
    outputs,
  });
}

function inputTensor(
  builder: ModelBuilder,
  { architecture, input, operations }: IntegerNetwork,
  index: number,
): number {
  if (index >= 0) {
    const { operation, output } = operations[index]!;
    return builder.activation(operation.id, tensorShape(operation), output);
  }
  const { height, width, channels } = architecture.input;
  return builder.activation('input', [1, height, width, channels], input);
}

/** An output of the network: of one pixel a vector. */
function vectorOf(builder: ModelBuilder, { operations }: IntegerNetwork, index: number, tensor: number): number {
  const { operation, output } = operations[index]!;
  const { outSize, outChannels, layerName } = operation;
  if (outSize.height * outSize.width !== 1) return tensor;
  const name = index === operations.length - 1 ? 'output' : `${layerName}/output`;
  const vector = builder.activation(name, [1, outChannels], output);
  reshape(builder, name, tensor, vector, [1, outChannels]);
  return vector;
}
