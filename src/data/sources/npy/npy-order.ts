/** Values of an array as NumPy may have laid them out: bytes the other way round, axes in Fortran order. */

/** Turns the bytes of every element round, in place. */
export function swapBytes(content: Uint8Array, elementBytes: number): void {
  for (let at = 0; at < content.length; at += elementBytes) content.subarray(at, at + elementBytes).reverse();
}

/**
 * Elements of `elementBytes` bytes with the first axis varying fastest, as a copy with the last one varying fastest.
 */
export function rowMajor(
  content: Uint8Array<ArrayBuffer>,
  shape: readonly number[],
  elementBytes: number,
): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(new ArrayBuffer(content.length));
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, elementBytes));
  const position = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < content.length; to += elementBytes) {
    for (let byte = 0; byte < elementBytes; byte++) result[to + byte] = content[from + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      position[axis]! += 1;
      if (position[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      position[axis] = 0;
    }
  }
  return result;
}
