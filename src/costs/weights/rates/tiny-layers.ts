/**
 * Sizes of few weights before they exist: what representative tensors encode to. Rates say little of streams that are
 * mostly padding.
 */
import { fittedCodes, magnitudeMask, prunedCount } from '../fitted-codes.ts';
import type { WeightSpec } from './estimate-size.ts';
import { storedSize } from '../stored-size.ts';
import { unbounded } from '../../../targets/arena.ts';
import type { Target } from '../../../targets/find-target.ts';
import type { StoredSize, WeightTensor } from '../../../targets/weight-tensor.ts';
import { SeededRandom } from '../../../base/random.ts';

/** Fewer weights than this are encoded; from here on the rate table is as good (docs/targets.md). */
const TINY = 128;
/** Tensors that a size is the mean of. */
const SAMPLES = 4;
const SEED = 20220105;

export function isTiny([outputs, height, width, inputs]: WeightSpec['ohwi']): boolean {
  return outputs * height * width * inputs < TINY;
}

let normals: Float32Array[] | undefined;

/** Bell-shaped weights; a tensor takes the first ones of each sample. */
function samples(): Float32Array[] {
  return (normals ??= Array.from({ length: SAMPLES }, (_, sample) => {
    const random = new SeededRandom(SEED + sample);
    return Float32Array.from({ length: TINY }, () => random.normal());
  }));
}

/**
 * Tensors like those that a search ends with: pruned by magnitude, on the grids with the least error. The same at every
 * call.
 */
function representatives(target: Target, spec: WeightSpec): WeightTensor[] {
  const { sparsity, ...shape } = spec;
  const [outputs, height, width, inputs] = spec.ohwi;
  return samples().map((all) => {
    const weights = all.subarray(0, outputs * height * width * inputs);
    const codes = fittedCodes(weights, magnitudeMask(weights, sparsity), { bits: spec.bits, outChannels: outputs });
    // One bit of a flat format holds −1 and 0, not the −1 and 1 of binary weights: such a layer has a size, so that it
    // is refused by what the target runs.
    return { ...shape, values: spec.bits === 1 && target.format !== 'mlw' ? codes.map((c) => Math.min(c, 0)) : codes };
  });
}

/** The mean over sizes, part by part, in whole bytes. */
function meanOf<S extends StoredSize>(sizes: readonly S[]): S {
  const mean = (key: keyof S): number =>
    Math.round(sizes.reduce((sum, size) => sum + (size[key] as number), 0) / sizes.length);
  const parts = Object.fromEntries(Object.keys(sizes[0]!).map((key) => [key, mean(key as keyof S)])) as unknown as S;
  return { ...parts, totalBytes: parts.weightBytes + parts.sideBytes };
}

const sides = (size: { readonly height: number; readonly width: number } | undefined): string =>
  size ? `${size.height}x${size.width}` : '';

/** What decides the size of a shape with few weights. */
function keyOf({ kind, ohwi, bits, sparsity, dilation, stride, outSize }: WeightSpec): string {
  const pruned = prunedCount(sparsity, ohwi[0] * ohwi[1] * ohwi[2] * ohwi[3]);
  return `${kind} ${ohwi.join('x')} ${bits} ${pruned} ${sides(dilation)} ${sides(stride)} ${sides(outSize)}`;
}

/**
 * A rule for the size of a tensor as one for shapes with few weights: its mean over the representatives.
 * Each size is worked out once; there are at most some hundred shapes of so few weights.
 */
export function meanOver<S extends StoredSize>(
  sizeOf: (target: Target, tensor: WeightTensor) => S,
): (target: Target, spec: WeightSpec) => S {
  const known = new WeakMap<Target, Map<string, S>>();
  return (target, spec) => {
    const by = unbounded(target);
    let sizes = known.get(by);
    if (!sizes) known.set(by, (sizes = new Map()));
    const key = keyOf(spec);
    let size = sizes.get(key);
    if (!size) sizes.set(key, (size = meanOf(representatives(target, spec).map((tensor) => sizeOf(target, tensor)))));
    return size;
  };
}

/** The stored size of a shape with few weights. */
export const tinySize = meanOver(storedSize);
