/** A .tflite file as it is measured, and what it answers: what stands after its last layer is computed here too. */
import type { ImportedModel } from '../../formats/reading/imported-model.ts';
import type { Quantisation } from '../../integer/integer-network.ts';
import { INT8_MAX, INT8_MIN } from '../../integer/activation-grid.ts';

/** Brings the codes of one sample's last layer to the codes that the file puts out. */
export type Finish = (codes: Int8Array) => Int8Array;

/** The grid that TensorFlow Lite gives to outputs of SOFTMAX and LOGISTIC in int8: 0 to 255/256. */
const SHARES = { scale: 1 / 256, zeroPoint: INT8_MIN };

const toShares = (values: readonly number[]): Int8Array =>
  Int8Array.from(values, (value) =>
    Math.max(INT8_MIN, Math.min(INT8_MAX, Math.round(value / SHARES.scale) + SHARES.zeroPoint)),
  );

const FINISHES: Readonly<Record<string, (grid: Quantisation) => Finish>> = {
  SOFTMAX:
    ({ scale }) =>
    (codes) => {
      const most = Math.max(...codes);
      const powers = Array.from(codes, (code) => Math.exp(scale * (code - most)));
      const sum = powers.reduce((total, power) => total + power, 0);
      return toShares(powers.map((power) => power / sum));
    },
  LOGISTIC:
    ({ scale, zeroPoint }) =>
    (codes) =>
      toShares(Array.from(codes, (code) => 1 / (1 + Math.exp(-scale * (code - zeroPoint))))),
};

/**
 * What the file does after the network's last layer; undefined where what it puts in or out is not the network's, so
 * that the network is measured as it is written here.
 */
export function finishOf({ outside, network }: Pick<ImportedModel, 'outside' | 'network'>): Finish | undefined {
  const { before = [], after = [] } = outside ?? {};
  if (before.length > 0 || after.length > 1) return undefined;
  const [last] = after;
  if (last === undefined) return (codes) => codes;
  return FINISHES[last]?.(network.operations.at(-1)!.output);
}
