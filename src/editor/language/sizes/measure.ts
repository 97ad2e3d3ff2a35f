/**
 * What one layer of a concrete architecture costs: parameters, operations, activations, and its weights in three forms
 * with the sum that made them.
 */
import type { Steps } from '../../../base/steps.ts';
import { macs, parameters } from '../../../network/operation-counts.ts';
import type { Architecture, Operation } from '../../../network/types.ts';
import { weightShape } from '../../../costs/weights/padding/channel-padding.ts';
import type { Target } from '../../../targets/find-target.ts';
import { estimateSplit, type SplitSize } from '../../../costs/weights/padding/unpadded.ts';

/** Bytes of a float32 weight. */
const FLOAT_BYTES = 4;

export interface OperationMeasure {
  readonly operation: Operation;
  /** Output channels, height, width, input channels; absent for operators without weights. */
  readonly filter?: readonly [number, number, number, number];
  readonly weights: number;
  readonly parameters: number;
  readonly macs: number;
  readonly floatBytes: number;
  /** Weights at their bitwidth without compression or alignment. */
  readonly packedBytes: number;
  readonly stored?: SplitSize;
}

export interface LayerMeasure {
  readonly operations: readonly OperationMeasure[];
  /** True where the architecture leaves the layer out. */
  readonly skipped: boolean;
  /** Height, width, channels. */
  readonly input?: readonly [number, number, number];
  readonly output?: readonly [number, number, number];
  readonly parameters: number;
  readonly macs: number;
  readonly floatBytes: number;
  readonly packedBytes: number;
  readonly storedBytes: number;
  readonly paddingBytes: number;
}

function measureOperation(operation: Operation, target: Target): OperationMeasure {
  const shape = weightShape(operation);
  const weights = shape ? shape.ohwi.reduce((product, size) => product * size, 1) : 0;
  const base = {
    operation,
    weights,
    parameters: parameters(operation),
    macs: macs(operation),
    floatBytes: weights * FLOAT_BYTES,
    packedBytes: Math.ceil((weights * operation.bits) / 8),
  };
  if (!shape) return base;
  const stored = estimateSplit(target, { ...shape, bits: operation.bits, sparsity: operation.sparsity });
  return { ...base, filter: shape.ohwi, stored };
}

const sum = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((total, item) => total + value(item), 0);

/** Sizes the operations of a layer, which are remembered, one a step. */
export function* measureOperations(architecture: Architecture, layer: number, target: Target): Steps<void> {
  for (const operation of architecture.operations) {
    if (operation.layer !== layer) continue;
    measureOperation(operation, target);
    yield;
  }
}

/** Measures the layer with this index. */
export function measureLayer(architecture: Architecture, layer: number, target: Target): LayerMeasure {
  const operations = architecture.operations
    .filter((operation) => operation.layer === layer)
    .map((operation) => measureOperation(operation, target));
  const [first, last] = [operations[0]?.operation, operations.at(-1)?.operation];
  return {
    operations,
    skipped: operations.length === 0,
    ...(first && { input: [first.inSize.height, first.inSize.width, first.inChannels] as const }),
    ...(last && { output: [last.outSize.height, last.outSize.width, last.outChannels] as const }),
    parameters: sum(operations, (item) => item.parameters),
    macs: sum(operations, (item) => item.macs),
    floatBytes: sum(operations, (item) => item.floatBytes),
    packedBytes: sum(operations, (item) => item.packedBytes),
    storedBytes: sum(operations, (item) => item.stored?.totalBytes ?? 0),
    paddingBytes: sum(operations, (item) => item.stored?.paddingBytes ?? 0),
  };
}
