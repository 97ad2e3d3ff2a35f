/**
 * A depth to space on an Ethos-U: five transpositions, each a pass that reads a map as it lies and writes it the other
 * way round. Facts: Arm Vela 5.2.
 */
import type { Operation } from '../../network/types.ts';
import type { Pass } from './passes.ts';
import type { Extent } from './transfers.ts';

const ONE = { height: 1, width: 1 } as const;

/** Which two sizes of a map change places. */
type Swap = 'height and width' | 'width and depth' | 'height and depth';

const swapped = ({ height, width, depth }: Extent, swap: Swap): Extent =>
  swap === 'height and width'
    ? { height: width, width: height, depth }
    : swap === 'width and depth'
      ? { height, width: depth, depth: width }
      : { height: depth, width, depth: height };

function transposition(operation: Operation, input: Extent, swap: Swap): Pass {
  const size = { height: input.height, width: input.width };
  return {
    kind: 'transposition',
    // Blocks are chosen for the map as it is read.
    operation: {
      ...operation,
      kind: 'average-pool',
      kernel: ONE,
      stride: ONE,
      dilation: ONE,
      inSize: size,
      outSize: size,
      inChannels: input.depth,
      outChannels: input.depth,
    },
    kernel: ONE,
    input,
    output: swapped(input, swap),
    relu: false,
    turned: swap !== 'width and depth',
  };
}

/** The passes of an operation of kind depth to space, in their order. */
export function transpositions(operation: Operation): readonly Pass[] {
  const { inSize, inChannels, factor } = operation;
  const { height, width } = inSize;
  // Channels of a row of an output block.
  const row = inChannels / factor;
  const of = (h: number, w: number, d: number, swap: Swap): Pass =>
    transposition(operation, { height: h, width: w, depth: d }, swap);
  return [
    of(height, width, inChannels, 'height and width'),
    of(height * width, factor, row, 'width and depth'),
    of(width, height * row, factor, 'height and depth'),
    of(factor * height, row, width, 'width and depth'),
    of(factor, height, width * row, 'height and width'),
  ];
}
