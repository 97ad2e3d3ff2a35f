/**
 * Damaged networks, ONNX and TFLite: flipped, cut, or with numbers and names that no file has. Always a reader's own
 * error, in words, or a table.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { importNetwork } from '../../../../src/formats/import-network.ts';
import { decodeModel, encodeModel, type ModelMessage } from '../../../../src/formats/onnx/onnx-messages.ts';
import { writeOnnx } from '../../../../src/formats/onnx/write-onnx.ts';
import { readModel } from '../../../../src/formats/reading/read-model.ts';
import { BuiltinOperator } from '../../../../src/formats/tflite/tflite-schema.generated.ts';
import { writeTflite } from '../../../../src/formats/tflite/write-tflite.ts';
import { quantise } from '../../../../src/integer/quantise-network.ts';
import { DamagedFileError } from '../../../../src/base/damage.ts';
import { NETWORKS } from '../../integer/networks.ts';
import { HOSTILE } from '../../../fixtures/hostile.ts';
import { ConvertedFile } from '../converted-file.ts';
import { PARTIAL, WHOLE } from '../converted.ts';
import { cases } from '../../../cases.ts';

const NUMBERS = [0, -1, 1, 3, 255, 65535, 65536, 1e6, 2 ** 31 - 1, -(2 ** 31), 2 ** 32, 2 ** 53];
const OPERATORS = [
  'Conv',
  'Gemm',
  'MatMul',
  'Add',
  'MaxPool',
  'AveragePool',
  'Transpose',
  'Reshape',
  'Flatten',
  'Pad',
  'DepthToSpace',
  'ReduceMean',
  'BatchNormalization',
  'Constant',
  'QuantizeLinear',
  'Clip',
  'Softmax',
  'toString',
  '__proto__',
];

/** What the engine says of code, not of a file. */
const ENGINE =
  /Cannot read|is not a function|is not iterable|undefined|typed array|NaN|Maximum call|\[object|array length|BigInt|offset is|Infinity|byte -/;

/** Reads a network and all that the editor shows of it. */
function readable(bytes: Uint8Array): void {
  try {
    const { obstacles, notes } = readModel(bytes);
    const { table } = importNetwork(bytes, 'a');
    for (const text of [...obstacles, ...notes]) assert.doesNotMatch(text, ENGINE);
    assert.doesNotMatch(JSON.stringify(table), /NaN|Infinity|undefined/);
  } catch (error) {
    assert.ok(error instanceof DamagedFileError, error instanceof Error ? error.stack : String(error));
    assert.doesNotMatch(error.message, ENGINE);
  }
}

type Node = Record<string | number, unknown>;

/** Every leaf of a message, and the lists and names that hold them: [holder, key]. */
function leaves(value: unknown, found: [Node, string | number][] = []): [Node, string | number][] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return found;
  for (const [key, inner] of Object.entries(value)) {
    found.push([value as Node, Array.isArray(value) ? Number(key) : key]);
    leaves(inner, found);
  }
  return found;
}

/** Another value in the place of one of a message. */
function changed(value: unknown, key: string | number, pick: number): unknown {
  if (typeof value === 'number') return NUMBERS[pick % NUMBERS.length];
  if (typeof value === 'string')
    return key === 'opType' ? OPERATORS[pick % OPERATORS.length] : HOSTILE[pick % HOSTILE.length];
  if (value instanceof Uint8Array)
    return pick % 2 === 0
      ? value.slice(0, pick % (value.length + 1))
      : new Uint8Array(new Float32Array([[0, -1, Infinity, 1e-45, Number.NaN][pick % 5]!]).buffer);
  return Array.isArray(value) ? (pick % 2 === 0 ? [] : [...(value as unknown[]), ...(value as unknown[])]) : value;
}

// Copies: a Buffer's slice would be the same bytes.
const onnx = Object.values(NETWORKS).map((make, i) =>
  Uint8Array.from(writeOnnx(quantise(make()), { producerVersion: '1', description: 'a test', int4: i % 2 === 0 })),
);
const tflite = [
  ...Object.values(NETWORKS).map((make) => writeTflite(quantise(make()), { description: 'a test' })),
  ...Object.values(WHOLE).map((make) => make()),
  ...Object.values(PARTIAL).map(({ make }) => make()),
];

describe('damaged networks', () => {
  it('ONNX: any number, name or list is another', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...onnx),
        fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 3 }),
        (bytes, changes) => {
          const model = decodeModel(bytes);
          for (const [at, pick] of changes) {
            const all = leaves(model),
              [holder, key] = all[at % all.length]!;
            holder[key] = changed(holder[key], key, pick);
          }
          readable(encodeModel(model as unknown as ModelMessage));
        },
      ),
      { seed: 20261128, numRuns: cases(80, 200) },
    );
  }).timeout(120_000);

  it('TFLite: any four bytes are another number', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...tflite),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(...NUMBERS)), { minLength: 1, maxLength: 3 }),
        (whole, changes) => {
          const bytes = whole.slice(),
            view = new DataView(bytes.buffer);
          for (const [at, value] of changes)
            view.setInt32(8 + 4 * (at % Math.floor((bytes.length - 8) / 4)), value, true);
          readable(bytes);
        },
      ),
      { seed: 20261128, numRuns: 200 },
    );
  }).timeout(120_000);

  it('flipped and cut anywhere', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...onnx, ...tflite),
        fc.option(fc.nat(), { freq: 3 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(7)), { minLength: 1, maxLength: 4 }),
        (whole, cut, flips) => {
          const bytes = cut === null ? whole.slice() : whole.slice(0, 9 + (cut % (whole.length - 9)));
          for (const [at, bit] of flips) bytes[at % bytes.length]! ^= 1 << bit;
          readable(bytes);
        },
      ),
      { seed: 20261128, numRuns: 200 },
    );
  }).timeout(120_000);

  it('never fill memory or loop by sizes that they only claim', () => {
    const claims: readonly (readonly [string, (n: ConvertedFile) => Uint8Array])[] = [
      [
        'a map',
        (n) => {
          const x = n.activation([1, 65535, 65535, 65535]);
          return n.finish(x, n.classify(n.conv(x, 4)));
        },
      ],
      [
        'an average',
        (n) => {
          const x = n.activation([1, 2048, 2048, 64]);
          return n.finish(x, n.classify(x));
        },
      ],
      [
        'channels',
        (n) => {
          const x = n.activation([1, 8, 8, 4]);
          return n.finish(x, n.dense(x, 4, 256, [1, 2 ** 25]));
        },
      ],
    ];
    for (const [name, make] of claims) {
      const before = process.memoryUsage().rss;
      readable(make(new ConvertedFile(1)));
      assert.ok(process.memoryUsage().rss - before < 200 * 2 ** 20, name);
    }
  });

  it('read chains of thousands of operators that only stand at the end, without recursion', () => {
    const n = new ConvertedFile(1);
    let x = n.activation([1, 8, 8, 4]);
    const input = x;
    x = n.conv(x, 4);
    for (let i = 0; i < 5000; i++) x = n.unary(BuiltinOperator.SOFTMAX, x);
    const { network, obstacles } = readModel(n.finish(input, x));
    assert.deepEqual([network.operations.length, obstacles], [1, []]);
  });

  it('says what a window cannot be', () => {
    const model = decodeModel(onnx[0]!);
    const conv = model.graph!.node.find(({ opType }) => opType === 'Conv')!;
    (conv.attribute.find(({ name }) => name === 'strides') as unknown as { ints: number[] }).ints = [0, 1];
    const { obstacles } = readModel(encodeModel(model as unknown as ModelMessage));
    assert.match(obstacles.join('\n'), /^Conv '[^']+': its stride would be 0x1: the file is damaged/);
  });
});
