/** Isotonic regression: the falling function nearest to given points (pool adjacent violators). */

/** Points of a falling line, `x` ascending. */
export type FallingLine = readonly (readonly [x: number, y: number])[];

/** The falling line with the least squared error over the points; blocks of equal values stand at their mean `x`. */
export function fallingLine(points: readonly { readonly x: number; readonly y: number }[]): FallingLine {
  const blocks: { x: number; y: number; weight: number }[] = [];
  for (const { x, y } of [...points].sort((a, b) => a.x - b.x || b.y - a.y)) {
    let block = { x, y, weight: 1 };
    for (let last = blocks.at(-1); last && (last.y <= block.y || last.x === block.x); last = blocks.at(-1)) {
      blocks.pop();
      const weight = last.weight + block.weight;
      const mean = (a: number, b: number): number => (a * last.weight + b * block.weight) / weight;
      block = { x: mean(last.x, block.x), y: mean(last.y, block.y), weight };
    }
    blocks.push(block);
  }
  return blocks.map(({ x, y }) => [x, y]);
}

/** The line's value at `x`, between its points in proportion, beyond its ends as at them. */
export function valueAt(line: FallingLine, x: number): number {
  const after = line.findIndex(([at]) => at >= x);
  if (after < 0) return line.at(-1)?.[1] ?? 0;
  const [right, y] = line[after]!;
  const [left, before] = line[after - 1] ?? [right, y];
  return right === left ? y : before + ((y - before) * (x - left)) / (right - left);
}
