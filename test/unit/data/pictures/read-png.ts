/** Reads PNG files as ours are written, by the standard. */
import assert from 'node:assert/strict';
import { crc32, inflateSync } from 'node:zlib';
import type { Bitmap } from '../../../../src/data/pictures/png.ts';

/** Reads what the writer may write, by the standard: every length and every checksum. */
export function readPng(file: Uint8Array): Bitmap {
  const bytes = Buffer.from(file);
  assert.deepEqual([...bytes.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    assert.equal(bytes.readUInt32BE(at + 8 + length), crc32(bytes.subarray(at + 4, at + 8 + length)), type);
    chunks.set(type, bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  assert.deepEqual([...chunks.keys()], ['IHDR', 'IDAT', 'IEND']);
  const header = chunks.get('IHDR')!;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  assert.deepEqual([header[8], header[10], header[11], header[12]], [8, 0, 0, 0]);
  const channels = ({ 0: 1, 2: 3 } as const)[header[9]! as 0 | 2];
  const lines = inflateSync(chunks.get('IDAT')!);
  assert.equal(lines.length, (1 + width * channels) * height);
  const rows = Array.from({ length: height }, (_, y) => {
    const row = lines.subarray(y * (1 + width * channels), (y + 1) * (1 + width * channels));
    assert.equal(row[0], 0);
    return row.subarray(1);
  });
  return { width, height, channels, pixels: Uint8Array.from(Buffer.concat(rows)) };
}
