/** Operators that files spell out because compilers for NPUs know no single one. */
import type { Graph, GraphOperator, GraphTensor } from './tflite-graph.ts';
import { BuiltinOperator } from './tflite-schema.generated.ts';

/** Rows within blocks and positions along a row change places. */
export const DEPTH_TO_SPACE_ORDER: readonly number[] = [0, 2, 1, 3];

/**
 * Shapes between the three steps of a DEPTH_TO_SPACE: [rows, columns, block, block · channels] before the
 * transposition.
 */
export function depthToSpaceShape(height: number, width: number, inChannels: number, factor: number): number[] {
  return [height, width, factor, inChannels / factor];
}

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);

/** A graph in which RESHAPE, TRANSPOSE, RESHAPE stand as the DEPTH_TO_SPACE that they are. */
export function foldDepthToSpace(graph: Graph): Graph {
  const { tensors, operators, outputs } = graph;
  const onlyReader = (tensor: number): GraphOperator | undefined => {
    const readers = operators.filter(({ inputs }) => inputs.includes(tensor));
    return readers.length === 1 && !outputs.includes(tensor) ? readers[0] : undefined;
  };
  const folded = new Set<GraphOperator>();
  const result = operators.flatMap((first) => {
    if (folded.has(first)) return [];
    const swap = first.code === BuiltinOperator.RESHAPE ? onlyReader(first.outputs[0]!) : undefined;
    const last = swap?.code === BuiltinOperator.TRANSPOSE ? onlyReader(swap.outputs[0]!) : undefined;
    if (!swap || last?.code !== BuiltinOperator.RESHAPE) return [first];
    const shapeOf = (index: number | undefined): readonly number[] => tensors[index ?? -1]?.shape ?? [];
    const [, height = 0, width = 0, channels = 0] = shapeOf(first.inputs[0]);
    const factor = (shapeOf(last.outputs[0])[1] ?? 0) / height;
    const isOne =
      same(permutation(tensors[swap.inputs[1] ?? -1]), DEPTH_TO_SPACE_ORDER) &&
      same(shapeOf(first.outputs[0]), depthToSpaceShape(height, width, channels, factor)) &&
      same(shapeOf(last.outputs[0]), [1, height * factor, width * factor, channels / factor ** 2]);
    if (!isOne) return [first];
    folded.add(swap).add(last);
    return [{ ...last, code: BuiltinOperator.DEPTH_TO_SPACE, name: 'DEPTH_TO_SPACE', inputs: [first.inputs[0]!] }];
  });
  return { ...graph, operators: result };
}

/** The int32 values of a constant, none where it has none. */
function permutation(tensor: GraphTensor | undefined): number[] {
  if (!tensor) return [];
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  return Array.from({ length: Math.floor(view.byteLength / 4) }, (_, i) => view.getInt32(4 * i, true));
}
