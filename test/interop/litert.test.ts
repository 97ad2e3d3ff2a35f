/** LiteRT runs what UDC exports, and its reference kernels give the same numbers. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModel } from '../../src/formats/reading/read-model.ts';
import { writeTflite } from '../../src/formats/tflite/write-tflite.ts';
import { evaluateInteger, IntegerEvaluator } from '../../src/integer/evaluate-integer.ts';
import { quantiseValues } from '../../src/integer/activation-grid.ts';
import { quantise } from '../../src/integer/quantise-network.ts';
import { WHOLE } from '../unit/formats/converted.ts';
import { generator, randomImages } from '../unit/integer/networks.ts';
import { COMPUTED, mostDistances } from './networks.ts';
import { scratchFolder } from '../scratch.ts';
import { python, writeBytes } from './tools.ts';

const IMAGES = 60;

describe('LiteRT', () => {
  const folder = scratchFolder('litert');

  for (const [name, make] of Object.entries(COMPUTED)) {
    it(`computes the ${name} network bit for bit`, async function () {
      const folded = make(),
        network = quantise(folded),
        images = randomImages(folded, IMAGES);
      const expected = evaluateInteger(network, images, IMAGES);
      const found = (await python(
        'litert.py',
        writeBytes(join(folder, `${name}.tflite`), writeTflite(network, { description: 'interop' })),
        writeBytes(join(folder, 'images'), quantiseValues(images, network.input)),
        writeBytes(join(folder, 'expected'), expected),
      )) as { reference: number[]; default: number[]; scale: number; zeroPoint: number };
      assert.deepEqual(found.reference, [expected.length], 'outputs by distance in steps, reference kernels');
      assert.deepEqual({ scale: found.scale, zeroPoint: found.zeroPoint }, network.operations.at(-1)!.output);
      // The default kernels (XNNPACK) round once, in floating point, where the fixed-point definition rounds twice.
      this.test!.title += `; default kernels by distance in steps: ${found.default.join(', ')}`;
      assert.ok(
        found.default.length <= mostDistances(name),
        `default kernels differ by ${found.default.length - 1} steps`,
      );
    });
  }

  for (const [name, make] of Object.entries(WHOLE)) {
    it(`computes ${name}, a file of another converter, as it is read`, async () => {
      const file = writeBytes(join(folder, 'converted.tflite'), make());
      const { network } = readModel(readFileSync(file));
      const { height, width, channels } = network.architecture.input;
      const elements = height * width * channels,
        random = generator(7);
      const codes = Int8Array.from({ length: IMAGES * elements }, () => Math.floor(random() * 256) - 128);
      const evaluator = new IntegerEvaluator(network);
      const expected = Int8Array.from(
        Array.from({ length: IMAGES }, (_, i) => [
          ...evaluator.evaluateCodes(codes.subarray(i * elements, (i + 1) * elements)),
        ]).flat(),
      );
      const found = (await python(
        'litert.py',
        file,
        writeBytes(join(folder, 'images'), codes),
        writeBytes(join(folder, 'expected'), expected),
      )) as { reference: number[] };
      assert.deepEqual(found.reference, [expected.length], 'outputs by distance in steps, reference kernels');
    });
  }

  it('carries the same schema', async () => {
    const text = readFileSync('src/formats/tflite/schema.fbs', 'utf8')
      .replace(/\/\/.*$/gm, '')
      .replace(/\([^)]*\)/g, '');
    const blocks = (kind: string): [string, string][] =>
      [...text.matchAll(new RegExp(`${kind} (\\w+)[^{]*\\{([^}]*)\\}`, 'g'))].map(([, name, body]) => [name!, body!]);
    const numbers = (body: string): Record<string, number> =>
      Object.fromEntries([...body.matchAll(/(\w+)\s*=\s*(\d+)/g)].map(([, key, value]) => [key!, Number(value)]));
    const enums = Object.fromEntries(
      [...blocks('enum'), ...blocks('union')].map(([name, body]) => [name, numbers(body)]),
    );
    const camel = (field: string): string =>
      field
        .split('_')
        .map((part) => part[0]!.toUpperCase() + part.slice(1))
        .join('');
    // A union takes two fields: its type, then its value.
    const tables = Object.fromEntries(
      blocks('table').map(([name, body]) => [
        name,
        [...body.matchAll(/(\w+)\s*:\s*(\w+|\[\w+\])/g)]
          .flatMap(([, field, type]) => (type === 'BuiltinOptions' ? [`${field!}_type`, field!] : [field!]))
          .map(camel),
      ]),
    );
    const file = join(folder, 'schema.json');
    writeFileSync(file, JSON.stringify({ enums: Object.keys(enums), tables: Object.keys(tables) }));
    const official = (await python('schema.py', file)) as {
      enums: Record<string, Record<string, number>>;
      tables: Record<string, Record<string, number>>;
    };
    for (const [name, values] of Object.entries(enums))
      for (const [key, value] of Object.entries(values))
        assert.equal(official.enums[name]?.[key], value, `${name}.${key}`);
    assert.ok(Object.keys(tables).length >= 16);
    for (const [name, fields] of Object.entries(tables))
      fields.forEach((field, slot) => {
        assert.equal(official.tables[name]?.[field], slot, `${name}.${field}`);
      });
  });
});
