/** The .tflite file: written, read back by another path through the schema, damaged, and old. */
import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import * as flatbuffers from 'flatbuffers';
import { fromBufferPromise } from 'yauzl';
import { exportInput } from '../../../../src/reports/export-input.ts';
import { findFormat } from '../../../../src/formats/format-table.ts';
import { ModelBuilder } from '../../../../src/formats/tflite/tflite-builder.ts';
import { tensorShape, WRITERS } from '../../../../src/formats/tflite/tflite-operators.ts';
import { readGraph } from '../../../../src/formats/tflite/tflite-graph.ts';
import { readTflite } from '../../../../src/formats/tflite/read-tflite.ts';
import {
  BuiltinOperator,
  Model,
  OperatorCode,
  TensorType,
} from '../../../../src/formats/tflite/tflite-schema.generated.ts';
import { writeTflite } from '../../../../src/formats/tflite/write-tflite.ts';
import { evaluateInteger } from '../../../../src/integer/evaluate-integer.ts';
import { quantise } from '../../../../src/integer/quantise-network.ts';
import type { IntegerNetwork, IntegerOperation } from '../../../../src/integer/integer-network.ts';
import { foldedNetwork, NETWORKS, generator, randomImages } from '../../integer/networks.ts';
import { exampleRun } from '../run.ts';

const written = (network: IntegerNetwork): Uint8Array =>
  writeTflite(network, { description: 'a test', metadata: { udc: '{"a":1}' } });

/** What an operation computes, without the facts that a .tflite file does not keep. */
function computed({ operation: o, output, clamp, weights }: IntegerOperation): unknown {
  const {
    kind,
    inputs,
    kernel,
    stride,
    dilation,
    padding,
    factor,
    activation,
    inChannels,
    outChannels,
    inSize,
    outSize,
  } = o;
  const windowed = kind === 'conv' || kind === 'depthwise' || kind === 'max-pool' || kind === 'average-pool';
  return {
    id: o.id,
    kind,
    inputs,
    factor,
    activation,
    inChannels,
    outChannels,
    inSize,
    outSize,
    output,
    clamp,
    weights,
    ...(windowed && { kernel, stride, dilation, padding }),
  };
}

/** A flatten of what is a vector already is not written. */
function withoutIdleFlatten(network: IntegerNetwork): boolean {
  return network.operations.every(
    ({ operation: { kind, inSize } }) => kind !== 'flatten' || inSize.height * inSize.width > 1,
  );
}

/** The tables of a vector field. */
function tables(bytes: flatbuffers.ByteBuffer, table: number, field: number): number[] {
  const at = table + bytes.__offset(table, 4 + 2 * field);
  return Array.from({ length: bytes.__vector_len(at) }, (_, i) => bytes.__indirect(bytes.__vector(at) + 4 * i));
}

/** The network as other converters write it: a PAD by these amounts, then its first convolution without padding. */
function withPad(network: IntegerNetwork, pads: readonly number[]): Uint8Array {
  const builder = new ModelBuilder();
  const { height, width, channels } = network.architecture.input;
  const input = builder.activation('input', [1, height, width, channels], network.input);
  const padded = builder.activation(
    'padded',
    [1, height + pads[2]! + pads[3]!, width + pads[4]! + pads[5]!, channels],
    network.input,
  );
  builder.operator({
    code: BuiltinOperator.PAD,
    version: 2,
    inputs: [input, builder.constant('pads', pads)],
    outputs: [padded],
  });
  let last = padded,
    grid = network.input;
  for (const [i, one] of network.operations.entries()) {
    const output = builder.activation(one.operation.id, tensorShape(one.operation), one.output);
    WRITERS[one.operation.kind]({
      builder,
      one: i > 0 ? one : { ...one, operation: { ...one.operation, padding: 'valid' } },
      output,
      inputs: [last],
      grids: [grid],
    });
    last = output;
    grid = one.output;
  }
  return builder.finish({ name: 'padded', description: '', inputs: [input], outputs: [last] });
}

describe('TFLite', () => {
  for (const [name, make] of Object.entries(NETWORKS)) {
    it(`round trips the ${name} network`, () => {
      const network = quantise(make());
      const { network: again, description, metadata, notes } = readTflite(written(network));
      if (withoutIdleFlatten(network))
        assert.deepEqual(again.operations.map(computed), network.operations.map(computed));
      assert.deepEqual(again.input, network.input);
      assert.deepEqual(
        again.operations.flatMap(({ weights }) => weights ?? []),
        network.operations.flatMap(({ weights }) => weights ?? []),
      );
      assert.deepEqual([description, metadata.get('udc'), notes], ['a test', '{"a":1}', []]);
    });
  }

  it('round trips what a search found, with its decisions', async () => {
    for (const seed of [0, 1, 2]) {
      const run = exportInput(exampleRun((i) => i * 7 + seed));
      const { network, metadata } = readTflite(await findFormat('tflite').write(run));
      assert.deepEqual(network.operations.map(computed), run.network!.integer.operations.map(computed));
      assert.equal(
        (JSON.parse(metadata.get('udc')!) as { exactBytes: number }).exactBytes,
        run.chosen.totals.totalBytes,
      );
    }
  });

  it('says how inputs are normalised, and brings the names of the classes along', async () => {
    const example = exampleRun();
    const data = {
      normalisation: { mean: [127.5, 3], std: [64, 0.5] },
      classNames: ['up', 'down', 'left', 'right', 'on', 'off'],
    };
    const events = example.events.map((event) => (event.type === 'started' ? { ...event, data } : event));
    const bytes = await findFormat('tflite').write(exportInput({ ...example, events }));
    const plain = await findFormat('tflite').write(exportInput(example));
    const { network, metadata } = readTflite(bytes);
    assert.deepEqual(network.operations.map(computed), readTflite(plain).network.operations.map(computed));
    const { normalisation, classNames } = JSON.parse(metadata.get('udc')!) as typeof data;
    assert.deepEqual({ normalisation, classNames }, data);

    const archive = await fromBufferPromise(Buffer.from(bytes));
    const files: [string, string][] = [];
    for await (const entry of archive.eachEntry())
      files.push([entry.fileName, await text(await archive.openReadStreamPromise(entry))]);
    assert.deepEqual(files, [['labels.txt', 'up\ndown\nleft\nright\non\noff\n']]);

    const model = new flatbuffers.ByteBuffer(readGraph(bytes).metadata.get('TFLITE_METADATA')!);
    assert.ok(model.__has_identifier('M001'));
    // Along the fields of the published schema: model, its subgraph, its tensors.
    const root = model.position() + model.readInt32(model.position());
    const [graph] = tables(model, root, 3);
    const [input] = tables(model, graph!, 2),
      [output] = tables(model, graph!, 3);
    const [unit] = tables(model, input!, 4),
      [labels] = tables(model, output!, 6);
    assert.equal(model.readInt8(unit! + model.__offset(unit!, 4)), 1, 'NormalizationOptions');
    const options = model.__indirect(unit! + model.__offset(unit!, 6));
    const floats = (field: number): number[] => {
      const at = options + model.__offset(options, 4 + 2 * field);
      return Array.from({ length: model.__vector_len(at) }, (_, i) => model.readFloat32(model.__vector(at) + 4 * i));
    };
    assert.deepEqual([floats(0), floats(1)], [data.normalisation.mean, data.normalisation.std]);
    assert.equal(model.__string(labels! + model.__offset(labels!, 4)), 'labels.txt');
    assert.equal(model.readInt8(labels! + model.__offset(labels!, 8)), 2, 'TENSOR_AXIS_LABELS');
    for (const id of ['keras', 'pytorch', 'c', 'html', 'markdown']) {
      const written = new TextDecoder().decode(await findFormat(id).write(exportInput({ ...example, events })));
      assert.match(
        written,
        /Input: \(stored value - mean\) \/ std per channel, mean 127\.5, 3, std 64, 0\.5\. Outputs: up, down, left, right, on, off\./,
        id,
      );
    }
  });

  it('reads DEPTH_TO_SPACE as one operator, and as the three it is written in, but no other transposition', () => {
    const grid = { scale: 0.5, zeroPoint: 3 };
    const model = (order?: readonly number[]): Uint8Array => {
      const builder = new ModelBuilder();
      const shapes = [
        [1, 2, 3, 8],
        [2, 3, 2, 4],
        [2, 2, 3, 4],
        [1, 4, 6, 2],
      ];
      const tensors = shapes.map((shape, i) => builder.activation(`t${i}`, shape, grid));
      const step = (code: BuiltinOperator, from: number, to: number, ...constants: number[]): void => {
        builder.operator({ code, version: 1, inputs: [tensors[from]!, ...constants], outputs: [tensors[to]!] });
      };
      if (order) {
        step(BuiltinOperator.RESHAPE, 0, 1);
        step(BuiltinOperator.TRANSPOSE, 1, 2, builder.constant('order', order));
        step(BuiltinOperator.RESHAPE, 2, 3);
      } else step(BuiltinOperator.DEPTH_TO_SPACE, 0, 3);
      return builder.finish({ name: 'main', description: '', inputs: [tensors[0]!], outputs: [tensors[3]!] });
    };
    for (const bytes of [model(), model([0, 2, 1, 3])]) {
      const { operation } = readTflite(bytes).network.operations[0]!;
      assert.deepEqual(
        [operation.kind, operation.factor, operation.outSize, operation.outChannels],
        ['depth-to-space', 2, { height: 4, width: 6 }, 2],
      );
    }
    for (const order of [[0, 1, 2, 3], [2, 0, 1, 3], [0]])
      assert.throws(() => readTflite(model(order)), /no operators that could be sized/);
  });

  it('writes what runtimes ask for', () => {
    const graph = readGraph(written(quantise(NETWORKS['separable']!())));
    assert.equal(graph.metadata.has('min_runtime_version'), true);
    for (const tensor of graph.tensors) {
      if (tensor.type === TensorType.INT8 && tensor.data.length === 0)
        assert.equal(tensor.scales.length, 1, tensor.name);
      if (tensor.name.endsWith('/weights'))
        assert.equal(tensor.scales.length, tensor.shape[tensor.dimension], tensor.name);
      if (tensor.data.length > 0) assert.equal(tensor.data.byteOffset % 16, 0, `${tensor.name} is aligned`);
    }
    const biases = graph.tensors.filter(({ name }) => name.endsWith('/bias'));
    assert.ok(
      biases.length === 5 &&
        biases.every(({ type, scales, shape }) => type === TensorType.INT32 && scales.length === shape[0]),
    );
  });

  it('reads operators that stand in the old one-byte field only', () => {
    const bytes = written(quantise(NETWORKS['residual']!()));
    const model = Model.getRootAsModel(new flatbuffers.ByteBuffer(bytes));
    let emptied = 0;
    for (let i = 0; i < model.operatorCodesLength(); i++) {
      const code = model.operatorCodes(i, new OperatorCode())!;
      const field = code.bb!.__offset(code.bb_pos, 10);
      if (field === 0) continue; // ADD is 0, which is not written
      code.bb!.writeInt32(code.bb_pos + field, 0);
      emptied += 1;
    }
    assert.ok(emptied >= 3);
    assert.equal(
      Model.getRootAsModel(new flatbuffers.ByteBuffer(bytes)).operatorCodes(0)!.builtinCode(),
      BuiltinOperator.ADD,
    );
    assert.deepEqual(
      readTflite(bytes).network.operations.map(({ operation }) => operation.kind),
      ['conv', 'conv', 'conv', 'add', 'conv', 'conv', 'add', 'global-average-pool', 'dense'],
    );
  });

  it('names what cannot be read', () => {
    assert.throws(() => readTflite(new Uint8Array(100)), /not a TFLite file/);
    const bytes = written(quantise(NETWORKS['residual']!()));
    const model = Model.getRootAsModel(new flatbuffers.ByteBuffer(bytes));
    const code = model.operatorCodes(2)!; // the average pool
    code.bb!.writeInt32(code.bb_pos + code.bb!.__offset(code.bb_pos, 10), BuiltinOperator.TRANSPOSE_CONV);
    const { obstacles, network } = readTflite(bytes);
    assert.match(obstacles.join(), /operator 7 \(TRANSPOSE_CONV, layer '[^']+'\): a definition has no such layer/);
    assert.deepEqual(
      network.operations.flatMap(({ standsFor }) => standsFor?.operator ?? []),
      ['TRANSPOSE_CONV'],
    );
  });

  it('takes a PAD before a convolution for the padding of the convolution, where SAME adds as much', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 5, max: 10 }),
        fc.constantFrom('conv' as const, 'depthwise' as const),
        (kernel, stride, side, kind) => {
          const network = quantise(
            foldedNetwork(
              { height: side, width: side + 1, channels: 2 },
              [
                { kind, kernel, stride, filters: 3, activation: 'relu' },
                { kind: 'global-average-pool' },
                { kind: 'dense', filters: 4 },
              ],
              kernel * side,
            ),
          );
          const { operation } = network.operations[0]!;
          const total = (length: number): number =>
            Math.max(0, (Math.ceil(length / stride) - 1) * stride + kernel - length);
          const [rows, columns] = [total(side), total(side + 1)];
          const pads = [
            0,
            0,
            Math.floor(rows / 2),
            Math.ceil(rows / 2),
            Math.floor(columns / 2),
            Math.ceil(columns / 2),
            0,
            0,
          ];
          const read = readTflite(withPad(network, pads)).network;
          assert.deepEqual(
            computed(read.operations[0]!),
            computed({ ...network.operations[0]!, operation: { ...operation, padding: 'same' } }),
          );
          const images = randomImages({ architecture: network.architecture } as Parameters<typeof randomImages>[0], 2);
          assert.deepEqual(evaluateInteger(read, images, 2), evaluateInteger(network, images, 2));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('names a PAD that is no padding of SAME', () => {
    const network = quantise(
      foldedNetwork({ height: 8, width: 8, channels: 2 }, [
        { kind: 'conv', kernel: 3, stride: 2, filters: 3 },
        { kind: 'global-average-pool' },
        { kind: 'dense', filters: 4 },
      ]),
    );
    // As large as SAME: a definition has it shifted. Larger, or of channels: it has it not.
    const shifted = readTflite(withPad(network, [0, 0, 1, 1, 1, 1, 0, 0]));
    assert.deepEqual(
      [shifted.obstacles, shifted.network.operations[0]!.pads],
      [[], { top: 1, bottom: 1, left: 1, right: 1 }],
    );
    assert.match(
      shifted.notes.join(),
      /a padding of 1 above, 1 below, 1 left, 1 right; a definition has `padding: same`, which adds 0 above, 1 below, 0 left, 1 right/,
    );
    assert.match(
      readTflite(withPad(network, [0, 0, 0, 1, 0, 1, 0, 1])).obstacles.join(),
      /operator 0 \(PAD, layer 'padded'\): only constant zeros around height and width/,
    );
  });

  it('never hangs or runs wild on damaged files', () => {
    const random = generator(9);
    const whole = written(quantise(NETWORKS['separable']!()));
    for (let i = 0; i < 300; i++) {
      const bytes = i % 3 === 0 ? whole.slice(0, Math.floor(random() * whole.length)) : whole.slice();
      for (let k = 0; k < 1 + (i % 5); k++)
        if (bytes.length > 0)
          bytes[Math.floor(random() * (i % 2 ? bytes.length : Math.min(400, bytes.length)))] = Math.floor(
            random() * 256,
          );
      try {
        readTflite(bytes);
      } catch (error) {
        assert.ok(error instanceof Error && error.message.length < 500, String(error));
      }
    }
  });
});
