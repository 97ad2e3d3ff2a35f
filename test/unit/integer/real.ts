/** Networks in real arithmetic, written by definition: slow, and independent of what it checks. */
import { dequantise, quantiseValues } from '../../../src/integer/activation-grid.ts';
import { quantise } from '../../../src/integer/quantise-network.ts';
import type {
  FoldedNetwork,
  IntegerNetwork,
  IntegerOperation,
  Quantisation,
} from '../../../src/integer/integer-network.ts';

/** Walks every tap of one output position: calls back with the offset into the input, or -1 outside of it. */
function taps(
  { operation: { kernel, stride, dilation, padding, inSize, outSize } }: IntegerOperation,
  y: number,
  x: number,
  tap: (pixel: number, ky: number, kx: number) => void,
): void {
  const lead = (i: number, o: number, k: number, s: number, d: number): number =>
    padding === 'valid' ? 0 : Math.floor(Math.max(0, (o - 1) * s + (k - 1) * d + 1 - i) / 2);
  for (let ky = 0; ky < kernel.height; ky++)
    for (let kx = 0; kx < kernel.width; kx++) {
      const iy =
        y * stride.height +
        ky * dilation.height -
        lead(inSize.height, outSize.height, kernel.height, stride.height, dilation.height);
      const ix =
        x * stride.width +
        kx * dilation.width -
        lead(inSize.width, outSize.width, kernel.width, stride.width, dilation.width);
      if (iy >= 0 && ix >= 0 && iy < inSize.height && ix < inSize.width) tap(iy * inSize.width + ix, ky, kx);
    }
}

/** Outputs of one operation of a folded network in real arithmetic, of what it reads. */
export function evaluateOperation(
  network: IntegerNetwork,
  index: number,
  folded: FoldedNetwork,
  [a, b]: readonly Float32Array[],
): Float32Array {
  const one = network.operations[index]!;
  const { operation: o, weights } = one;
  const result = new Float32Array(o.outSize.height * o.outSize.width * o.outChannels);
  const bias = folded.operations[index]!.bias;
  for (let y = 0; y < o.outSize.height; y++)
    for (let x = 0; x < o.outSize.width; x++)
      for (let c = 0; c < o.outChannels; c++) {
        let sum = bias?.[c] ?? 0,
          count = 0,
          largest = -Infinity;
        const step = weights?.steps[c] ?? 0,
          area = o.kernel.height * o.kernel.width;
        taps(one, y, x, (pixel, ky, kx) => {
          const position = ky * o.kernel.width + kx;
          count += 1;
          if (o.kind === 'conv')
            for (let i = 0; i < o.inChannels; i++)
              sum += a![pixel * o.inChannels + i]! * step * weights!.codes[(c * area + position) * o.inChannels + i]!;
          if (o.kind === 'depthwise')
            sum += a![pixel * o.inChannels + Math.floor(c / o.factor)]! * step * weights!.codes[c * area + position]!;
          if (o.kind.endsWith('-pool')) {
            const value = a![pixel * o.inChannels + c]!;
            sum += o.kind === 'average-pool' ? value : 0;
            largest = Math.max(largest, value);
          }
        });
        const at = (y * o.outSize.width + x) * o.outChannels + c;
        if (o.kind === 'dense') sum = a!.reduce((s, v, i) => s + v * step * weights!.codes[c * a!.length + i]!, sum);
        if (o.kind === 'average-pool') sum /= count;
        if (o.kind === 'max-pool') sum = largest;
        if (o.kind === 'add') sum = a![at]! + b![at]!;
        if (o.kind === 'flatten') sum = a![at]!;
        if (o.kind === 'global-average-pool') {
          for (let i = c; i < a!.length; i += o.inChannels) sum += a![i]!;
          sum /= a!.length / o.inChannels;
        }
        if (o.kind === 'depth-to-space') {
          const f = o.factor,
            block = (y % f) * f + (x % f);
          sum =
            a![(Math.floor(y / f) * o.inSize.width + Math.floor(x / f)) * o.inChannels + block * o.outChannels + c]!;
        }
        result[at] =
          o.activation === 'none' ? sum : Math.min(Math.max(0, sum), o.activation === 'relu6' ? 6 : Infinity);
      }
  return result;
}

/**
 * Outputs of every operation of a folded network in real arithmetic, operator by operator by definition.
 * `grids` puts every result on its activation grid: what fake quantisation computes. Without, it is the float network.
 */
export function evaluateReal(folded: FoldedNetwork, image: Float32Array, grids: boolean): Float32Array[] {
  const network = quantise(folded);
  const outputs: Float32Array[] = [];
  const placed = (values: Float32Array, grid: Quantisation): Float32Array =>
    grids ? dequantise(quantiseValues(values, grid), grid) : values;
  const input = placed(image, network.input);
  for (const [index, { operation, output }] of network.operations.entries()) {
    const read = operation.inputs.map((i) => (i < 0 ? input : outputs[i]!));
    outputs.push(placed(evaluateOperation(network, index, folded, read), output));
  }
  return outputs;
}
