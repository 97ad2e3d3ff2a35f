import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DataError } from '../../../src/data/data-error.ts';
import { parseNpy } from '../../../src/data/sources/npy/npy.ts';
import { npy } from './fixtures.ts';

function refuses(bytes: Uint8Array, message: RegExp): void {
  assert.throws(
    () => parseNpy(bytes, 'w.npy'),
    (error: unknown) => error instanceof DataError && error.file === 'w.npy' && message.test(error.message),
  );
}

describe('npy', () => {
  it('reads every supported element type', () => {
    const cases: [string, string, ArrayBufferView & { readonly length: number }][] = [
      ['|i1', 'int8', Int8Array.of(-128, 0, 127)],
      ['|u1', 'uint8', Uint8Array.of(0, 255, 3)],
      ['<i2', 'int16', Int16Array.of(-32768, 5, 32767)],
      ['<i4', 'int32', Int32Array.of(-1, 2 ** 31 - 1, 0)],
      ['<i8', 'int64', BigInt64Array.of(-1n, 2n, 3n)],
      ['<u2', 'uint16', Uint16Array.of(0, 65535, 256)],
      ['<u4', 'uint32', Uint32Array.of(0, 2 ** 32 - 1, 1)],
      ['<u8', 'uint64', BigUint64Array.of(0n, 2n ** 64n - 1n, 1n)],
      ['<f4', 'float32', Float32Array.of(1.5, -0, 3e38)],
      ['<f8', 'float64', Float64Array.of(Math.PI, 0, -1e300)],
    ];
    for (const [descr, dtype, data] of cases) {
      const array = parseNpy(npy(descr, [3, 1], data), 'w.npy');
      assert.equal(array.dtype, dtype);
      assert.deepEqual(array.shape, [3, 1]);
      assert.deepEqual(array.data, data);
    }
  });

  it('reads half floats and truth values', () => {
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x3555, 0x7c00);
    const { dtype, data } = parseNpy(npy('<f2', [7], halves), 'w.npy');
    assert.equal(dtype, 'float32');
    assert.deepEqual(data, Float32Array.of(1, -2, 65504, 2 ** -24, -0, 0.333251953125, Infinity));
    assert.deepEqual(parseNpy(npy('|b1', [3], Uint8Array.of(0, 1, 1)), 'w.npy').data, Uint8Array.of(0, 1, 1));
  });

  it('reads headers of Python 2', () => {
    const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 3L), }\n";
    const bytes = Buffer.concat([
      Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]),
      Buffer.from(header),
      Buffer.from([1, 2, 3, 4, 5, 6]),
    ]);
    assert.deepEqual(parseNpy(bytes, 'w.npy'), {
      dtype: 'uint8',
      shape: [2, 3],
      data: Uint8Array.of(1, 2, 3, 4, 5, 6),
    });
    refuses(Buffer.from(bytes.toString('latin1').replace('2L', 'L2'), 'latin1'), /not whole numbers/);
  });

  it('reads big-endian and Fortran order as what they mean, whatever the shape', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
        fc.boolean(),
        fc.constantFrom('i1', 'i2', 'f4', 'i8'),
        (shape, big, type) => {
          const count = shape.reduce((a, b) => a * b, 1);
          const values =
            { i1: Int8Array, i2: Int16Array, f4: Float32Array }[type as 'i1']?.from(
              { length: count },
              (_, i) => i - 3,
            ) ?? BigInt64Array.from({ length: count }, (_, i) => BigInt(i - 3));
          const size = values.BYTES_PER_ELEMENT,
            rowMajor = Buffer.from(values.buffer);
          // Element i of the file is the one at these positions, the first axis fastest.
          const file = Buffer.alloc(rowMajor.length);
          for (let i = 0; i < count; i++) {
            let [rest, at] = [i, 0];
            const position = shape.map((length) => {
              const here = rest % length;
              rest = Math.floor(rest / length);
              return here;
            });
            for (const [axis, here] of position.entries()) at = at * shape[axis]! + here;
            const element = Buffer.from(rowMajor.subarray(at * size, (at + 1) * size));
            (big ? element.reverse() : element).copy(file, i * size);
          }
          const array = parseNpy(npy(`${big ? '>' : '<'}${type}`, shape, file, true), 'w.npy');
          assert.deepEqual([array.shape, array.data], [shape, values]);
        },
      ),
    );
  });

  it('reads any shape, with no dimensions and with none of one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }), (shape) => {
        const data = Int16Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i - 7);
        const array = parseNpy(npy('<i2', shape, data), 'w.npy');
        assert.deepEqual(array.shape, shape);
        assert.deepEqual(array.data, data);
      }),
      { seed: 20220105 },
    );
  });

  it('reads bytes that stand at an odd offset', () => {
    const file = npy('<f4', [2], Float32Array.of(1, 2));
    const odd = new Uint8Array(file.length + 1);
    odd.set(file, 1);
    assert.deepEqual(parseNpy(odd.subarray(1), 'w.npy').data, Float32Array.of(1, 2));
  });

  it('reads versions 2 and 3, whose header length has four bytes', () => {
    const one = npy('|u1', [2], Uint8Array.of(4, 5));
    for (const version of [2, 3]) {
      const wide = Buffer.concat([one.subarray(0, 10), Buffer.alloc(2), one.subarray(10)]);
      wide[6] = version;
      assert.deepEqual(parseNpy(wide, 'w.npy').data, Uint8Array.of(4, 5));
    }
  });

  it('says what is wrong, where, and what would be right', () => {
    const good = npy('<i2', [2, 3], new Int16Array(6));
    refuses(Buffer.from('x = 1, 2, 3'), /byte 0: this is no \.npy file/);
    refuses(
      Buffer.from(`PK\u0003\u0004${' '.repeat(26)}x_train.npy`),
      /byte 0: this is a NumPy archive \(\.npz\): save each of its arrays alone/,
    );
    refuses(
      Buffer.from('MATLAB 5.0 MAT-file, Platform: GLNXA64'),
      /byte 0: this is a MATLAB file: save its arrays by np\.save/,
    );
    refuses(good.subarray(0, 5), /byte 0: this is no \.npy file/);
    refuses(good.subarray(0, 9), /byte 9: the file ends inside its header/);
    refuses(good.subarray(0, 40), /byte 40: the file ends inside its header, which says/);
    refuses(
      good.subarray(0, good.length - 1),
      new RegExp(
        `byte ${good.length - 1}: the file ends too early: shape \\(2, 3\\) of int16 needs 12 bytes of data, there are 11`,
      ),
    );
    refuses(Buffer.concat([good, Buffer.alloc(4)]), new RegExp(`byte ${good.length}: the file is longer`));
    refuses(
      npy('<c8', [1], new Float64Array(1)),
      /element type '<c8' is not supported \(an array of complex numbers: save np\.abs\(array\)\); supported are bool, int8/,
    );
    refuses(
      npy('|O', [1], new Float64Array(1)),
      /element type '\|O' is not supported \(an array of Python objects.*of texts: save class indices/,
    );
    refuses(npy('<U5', [1], new Float64Array(1)), /an array of texts: save class indices, np\.unique/);
    refuses(npy('|V3', [1], new Float64Array(1)), /element type '\|V3' is not supported; supported/);
    const version = Buffer.from(good);
    version[6] = 9;
    refuses(version, /byte 6: \.npy version 9/);
    const header = Buffer.from(good);
    header.write('xxxx', 12);
    refuses(header, /byte 10: the header is not one that NumPy writes/);
  });

  it('never ends in anything but an array or a DataError', () => {
    const good = npy('<i4', [2, 2], Int32Array.of(1, 2, 3, 4));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }),
        fc.nat(good.length),
        (changes, length) => {
          const bytes = Buffer.from(good);
          for (const [at, value] of changes) bytes[at] = value;
          try {
            parseNpy(bytes.subarray(0, length), 'w.npy');
          } catch (error) {
            assert.ok(error instanceof DataError, String(error));
          }
        },
      ),
      { numRuns: 500, seed: 20220105 },
    );
  });
});
