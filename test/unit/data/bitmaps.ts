/** Small images for tests, as BMP: nothing is lost in them. */

/** An image whose pixels are red, green and blue by row and column. */
export function bmpOf(
  height: number,
  width: number,
  pixel: (row: number, column: number) => readonly [number, number, number],
): Uint8Array {
  const stride = Math.ceil((width * 3) / 4) * 4;
  const bytes = Buffer.alloc(54 + stride * height);
  bytes.write('BM');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  bytes.writeUInt32LE(stride * height, 34);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      bytes.set([...pixel(row, column)].reverse(), 54 + (height - 1 - row) * stride + column * 3);
  return bytes;
}
