/** The integer network as a .tflite file: int8 weights and activations, int32 biases, per-channel scales. */
import type { IntegerNetwork } from '../../integer/integer-network.ts';
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

/**
 * Writes a fully integer TFLite model (schema version 3). The file computes exactly what `evaluateInteger` does.
 * The input and output tensors are int8, their quantisation is in the file; a 1x1 output is a vector [1, channels].
 */
export function writeTflite(network: IntegerNetwork, { description, metadata = {} }: TfliteOptions): Uint8Array {
  const { architecture } = network;
  const builder = new ModelBuilder();
  const { height, width, channels } = architecture.input;
  const input = builder.activation('input', [1, height, width, channels], network.input);
  const outputs: number[] = [];
  for (const one of network.operations) {
    const { operation } = one;
    const output = builder.activation(operation.id, tensorShape(operation), one.output);
    WRITERS[operation.kind]({
      builder,
      one,
      output,
      inputs: operation.inputs.map((i) => (i < 0 ? input : outputs[i]!)),
      grids: operation.inputs.map((i) => (i < 0 ? network.input : network.operations[i]!.output)),
    });
    outputs.push(output);
  }
  const last = network.operations.at(-1);
  if (last && last.operation.outSize.height * last.operation.outSize.width === 1) {
    const shape = [1, last.operation.outChannels];
    const vector = builder.activation('output', shape, last.output);
    reshape(builder, 'output', outputs.at(-1)!, vector, shape);
    outputs.push(vector);
  }
  builder.metadata('min_runtime_version', MIN_RUNTIME_VERSION.padEnd(16, '\0'));
  for (const [name, text] of Object.entries(metadata)) builder.metadata(name, text);
  return builder.finish({ name: architecture.name, description, inputs: [input], outputs: [outputs.at(-1) ?? input] });
}
