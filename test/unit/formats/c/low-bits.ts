/** Integer networks whose activations have codes of 8, 4 or 2 bits, drawn for each operation. */
import { largestCode } from '../../../../src/base/codes.ts';
import { KEEPS_GRID, multipliersOf, outputGridOf, quantise } from '../../../../src/integer/quantise-network.ts';
import type { FoldedNetwork, IntegerNetwork, Quantisation, Range } from '../../../../src/integer/integer-network.ts';
import type { ActivationBits } from '../../../../src/formats/c/c-codes.ts';
import { generator } from '../../integer/networks.ts';

const WIDTHS: readonly ActivationBits[] = [8, 4, 2];

function gridOf({ min, max }: Range, bits: number): Quantisation {
  const scale = Math.fround((Math.max(0, max) - Math.min(0, min)) / (2 ** bits - 1));
  const least = -largestCode(bits) - 1;
  return { scale, zeroPoint: Math.max(least, Math.min(-least - 1, Math.round(least - Math.min(0, min) / scale))) };
}

/** The network, and the bits of each operation's output: input and output keep 8. */
export function lowBits(
  folded: FoldedNetwork,
  seed: number,
): { readonly network: IntegerNetwork; readonly bits: readonly ActivationBits[] } {
  const random = generator(seed);
  const whole = quantise(folded);
  const last = outputGridOf(folded.architecture);
  const bits: ActivationBits[] = [];
  const operations: IntegerNetwork['operations'][number][] = [];
  whole.operations.forEach((one, i) => {
    const { operation, weights } = one;
    const [from] = operation.inputs;
    const input = from! < 0 ? whole.input : operations[from!]!.output;
    const keeps = KEEPS_GRID.has(operation.kind);
    const drawn = operation.id === last ? 8 : WIDTHS[Math.floor(random() * WIDTHS.length)]!;
    bits.push(!keeps ? drawn : from! < 0 ? 8 : bits[from!]!);
    const output = keeps ? input : gridOf(folded.operations[i]!.output, bits[i]!);
    const [least, most] = [-largestCode(bits[i]!) - 1, largestCode(bits[i]!)];
    const clamp = { min: operation.activation === 'none' ? least : output.zeroPoint, max: most };
    const { bias, steps } = folded.operations[i]!;
    operations.push({
      operation,
      output,
      clamp,
      ...(weights && {
        weights: {
          ...weights,
          biases: Int32Array.from(bias!, (value, o) => Math.round(value / (input.scale * steps![o]!))),
          ...multipliersOf(input, weights.steps, output),
        },
      }),
    });
  });
  return { network: { ...whole, operations }, bits };
}
