/** Bytes of one weighted operator over its channels, kernels, bitwidths and sparsities; made once for each target. */
import type { Steps } from '../../../base/steps.ts';
import type { Primitive } from '../../../network/types.ts';
import { estimateBytes, ratesFor, streamShapes } from '../rates/estimate-size.ts';
import { storedKind, type WeightedKind } from '../stored-kind.ts';
import { sideBytes } from '../stored-size.ts';
import { unbounded } from '../../../targets/arena.ts';
import type { Target } from '../../../targets/find-target.ts';
import { isTiny, tinySize } from '../rates/tiny-layers.ts';
import type { WeightTensor } from '../../../targets/weight-tensor.ts';
import { listed } from './listed.ts';
import type { ChannelPair } from './pairs.ts';

/** Weight bytes, and side bytes, of an operator over [channel pair, kernel, bits, sparsity], last index fastest. */
export interface ByteTable {
  readonly weights: Float64Array;
  readonly side: Float64Array;
  readonly total: Float64Array;
}

/**
 * Entries of tiny weights up to which a table has them encoded: a definition of very many small widths must not block
 * an editor.
 */
const MOST_ENCODED = 256;

/**
 * Tables by what decides them, shared by all networks of a target: a definition is sized anew with every change of its
 * text.
 */
const tablesOf = new WeakMap<Target, Map<string, ByteTable>>();

/** The table of an operator: a size that is encoded, or a shape, a step. */
export function* byteTable(target: Target, primitive: Primitive, pairs: ChannelPair): Steps<ByteTable> {
  const by = unbounded(target);
  let known = tablesOf.get(by);
  if (!known) tablesOf.set(by, (known = new Map()));
  const { kind, kernel, bits, sparsity, dilation } = primitive;
  let kernels = '';
  for (const { height, width } of kernel.options) kernels += `${height}x${width},`;
  const key = `${kind}|${kernels}|${listed(bits.options)}|${listed(sparsity.options)}|${dilation.height},${dilation.width}|${pairs.key}`;
  let table = known.get(key);
  if (!table) known.set(key, (table = yield* makeTable(target, primitive, pairs.leaves)));
  return table;
}

type Shape = Pick<WeightTensor, 'kind' | 'ohwi' | 'dilation'>;

/** The shapes of an operator's weights over [channel pair, kernel]. */
function shapesOf({ kind, kernel, dilation }: Primitive, pairs: ChannelPair['leaves']): Shape[] {
  return pairs.flatMap(([inputs, outputs]) =>
    kernel.options.map(({ height, width }): Shape => ({
      kind: storedKind(kind as WeightedKind, inputs),
      dilation,
      ohwi: kind === 'dense' ? [outputs, 1, 1, inputs] : [outputs, height, width, kind === 'depthwise' ? 1 : inputs],
    })),
  );
}

function* makeTable(target: Target, primitive: Primitive, pairs: ChannelPair['leaves']): Steps<ByteTable> {
  const shapes = shapesOf(primitive, pairs);
  const grid = primitive.bits.options.flatMap((bits) =>
    primitive.sparsity.options.map((sparsity) => ({ bits, sparsity })),
  );
  const rates = grid.map(({ bits, sparsity }) => ratesFor(bits, sparsity));
  const encodes = shapes.filter(({ ohwi }) => isTiny(ohwi)).length * grid.length <= MOST_ENCODED;
  const weights = new Float64Array(shapes.length * grid.length);
  const side = new Float64Array(weights.length);
  let at = 0;
  for (const shape of shapes) {
    side.fill(sideBytes(target, shape), at, at + grid.length);
    if (encodes && isTiny(shape.ohwi)) {
      for (const point of grid) {
        weights[at++] = tinySize(target, { ...shape, ...point }).weightBytes;
        yield;
      }
    } else {
      const streams = streamShapes(target, shape);
      for (const rate of rates) weights[at++] = estimateBytes(target, streams, rate);
      yield;
    }
  }
  return { weights, side, total: weights.map((bytes, i) => bytes + side[i]!) };
}
