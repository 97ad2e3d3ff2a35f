/** What a concrete operation takes over from the supernet: the live part of its filters, its norm, its codes. */
import type { Architecture, Operation } from '../../network/types.ts';
import { fittedCodes, magnitudeMask } from '../../costs/weights/fitted-codes.ts';
import type { OperationTensors } from './weighted-part.ts';
import { trainingShape } from './weighted-part.ts';
import type { HostTensors } from '../trainer.ts';

/**
 * Position in the supernet's input channels of each input channel of an operation. A prefix, except behind a flatten:
 * there each pixel's channels are a prefix of that pixel's capacity.
 */
function inputPositions(
  operation: Operation,
  architecture: Architecture,
  capacity: number,
): (channel: number) => number {
  const producer = operation.inputs[0]! < 0 ? undefined : architecture.operations[operation.inputs[0]!];
  if (producer?.kind !== 'flatten') return (channel) => channel;
  const live = producer.inChannels;
  const allocated = capacity / (producer.inSize.height * producer.inSize.width);
  return (channel) => Math.floor(channel / live) * allocated + (channel % live);
}

/**
 * Scales weights before a batch norm to the norm that they would start from in a network of this width: no output
 * changes, but the
 * supernet's weights are small for its widest inputs, and a learning rate is relative to the norm.
 */
function rescale(w: Float32Array, fanIn: number): void {
  const rms = Math.sqrt(w.reduce((sum, value) => sum + value * value, 0) / w.length);
  const factor = rms > 0 ? Math.sqrt(2 / fanIn) / rms : 1;
  for (let i = 0; i < w.length; i++) w[i]! *= factor;
}

/** The supernet's tensors of one operation, cut to its kernel and widths. */
export function inherit(supernet: HostTensors, architecture: Architecture, operation: Operation): OperationTensors {
  const { shape: from, w, gamma, beta } = supernet.get(operation.id)!;
  const to = trainingShape(operation);
  const top = Math.floor((from[0]! - to[0]) / 2);
  const left = Math.floor((from[1]! - to[1]) / 2);
  const position = inputPositions(operation, architecture, from[2]!);
  const cut = new Float32Array(to[0] * to[1] * to[2] * to[3]);
  let next = 0;
  for (let y = 0; y < to[0]; y++) {
    for (let x = 0; x < to[1]; x++) {
      for (let i = 0; i < to[2]; i++) {
        const row = (((y + top) * from[1]! + x + left) * from[2]! + position(i)) * from[3]!;
        for (let o = 0; o < to[3]; o++) cut[next++] = w[row + o]!;
      }
    }
  }
  const outputs = operation.outChannels;
  if (operation.batchNorm) rescale(cut, to[0] * to[1] * (operation.kind === 'depthwise' ? 1 : to[2]));
  return {
    w: cut,
    beta: beta.slice(0, outputs),
    gamma: gamma ? gamma.slice(0, outputs) : new Float32Array(outputs).fill(1),
  };
}

/**
 * Integer weights (OHWI) that the supernet's present weights give an operation: pruned and on the grids that training
 * would start from.
 */
export function inheritedCodes(supernet: HostTensors, architecture: Architecture, operation: Operation): Int8Array {
  const { w } = inherit(supernet, architecture, operation);
  const mask = magnitudeMask(w, operation.sparsity);
  return fittedCodes(w, mask, operation);
}
