/** `udc compress` and `udc targets` as a program calls them. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as compress from '../../../../src/cli/commands/compress.ts';
import * as targets from '../../../../src/cli/commands/targets.ts';
import { CommandError, EXIT } from '../../../../src/cli/terminal/io.ts';
import { encodeStream } from '../../../../src/costs/weights/mlw/encode-stream.ts';
import { encodeWeights, storedSize } from '../../../../src/costs/weights/stored-size.ts';
import { findTarget, TARGETS } from '../../../../src/targets/find-target.ts';
import { STREAM_ENCODERS } from '../../../../src/targets/weight-tensor.ts';
import { scratchFolder } from '../../../scratch.ts';
import { npy } from '../../data/fixtures.ts';
import { bellWeights } from '../support/weight-generators.ts';

const folder = scratchFolder('npu');

async function npyFile(
  name: string,
  shape: readonly number[],
  values: Int8Array | Int16Array | Float32Array,
): Promise<string> {
  const file = join(folder, name);
  await writeFile(
    file,
    npy(values instanceof Int8Array ? '|i1' : values instanceof Int16Array ? '<i2' : '<f4', shape, values),
  );
  return file;
}

async function call(command: { run: typeof compress.run }, ...args: string[]): Promise<{ code: number; out: string }> {
  let out = '';
  const code = await command.run(args, {
    out: (text) => {
      out += text;
    },
    err: () => {
      assert.fail('nothing goes to standard error');
    },
  });
  return { code, out };
}

const json = async (...args: string[]): Promise<Record<string, number>> => {
  const { code, out } = await call(compress, ...args, '--json');
  assert.equal(code, EXIT.done);
  return JSON.parse(out) as Record<string, number>;
};

describe('udc compress', () => {
  const weights = bellWeights(9, 32 * 9 * 16, 4, 1);

  it('1-D: in stream order already', async () => {
    const file = await npyFile('stream.npy', [weights.length], weights);
    const found = await json(file, '--target', 'ethos-u55-128');
    const streams = { classic: encodeStream(weights, 'classic').length, regor: encodeStream(weights, 'regor').length };
    const bytes = streams.classic;
    assert.deepEqual(
      { ...found, entropyBytes: 0 },
      {
        bytes,
        weights: 4608,
        padded: 4608,
        bitsPerWeight: (8 * bytes) / 4608,
        entropyBytes: 0,
        encoder: 'classic',
        streams,
      },
    );
    assert.equal((await json(file, '--target', 'ethos-u55-128', '--encoder', 'regor'))['bytes'], streams.regor);
    assert.ok(found['entropyBytes']! > 0 && found['entropyBytes']! < bytes);
  });

  it("4-D: put in the target's order and padded", async () => {
    const int8 = Int8Array.from(weights);
    const file = await npyFile('conv.npy', [32, 3, 3, 16], int8);
    const target = findTarget('ethos-u55-128');
    const tensor = { kind: 'conv', ohwi: [32, 3, 3, 16], values: int8, bits: 8 } as const;
    const expected = storedSize(target, tensor);
    const found = await json(file, '--target', 'ethos-u55-128');
    assert.equal(found['countedBytes'], expected.weightBytes);
    for (const encoder of STREAM_ENCODERS) {
      const { bytes } = encodeWeights({ ...target, encoder }, tensor);
      assert.equal((await json(file, '--target', 'ethos-u55-128', '--encoder', encoder))['bytes'], bytes.length);
    }
    assert.equal(found['padded'], 6144);
    assert.equal(found['entropyBytes'], expected.entropyBytes);
    assert.equal((await json(file, '--target', 'stm32h743'))['bytes'], 4608);
    assert.equal((await json(file, '--target', 'max78000', '--bits', '8'))['bytes'], 4608);
  });

  it('depthwise and dense', async () => {
    const file = await npyFile('dw.npy', [64, 3, 3, 1], Int8Array.from(weights.subarray(0, 576)));
    assert.equal((await json(file, '--target', 'ethos-u55-128', '--kind', 'depthwise'))['padded'], 768);
    assert.equal((await json(file, '--target', 'ethos-u55-128'))['padded'], 64 * 12 * 8);
    const dense = await npyFile('dense.npy', [12, 64], Int8Array.from(weights.subarray(0, 768)));
    assert.equal((await json(dense, '--target', 'ethos-u55-128'))['padded'], 16 * 64);
  });

  it('packed formats take the fewest bits that hold the values', async () => {
    const file = await npyFile('packed.npy', [8], Int8Array.of(-2, 1, 0, 1, -1, 0, 1, 1));
    assert.equal((await json(file, '--target', 'max78000'))['bytes'], 2);
    assert.equal((await json(file, '--target', 'max78000', '--bits', '4'))['bytes'], 4);
  });

  it('prints a summary for people', async () => {
    const file = await npyFile('text.npy', [64, 1, 1, 40], Int8Array.from(weights.subarray(0, 2560)));
    const { out } = await call(compress, file, '--target', 'ethos-u55-128');
    assert.match(out, /bits per weight/);
    assert.match(
      out,
      /classic +[\d,]+ B with mlw_codec.*\(above\)\n +regor +[\d,]+ B with Vela 5's default core\n +counted +[\d,]+ B/,
    );
    assert.match(out, /weights {8}2,560, stored as 4,096: the weight order adds 1,536 zeros \(37.5 %\)/);
  });

  it('wrong input ends with code 1, wrong usage with 2', async () => {
    const code = async (...args: string[]): Promise<[number, string]> => {
      try {
        await call(compress, ...args);
      } catch (error) {
        if (error instanceof CommandError) return [error.exitCode, error.message];
        throw error;
      }
      return [0, ''];
    };
    const int8 = await npyFile('ok.npy', [8], new Int8Array(8));
    const wide = await npyFile('wide.npy', [3], Int16Array.of(0, 300, 0));
    const float = await npyFile('float.npy', [3], new Float32Array(3));
    const cube = await npyFile('cube.npy', [2, 2, 2], new Int8Array(8));
    const layer = await npyFile('layer.npy', [1, 1, 1, 3], Int8Array.of(0, 9, 0));
    for (const [args, expected, message] of [
      [[int8], 2, /--target is missing/],
      [[int8, '--target', 'ethos'], 2, /there is no target 'ethos'/],
      [[int8, '--target', 'max78000', '--bits', '3'], 2, /stores 2, 4, 8 bits, not 3/],
      [[int8, '--target', 'ethos-u55-128', '--encoder', 'vela'], 2, /--encoder/],
      [[int8, '--target', 'ethos-u55-128', '--kind', 'conv'], 2, /1-D array is in stream order already/],
      [[wide, '--target', 'ethos-u55-128'], 1, /wide.npy: weight 1 is 300; a weight stream holds −255…255/],
      [[wide, '--target', 'stm32h743'], 1, /wide.npy: weight 1 is 300: 8 bits hold -128…127/],
      [[layer, '--target', 'ethos-u55-128', '--bits', '4'], 1, /layer.npy: weight 1 is 9: 4 bits hold/],
      [[float, '--target', 'ethos-u55-128'], 1, /float.npy: the array is float32/],
      [[cube, '--target', 'ethos-u55-128'], 1, /shape 2x2x2; weights are 4-D/],
    ] as const) {
      const [exit, text] = await code(...args);
      assert.equal(exit, expected, text);
      assert.match(text, message);
    }
  });
});

describe('udc targets', () => {
  it('lists every target', async () => {
    const { out } = await call(targets);
    for (const { name } of TARGETS) assert.ok(out.includes(`\n${name} `), name);
    assert.match(out, /max78000 .* 2, 4, 8 .*432 KiB/);
    assert.match(out, /max78002 .* 2\.29 MiB/);
  });

  it('as JSON, with sources', async () => {
    const { out } = await call(targets, '--json');
    const list = JSON.parse(out) as {
      name: string;
      weightMemory?: { value: number; source: string; confirmed: boolean };
    }[];
    assert.deepEqual(
      list.map(({ name }) => name),
      TARGETS.map(({ name }) => name),
    );
    const max = list.find(({ name }) => name === 'max78000')!;
    assert.equal(max.weightMemory!.value, 442_368);
    assert.match(max.weightMemory!.source, /MAX78000/);
  });

  it('one target in full', async () => {
    const { out } = await call(targets, 'max78000');
    assert.match(out, /weight memory .*432 KiB .*MAX78000 data sheet/);
    assert.match(out, /has no depthwise convolutions/);
    await assert.rejects(call(targets, 'max7800'), /did you mean 'max78000'/);
  });
});
