/**
 * The job of one tensor of weights for the module's `mixForward` and `mixBackward`
 * (src/devices/kernels/assembly/mix-weights.ts).
 */
import { largestCode } from '../../base/codes.ts';
import { centred, type MixAttributes } from '../operators/mix-weights.ts';

/** Words of a job that hold addresses. */
const FIELD = { w: 0, sigma: 1, out: 2, dy: 3, toKernels: 12, toOptions: 13 } as const;
const HEADER_WORDS = 16;

/** Where a job's tensors lie; those after `out` are for the gradients. */
export type MixAddresses = Readonly<Record<'w' | 'sigma' | 'out', number>> &
  Readonly<Partial<Record<'dy' | 'toKernels' | 'toOptions', number>>>;

/** The memory of a module. */
export interface JobMemory {
  readonly words: Int32Array;
  readonly floats: Float32Array;
}

export interface MixJob {
  /** Memory that the job needs, scratch memory included. */
  readonly bytes: number;
  /** Writes it at an address, a multiple of 16; `thresholds`: one per sparsity option. */
  write(memory: JobMemory, address: number, tensors: MixAddresses, thresholds: Float32Array): void;
}

/** @param shape of the weights: [h, w, in, out], or [h, w, channels, multiplier] where depthwise */
export function mixJob(
  shape: readonly number[],
  { kernels, bits, sparsities, chosen: [kernel, chosenBits, chosenSparsity], steps, depthwise }: MixAttributes,
): MixJob {
  const [height, width, rows, last] = shape as [number, number, number, number];
  const taps = height * width;
  const pairs = [
    [chosenBits, chosenSparsity],
    ...bits.map((_, b) => [b, chosenSparsity]),
    ...Array.from({ length: sparsities }, (_, s) => [chosenBits, s]),
  ] as const;
  const crops = [kernels[kernel]!, ...kernels];
  const optionsBytes = pairs.length * 16;
  const cropsBytes = Math.ceil((taps * crops.length) / 4) * 16;
  return {
    bytes: HEADER_WORDS * 4 + optionsBytes + cropsBytes + pairs.length * 16 + (kernels.length + pairs.length) * 8,
    write({ words, floats }, address, tensors, thresholds) {
      const optionsAt = address + HEADER_WORDS * 4;
      const cropsAt = optionsAt + optionsBytes;
      const at = address >>> 2;
      words.set(
        [
          0,
          0,
          0,
          0,
          taps,
          depthwise ? 1 : rows,
          depthwise ? rows * last : last,
          optionsAt,
          pairs.length,
          cropsAt,
          kernels.length,
          cropsAt + cropsBytes,
        ],
        at,
      );
      for (const [field, word] of Object.entries(FIELD)) words[at + word] = tensors[field as keyof typeof FIELD] ?? 0;
      pairs.forEach(([b, s], i) => {
        floats.set(
          [steps[b * sparsities + s]!, largestCode(bits[b]!), thresholds[s]!, bits[b] === 1 ? 1 : 0],
          (optionsAt >>> 2) + i * 4,
        );
      });
      for (let tap = 0; tap < taps; ++tap) {
        crops.forEach(([cropHeight, cropWidth], i) => {
          const [top, bottom] = centred(height, cropHeight);
          const [left, right] = centred(width, cropWidth);
          const row = Math.floor(tap / width);
          const column = tap % width;
          words[(cropsAt >>> 2) + tap * crops.length + i] =
            row >= top && row < bottom && column >= left && column < right ? 1 : 0;
        });
      }
    },
  };
}
