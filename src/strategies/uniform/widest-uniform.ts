/**
 * The networks that a search must beat: one bitwidth everywhere, dense, at the width that just fits the same budget.
 */
import { sizeQuickly } from '../../integer/sizing.ts';
import { instantiate } from '../../network/architecture.ts';
import { buildNetwork } from '../../network/build-network.ts';
import type { Architecture, Choice, Definition, LayerSpec } from '../../network/types.ts';
import { runs } from '../../targets/runnable.ts';
import { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import type { Target } from '../../targets/find-target.ts';
import { fittedCodes } from '../../costs/weights/fitted-codes.ts';
import { freshTensors } from '../../training/trained/initial-tensors.ts';

/** Bitwidths that are compared. */
export const BASELINE_BITS: readonly number[] = [8, 4, 2];

export interface UniformNetwork {
  readonly bits: number;
  readonly widthFactor: number;
  readonly architecture: Architecture;
  readonly bytes: number;
}

function fixed<T>(choice: Choice<T>, value: T): Choice<T> {
  return { path: choice.path, inherited: false, options: [value], texts: [String(value)] };
}

/**
 * First operator that is not `skip`, largest kernel and expansion, filters scaled, one bitwidth, no pruning. The logits
 * keep their units.
 */
function uniformLayer(layer: LayerSpec, isLast: boolean, bits: number, factor: number): LayerSpec {
  const op = layer.op.options.find((name) => name !== 'skip') ?? 'skip';
  const area = (k: { height: number; width: number }): number => k.height * k.width;
  const kernel = layer.kernel.options.reduce((a, b) => (area(b) > area(a) ? b : a));
  const filters = layer.filters;
  return {
    ...layer,
    op: fixed(layer.op, op),
    kernel: fixed(layer.kernel, kernel),
    expand: fixed(layer.expand, Math.max(...layer.expand.options)),
    bits: fixed(layer.bits, bits),
    sparsity: fixed(layer.sparsity, 0),
    ...(filters
      ? {
          filters: fixed(
            filters,
            isLast ? Math.max(...filters.options) : Math.max(1, Math.round(Math.max(...filters.options) * factor)),
          ),
        }
      : {}),
  };
}

/**
 * Networks whose estimate is over the budget by more are not encoded: on the way to the widest that fits, most are many
 * times too large.
 */
const FAR_OVER = 1.1;

/** A uniform network and its estimated bytes. */
function uniform(
  definition: Definition,
  target: Target,
  bits: number,
  widthFactor: number,
): { readonly architecture: Architecture; readonly estimate: number } {
  const last = definition.layers.reduce((found, layer, i) => (layer.filters ? i : found), -1);
  const network = buildNetwork({
    ...definition,
    layers: definition.layers.map((layer, i) => uniformLayer(layer, i === last, bits, widthFactor)),
  });
  const assignment = network.decisions.map(() => 0);
  return {
    architecture: instantiate(network, assignment),
    estimate: new SizeExpression(network, target).estimate(assignment),
  };
}

/** Exact bytes of the weights that training starts from: close to those at its end, whatever the bitwidth. */
function startingBytes(architecture: Architecture, target: Target, seed: number): number {
  const fresh = freshTensors(seed);
  return sizeQuickly(architecture, target, (operation) => {
    const { w } = fresh(operation);
    return fittedCodes(w, new Float32Array(w.length).fill(1), operation);
  }).totalBytes;
}

/**
 * The widest uniform network of a bitwidth within the budget, by bisection on the width factor (1 = the definition's
 * largest filters,
 * at most 4). Undefined where not even the narrowest fits, or the target does not store this bitwidth.
 */
export function widestUniform(
  definition: Definition,
  target: Target,
  bits: number,
  budgetBytes: number,
  seed: number,
): UniformNetwork | undefined {
  if (!target.bits.includes(bits)) return undefined;
  let low = 0.01;
  let high = 4;
  let best: UniformNetwork | undefined;
  for (let i = 0; i < 14; i++) {
    const factor = i === 0 ? low : (low + high) / 2;
    const { architecture, estimate } = uniform(definition, target, bits, factor);
    const bytes = estimate > FAR_OVER * budgetBytes ? estimate : startingBytes(architecture, target, seed);
    if (bytes <= budgetBytes && runs(target, architecture)) {
      if (!best || bytes >= best.bytes) best = { bits, widthFactor: factor, architecture, bytes };
      low = factor;
    } else if (i === 0) return undefined;
    else high = factor;
  }
  return best;
}
