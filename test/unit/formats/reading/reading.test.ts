/**
 * Existing networks as other tools write them: read wholly, or sized as far as they can be, and named for what they
 * are.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { writeDefinition } from '../../../../src/formats/definition/write-definition.ts';
import { importNetwork } from '../../../../src/formats/import-network.ts';
import { networkReport } from '../../../../src/formats/network/network-report.ts';
import { networkTable } from '../../../../src/formats/network/network-table.ts';
import { onTarget } from '../../../../src/formats/network/network-target.ts';
import { decodeModel } from '../../../../src/formats/onnx/onnx-messages.ts';
import { writeOnnx } from '../../../../src/formats/onnx/write-onnx.ts';
import { readModel } from '../../../../src/formats/reading/read-model.ts';
import { writeTflite } from '../../../../src/formats/tflite/write-tflite.ts';
import { IntegerEvaluator } from '../../../../src/integer/evaluate-integer.ts';
import { readInitialWeights } from '../../../../src/integer/initial-weights.ts';
import { quantise } from '../../../../src/integer/quantise-network.ts';
import type { IntegerOperation } from '../../../../src/integer/integer-network.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import { foldedNetwork, NETWORKS, OF_VECTORS } from '../../integer/networks.ts';
import { ConvertedFile } from '../converted-file.ts';
import { PARTIAL, TAILS, WHOLE } from '../converted.ts';

const target = findTarget('ethos-u55-128');
const ids = (bytes: Uint8Array): string[] => readModel(bytes).network.operations.map(({ operation }) => operation.id);

describe('files of other converters', () => {
  for (const [name, make] of Object.entries(WHOLE)) {
    it(`reads ${name}, into a definition too`, () => {
      const bytes = make();
      const { network, obstacles, asIfInt8 } = readModel(bytes);
      assert.deepEqual([obstacles, asIfInt8], [[], undefined]);
      assert.ok(network.operations.every(({ standsFor }) => !standsFor));
      assert.equal(new Set(ids(bytes)).size, network.operations.length, 'every operation has an id of its own');
      const { architecture } = writeDefinition(onTarget(network, target).architecture, {
        name,
        npu: target.name,
        search: false,
      });
      assert.equal(architecture.operations.length, network.operations.length);
      for (const search of [true, false]) writeDefinition(network.architecture, { name, npu: target.name, search });
    });

    it(`sizes ${name} as if it were int8, where it is float or half of it`, () => {
      const whole = readModel(make());
      for (const [kind, said] of [
        ['float', /a float network \(weights FLOAT32\)/],
        ['half', /a float network \(weights FLOAT16\)/],
        ['dynamic', /int8 weights and float activations/],
      ] as const) {
        const { network, obstacles, asIfInt8 } = readModel(make(kind));
        // Adding a grid between layers, or a padding of zeros in floats, changes nothing in the shapes.
        assert.deepEqual(obstacles, [], kind);
        assert.match(asIfInt8 ?? '', said);
        const shapes = (of: typeof network): unknown =>
          of.architecture.operations.map(({ kind: op, inSize, outSize, inChannels, outChannels, kernel, stride }) => ({
            op,
            inSize,
            outSize,
            inChannels,
            outChannels,
            kernel,
            stride,
          }));
        assert.deepEqual(shapes(network), shapes(whole.network), kind);
        const report = networkReport(network, target, undefined, undefined, asIfInt8);
        assert.equal(report.exactSizes, false);
        assert.ok(networkTable(report).lines.some((line) => line.includes('what it would have in int8 (≈)')));
        const [float, int8] = [report, networkReport(whole.network, target)].map(
          ({ totals }) => totals.bytes.totalBytes,
        ) as [number, number];
        assert.ok(Math.abs(float - int8) < 0.15 * int8, `${kind}: ${float} and ${int8} B`);
      }
    });
  }

  for (const [name, make] of Object.entries(TAILS)) {
    it(`leaves ${name} at the end out, and says so`, () => {
      const [whole, without] = make().map((bytes) => readModel(bytes));
      assert.deepEqual(whole!.network, without!.network);
      assert.deepEqual(
        [without!.notes, whole!.notes],
        [[], [`${name.split(',')[0]} after the last layer is left out`]],
      );
    });
  }

  for (const [name, { make, obstacle, unsized }] of Object.entries(PARTIAL)) {
    it(`sizes ${name} layer by layer, and names what is no part of a definition`, () => {
      const bytes = make();
      const { network, obstacles } = readModel(bytes);
      assert.match(obstacles.join('\n'), obstacle);
      const { rows, totals, feasible } = networkReport(network, target, { weights: 10_000_000 });
      assert.equal(rows.filter(({ unsizedBytes }) => unsizedBytes !== undefined).length, unsized);
      assert.ok(totals.bytes.totalBytes > 0);
      assert.equal(
        totals.bytes.totalBytes,
        rows.reduce((sum, row) => sum + row.bytes.totalBytes, 0),
      );
      assert.equal(feasible, unsized > 0 ? undefined : true);
      const { table, definitions } = importNetwork(bytes, 'a.tflite');
      assert.match('refused' in definitions ? definitions.refused : '', obstacle);
      assert.match(
        'refused' in definitions ? definitions.refused : '',
        /no definition can be written around this network/,
      );
      if (unsized === 0) return;
      assert.ok(table.rows.some((row) => row.includes('not sized')));
      assert.ok(
        table.lines.some((line) =>
          line.includes(
            `The total is of the ${rows.length - unsized} layers of ${rows.length} that could be sized. Not sized: mul1 (MUL, `,
          ),
        ),
        table.lines.join('\n'),
      );
    });
  }

  it('never says that a budget is met while layers are not sized, but may say that it is not', () => {
    const { network } = readModel(PARTIAL['a multiplication by constants']!.make());
    assert.equal(networkReport(network, target, { weights: 1 }).feasible, false);
    assert.match(
      networkTable(networkReport(network, target, { weights: 1e6 })).lines[0]!,
      /The layers that could be sized fit; whether all do is not known\./,
    );
  });

  it('cannot compute what only stands for an operator', () => {
    assert.throws(
      () => new IntegerEvaluator(readModel(PARTIAL['a concatenation']!.make()).network),
      /CONCATENATION cannot be computed here/,
    );
  });

  it('keeps weights of floats for a search, without exact costs that no file has', () => {
    const exact = (kind?: 'float'): string => {
      const { definitions } = importNetwork(WHOLE['padding in 64 bits']!(kind), 'a.tflite');
      assert.ok('weights' in definitions);
      const { operations } = readInitialWeights(definitions.weights);
      assert.equal(operations.size, 2);
      return new TextDecoder().decode(definitions.weights.subarray(0, 4000));
    };
    assert.ok(exact().includes('udc-layers') || /"layers"/.test(exact()));
    assert.doesNotMatch(exact('float'), /"target/);
  });

  it('does not call a network by the task that it has not', () => {
    const autoencoder = quantise(
      foldedNetwork({ height: 1, width: 1, channels: 24 }, [
        { kind: 'dense', filters: 8, activation: 'relu' },
        { kind: 'dense', filters: 24 },
      ]),
    );
    const { text, notes } = writeDefinition(autoencoder.architecture, { name: 'ad', npu: target.name, search: true });
    assert.match(text, /task: reconstruction/);
    assert.doesNotMatch(text, /logits/);
    assert.match(notes.join('; '), /as that of an autoencoder: the definition says `task: reconstruction`/);
    const single = quantise(
      foldedNetwork({ height: 8, width: 8, channels: 1 }, [
        { kind: 'conv', kernel: 3, filters: 4 },
        { kind: 'global-average-pool' },
        { kind: 'dense', filters: 1 },
      ]),
    );
    const one = writeDefinition(single.architecture, { name: 'yes', npu: target.name, search: true });
    assert.match(one.text, /task: regression/);
    assert.match(one.notes.join('; '), /as that of a regression: the definition says `task: regression`.*`units: 2`/);
    const map = quantise(
      foldedNetwork({ height: 8, width: 8, channels: 1 }, [{ kind: 'conv', kernel: 3, filters: 4 }]),
    );
    assert.throws(
      () => writeDefinition(map.architecture, { name: 'seg', npu: target.name, search: true }),
      /the output is a map of 8x8x4, as in segmentation or detection/,
    );
    const large = quantise(
      foldedNetwork({ height: 8, width: 8, channels: 1 }, [
        { kind: 'conv', kernel: 3, filters: 4 },
        { kind: 'depth-to-space', factor: 2 },
      ]),
    );
    assert.match(
      writeDefinition(large.architecture, { name: 'sr', npu: target.name, search: true }).text,
      /task: super-resolution/,
    );
  });

  it("takes other tools' names that look like its own for what they are", () => {
    const names = ['input', 'model/conv/relu', 'w', 'b', 'model/dense/bias-add'];
    const n = new ConvertedFile(1, 'int8', (index) => names[index] ?? `t${index}`);
    const x = n.activation([1, 8, 8, 4]);
    const { network } = readModel(n.finish(x, n.classify(n.conv(x, 8))));
    assert.deepEqual(
      network.operations.map(({ operation }) => operation.layerName),
      ['conv1', 'average-pool1', 'fully-connected1'],
    );
  });
});

describe('the kind of a file', () => {
  const whole = writeTflite(quantise(NETWORKS['separable']!()), { description: 'a test' });
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  const CASES: readonly (readonly [string, Uint8Array, RegExp])[] = [
    [
      'a Git LFS pointer',
      text('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'),
      /Git LFS pointer.*git lfs pull/,
    ],
    ['a web page', text('\n<!doctype html><title>Sign in'), /a web page: the download/],
    [
      'an HDF5 file',
      Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0),
      /HDF5 file.*convert the model to a fully int8 \.tflite/,
    ],
    ['a Keras archive', text(`PK\u0003\u0004${' '.repeat(26)}metadata.json`), /Keras model \(\.keras\)/],
    ['a PyTorch archive', text(`PK\u0003\u0004${' '.repeat(26)}net/data.pkl`), /PyTorch file.*torch\.onnx\.export/],
    ['a ZIP archive', text(`PK\u0003\u0004${' '.repeat(26)}net.tflite`), /ZIP archive: unpack it/],
    ['a pickle', Uint8Array.of(0x80, 2, 0x7d, 0x71), /Python pickle/],
    [
      'C source',
      text('#include "model.h"\nalignas(8) const unsigned char g_model[] = {\n  0x1c, 0x00'),
      /C source of a model: give the \.tflite/,
    ],
    ['TensorFlow.js', text('{"format": "layers-model", "modelTopology": {}}'), /JSON text.*TensorFlow\.js/],
    ['nothing', new Uint8Array(0), /this is empty/],
    ['something else', text('hello, world'), /neither a TensorFlow Lite nor an ONNX model/],
  ];
  for (const [name, bytes, message] of CASES)
    it(`names ${name}`, () => {
      assert.throws(() => readModel(bytes), message);
    });

  it('says of a file that was cut anywhere that it was, or reads what is whole of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: whole.length - 1 }), (length) => {
        try {
          readModel(whole.slice(0, length));
        } catch (error) {
          assert.match(
            (error as Error).message,
            /^this TFLite file (was cut short or is damaged: it ends at byte \d+, byte \d+ is needed|cannot be read)/,
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  it('names what was compiled for one chip', () => {
    const n = new ConvertedFile(1),
      x = n.activation([1, 8, 8, 3]);
    const bytes = n.finish(x, n.unary(32, x));
    assert.match(readModel(bytes).obstacles.join(), /custom operator/);
  });
});

const MAP_READERS: ReadonlySet<string> = new Set([
  'Conv',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'DepthToSpace',
  'Transpose',
]);
/** Dimensions of an operator's output where they are not its input's. */
const RANKS: Readonly<Record<string, number>> = { Flatten: 2, Gemm: 2, Unsqueeze: 4 };

describe('ONNX files', () => {
  for (const [name, make] of Object.entries({ ...NETWORKS, ...OF_VECTORS })) {
    it(`reads the ${name} network as its .tflite reads, in both forms`, () => {
      const network = quantise(make());
      const same = readModel(writeTflite(network, { description: 'a test', metadata: { udc: '{}' } })).network;
      for (const int4 of [false, true]) {
        const {
          network: read,
          obstacles,
          notes,
          asIfInt8,
        } = readModel(writeOnnx(network, { producerVersion: '1', description: 'a test', int4 }));
        assert.deepEqual([obstacles, notes, asIfInt8], [[], [], undefined]);
        const kept = read.operations.filter(
          ({ operation: { kind, inSize } }) => kind !== 'flatten' || inSize.height * inSize.width > 1,
        );
        // A depthwise convolution of one channel is a convolution in ONNX.
        const computed = ({ operation: o, weights }: IntegerOperation): unknown => [
          o.kind === 'depthwise' && o.inChannels === 1 ? 'conv' : o.kind,
          o.inSize,
          o.outSize,
          o.outChannels,
          o.activation,
          o.padding,
          weights?.codes,
          weights?.biases,
        ];
        assert.deepEqual(kept.map(computed), same.operations.map(computed));
        assert.deepEqual(
          kept.map(({ output }) => output),
          same.operations.map(({ output }) => output),
        );
      }
    });
  }

  it('have height and width wherever an operator needs them, and a vector wherever one is multiplied', () => {
    for (const make of Object.values({ ...NETWORKS, ...OF_VECTORS })) {
      const { graph } = decodeModel(
        writeOnnx(quantise(make()), { producerVersion: '1', description: '', int4: false }),
      );
      const ranks = new Map<string, number>([['input', 4]]);
      for (const { name, opType, input, output } of graph!.node) {
        const [first, second] = input.map((value) => ranks.get(value));
        if (MAP_READERS.has(opType)) assert.equal(first, 4, name);
        if (opType === 'Gemm') assert.equal(first, 2, name);
        if (opType === 'Unsqueeze') assert.equal(first, 2, name);
        if (opType === 'Add') assert.equal(first, second, name);
        ranks.set(output[0]!, RANKS[opType] ?? first!);
      }
      assert.equal(graph!.output[0]!.type!.tensorType!.shape!.dim.length, ranks.get('output'));
    }
  });

  it('is known by its content, and damage never ends in anything but a message', () => {
    const bytes = writeOnnx(quantise(NETWORKS['separable']!()), {
      producerVersion: '1',
      description: 'a test',
      int4: false,
    });
    fc.assert(
      fc.property(
        fc.nat(bytes.length - 1),
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 4 }),
        fc.boolean(),
        (length, changes, cut) => {
          const damaged = cut ? bytes.slice(0, length) : bytes.slice();
          for (const [at, value] of changes) if (at < damaged.length) damaged[at] = value;
          try {
            readModel(damaged);
          } catch (error) {
            assert.ok(error instanceof Error && error.message.length < 2000, String(error));
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
