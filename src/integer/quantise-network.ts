/** From the folded float network to the integer network: activation grids, int32 biases, fixed-point multipliers. */
import { filterShape } from '../network/operation-counts.ts';
import { KEEPS_GRID } from '../network/keeps-grid.ts';
import type { Architecture, Operation } from '../network/types.ts';
import { isWeighted, storedKind } from '../costs/weights/stored-kind.ts';
import type { WeightTensor } from '../targets/weight-tensor.ts';
import { largestCode } from '../base/codes.ts';
import { toFixedPoint } from './fixed-point.ts';
import { activationClamp, quantiseGrid } from './activation-grid.ts';
import type {
  FoldedNetwork,
  FoldedOperation,
  IntegerNetwork,
  IntegerOperation,
  IntegerWeights,
  Quantisation,
} from './integer-network.ts';

/** The operation whose grid the network's output is on, by its id; '' for the input's. */
export function outputGridOf({ operations }: Architecture): string {
  let at = operations.length - 1;
  while (at >= 0 && KEEPS_GRID.has(operations[at]!.kind)) at = operations[at]!.inputs[0]!;
  return operations[at]?.id ?? '';
}

/** Codes are kept in signed bytes. */
const CODE_BITS = 8;

function checkWeights({ operation, codes, steps, bias }: FoldedOperation): {
  codes: Int8Array;
  steps: Float32Array;
  bias: Float32Array;
} {
  const shape = filterShape(operation)!;
  const elements = shape.reduce((product, n) => product * n, 1);
  const wrong = (what: string, is: number | undefined, wanted: number): Error =>
    new RangeError(
      `${operation.id}: ${is === undefined ? 'no' : is} ${what}, ${wanted} expected (weights ${shape.join('x')})`,
    );
  if (codes?.length !== elements) throw wrong('weight codes', codes?.length, elements);
  if (steps?.length !== shape[0]) throw wrong('weight steps', steps?.length, shape[0]);
  if (bias?.length !== shape[0]) throw wrong('biases', bias?.length, shape[0]);
  const limit = largestCode(Math.min(operation.bits, CODE_BITS));
  const outside = codes.findIndex((code) => Math.abs(code) > limit);
  if (outside >= 0)
    throw new RangeError(
      `${operation.id}: weight code ${codes[outside]} is outside -${limit}..${limit} (${operation.bits} bits)`,
    );
  if (!steps.every((step) => step > 0 && Number.isFinite(step)))
    throw new RangeError(`${operation.id}: every weight step must be a finite number > 0`);
  return { codes, steps, bias };
}

/**
 * Fixed-point multipliers of a weighted operation, per output channel: input scale * step / output scale in float64, as
 * TFLite's CONV_2D has them.
 */
export function multipliersOf(
  input: Quantisation,
  steps: Float32Array,
  output: Quantisation,
): { multipliers: Int32Array; shifts: Int32Array } {
  const fixed = Array.from(steps, (step) => toFixedPoint((input.scale * step) / output.scale));
  return { multipliers: Int32Array.from(fixed, (f) => f.multiplier), shifts: Int32Array.from(fixed, (f) => f.shift) };
}

const INT32_MAX = 2 ** 31 - 1;

function integerWeights(folded: FoldedOperation, input: Quantisation, output: Quantisation): IntegerWeights {
  const { codes, steps, bias } = checkWeights(folded);
  const biases = Int32Array.from(bias, (value, o) => {
    const code = Math.round(value / (input.scale * steps[o]!));
    return Math.max(-INT32_MAX, Math.min(INT32_MAX, code));
  });
  return { codes, steps, biases, ...multipliersOf(input, steps, output) };
}

/**
 * The integer network of a folded one: int8 activations (asymmetric) or fewer bits (unsigned), int32 biases,
 * per-channel fixed-point multipliers.
 * Weight codes stay as they are: a 3-bit layer uses -3..3.
 * Throws RangeError naming the operation whose weights, steps or range are unusable.
 */
export function quantise(folded: FoldedNetwork): IntegerNetwork {
  const { architecture } = folded;
  if (folded.operations.length !== architecture.operations.length) {
    throw new RangeError(
      `${folded.operations.length} folded operations for the ${architecture.operations.length} operations of ${architecture.name}`,
    );
  }
  const input = quantiseGrid(folded.input);
  const operations: IntegerOperation[] = [];
  for (const one of folded.operations) {
    const { operation } = one;
    const source = operation.inputs[0]! < 0 ? input : operations[operation.inputs[0]!]!.output;
    const output = KEEPS_GRID.has(operation.kind) ? source : quantiseGrid(one.output, operation.activationBits);
    operations.push({
      operation,
      output,
      clamp: activationClamp(operation.activation, output),
      ...(filterShape(operation) ? { weights: integerWeights(one, source, output) } : {}),
    });
  }
  return { architecture, input, operations };
}

/**
 * The weight tensor of an operation with these codes, as the size rules of the target take it; undefined without
 * weights.
 */
export function weightTensor(operation: Operation, codes: Int8Array): WeightTensor | undefined {
  const { kind } = operation;
  const ohwi = filterShape(operation);
  return isWeighted(kind) && ohwi
    ? {
        kind: storedKind(kind, operation.inChannels),
        ohwi,
        values: codes,
        bits: operation.bits,
        dilation: operation.dilation,
        stride: operation.stride,
        outSize: operation.outSize,
        operation,
      }
    : undefined;
}

/** The weight tensors of a network in execution order. */
export function weightTensors(network: IntegerNetwork): WeightTensor[] {
  return network.operations.flatMap(({ operation, weights }) => {
    const tensor = weights && weightTensor(operation, weights.codes);
    return tensor ? [tensor] : [];
  });
}
