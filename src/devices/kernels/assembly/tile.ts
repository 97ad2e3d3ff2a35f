/** Repetition of blocks, of which tiling along any axis is made. */

/** Writes each of `blocks` blocks of `bytes` bytes `repeats` times in a row. */
export function repeatBlocks(source: usize, target: usize, blocks: i32, bytes: i32, repeats: i32): void {
  for (let b = 0; b < blocks; ++b) {
    for (let r = 0; r < repeats; ++r) {
      memory.copy(target, source, bytes);
      target += bytes;
    }
    source += bytes;
  }
}
