/** The weights file of a run: what goes in comes out, and damage is named. */
import assert from 'node:assert/strict';
import { packFolded, unpackFolded } from '../../../src/integer/pack-folded.ts';
import { quantise } from '../../../src/integer/quantise-network.ts';
import { readSafetensors, writeSafetensors } from '../../../src/base/safetensors-file.ts';
import { NETWORKS } from './networks.ts';

describe('weights of a run', () => {
  for (const [name, make] of Object.entries(NETWORKS)) {
    it(`packs and unpacks the ${name} network`, () => {
      const folded = make();
      const again = unpackFolded(packFolded(folded), folded.architecture);
      assert.deepEqual(
        again.operations.map(({ codes, steps, bias }) => ({ codes, steps, bias })),
        folded.operations.map(({ codes, steps, bias }) => ({ codes, steps, bias })),
      );
      // Ranges are kept as float32; the integer network made of them is the same.
      assert.deepEqual(quantise(again), quantise(folded));
    });
  }

  it('refuses the weights of another architecture', () => {
    const bytes = packFolded(NETWORKS['residual']!());
    assert.throws(
      () => unpackFolded(bytes, NETWORKS['separable']!().architecture),
      /tensor 'layer0\/conv\/main\/codes' is 8x3x3x3, Int8Array of 6x5x5x2 expected/,
    );
    assert.throws(
      () => unpackFolded(writeSafetensors([]), NETWORKS['separable']!().architecture),
      /not the weights of a run/,
    );
  });
});

describe('safetensors', () => {
  const tensors = [
    { name: 'a', shape: [3], values: Int8Array.of(1, -2, 3) },
    { name: 'b', shape: [2, 1], values: Float32Array.of(0.5, -1e20) },
    { name: 'empty', shape: [0], values: new Int32Array(0) },
    { name: 'ü', shape: [], values: Int16Array.of(-300) },
  ];

  it('round trips names, shapes, types, values and metadata, with aligned data', () => {
    const bytes = writeSafetensors(tensors, { k: 'v' });
    const file = readSafetensors(bytes);
    assert.deepEqual(new Map(file.tensors.map((t) => [t.name, t])), new Map(tensors.map((t) => [t.name, t])));
    assert.deepEqual(file.metadata, { k: 'v' });
    assert.equal(new DataView(bytes.buffer).getUint32(0, true) % 8, 0);
  });

  it('reads from the middle of a larger buffer', () => {
    const bytes = writeSafetensors(tensors);
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 3);
    const within = larger.subarray(3, 3 + bytes.length);
    assert.deepEqual(readSafetensors(within), readSafetensors(bytes));
    assert.deepEqual(
      readSafetensors(Buffer.from(larger.buffer, 3, bytes.length)),
      readSafetensors(bytes),
      'a node Buffer',
    );
  });

  it('names what is damaged', () => {
    const bytes = writeSafetensors(tensors);
    assert.throws(() => readSafetensors(bytes.subarray(0, 4)), /4 bytes, at least 8/);
    assert.throws(() => readSafetensors(bytes.subarray(0, 20)), /a header of \d+ bytes in a file of 20/);
    assert.throws(() => readSafetensors(bytes.subarray(0, bytes.length - 1)), /tensor 'a' has bytes .* cut short/);
    assert.throws(
      () => writeSafetensors([{ name: 'a', shape: [4], values: new Int8Array(3) }]),
      /3 values do not fill 4/,
    );
    assert.throws(() => writeSafetensors([tensors[0]!, tensors[0]!]), /'a' is taken/);
  });
});
