/**
 * Exact encoding of weights as both of Vela's encoders do it, beside the C encoder of the older one where Python has
 * it.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { codesOf, fitSteps } from '../src/costs/weights/fitted-codes.ts';
import { encodeStream } from '../src/costs/weights/mlw/encode-stream.ts';
import { reorder, type BrickOrder } from '../src/costs/weights/mlw/reorder.ts';
import type { StreamEncoder } from '../src/targets/weight-tensor.ts';
import { SeededRandom } from '../src/base/random.ts';
import { rounded } from './lib/measure.ts';
import type { Benchmark, Row } from './run.ts';

const OUTPUTS = 4096;
const INPUTS = 32;
const REPEATS = 9;
const ORDER: BrickOrder = {
  depthwise: false,
  partKernel: false,
  inputBits: 8,
  outputBlockDepth: 8,
  outputMicroDepth: 8,
  inputMicroDepth: 8,
  subKernel: { height: 8, width: 8 },
};
const CASES = [
  [8, 0],
  [6, 0],
  [4, 0],
  [3, 0.5],
  [4, 0.75],
  [8, 0.9],
  [2, 0.9],
] as const;

/** Bell-shaped weights [outputs, 1, 1, inputs], pruned and quantised as in a search. */
function weightsOf(bits: number, sparsity: number): Int16Array {
  const random = new SeededRandom(bits);
  const weights = Float32Array.from({ length: OUTPUTS * INPUTS }, () => random.normal());
  const threshold = Float32Array.from(weights, Math.abs).sort()[Math.floor(sparsity * weights.length)]!;
  const mask = Float32Array.from(weights, (w) => (Math.abs(w) >= threshold ? 1 : 0));
  return Int16Array.from(codesOf(weights, mask, fitSteps(weights, mask, INPUTS, bits), bits));
}

interface Peer {
  readonly seconds: number;
  readonly bytes: number;
}

/** Times of the C encoder; undefined where Python (UDC_PYTHON, else python3) has no ethos-u-vela. */
function timePeer(arrays: readonly Int16Array[]): readonly Peer[] | undefined {
  const script = fileURLToPath(new URL('peers/vela_encode.py', import.meta.url));
  const input = Buffer.concat(
    arrays.flatMap((array) => [Buffer.from(Uint32Array.of(array.length).buffer), Buffer.from(array.buffer)]),
  );
  const { status, stdout } = spawnSync(process.env['UDC_PYTHON'] ?? 'python3', [script, String(REPEATS)], {
    input,
    encoding: 'utf8',
  });
  return status === 0 ? (JSON.parse(stdout) as Peer[]) : undefined;
}

/** Best of several, in seconds of processor time: the machine's other work only adds. */
function best(work: () => void): number {
  let least = Infinity;
  for (let i = 0; i < REPEATS; i++) {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, user + system);
  }
  return least / 1e6;
}

export const benchmark: Benchmark = {
  name: 'encode',
  describe:
    'Brick order and exact encoding of Ethos-U weight streams, million weights a second of processor time, best of 9: as the default core of Vela does it (Regor), and as its older one does, beside the C encoder of that in ethos-u-vela (UDC_PYTHON names a Python that has it).',
  run: async () => {
    const arrays = CASES.map(([bits, sparsity]) => weightsOf(bits, sparsity));
    const encode = (weights: Int16Array, encoder: StreamEncoder): Uint8Array =>
      encodeStream(reorder(weights, [OUTPUTS, 1, 1, INPUTS], ORDER), encoder);
    const timed = (encoder: StreamEncoder): number[] => {
      for (const array of arrays) encode(array, encoder);
      return arrays.map((array) => best(() => encode(array, encoder)));
    };
    const regor = timed('regor');
    const classic = timed('classic');
    const peers = timePeer(arrays);
    return CASES.map(([bits, sparsity], i): Row => {
      const millions = arrays[i]!.length / 1e6;
      const peer = peers?.[i];
      const bytes = encode(arrays[i]!, 'classic').length;
      if (peer && peer.bytes !== bytes)
        throw new Error(`the encoders differ: ${bytes} bytes here, ${peer.bytes} from ethos-u-vela`);
      return {
        bits,
        sparsity,
        'M weights/s': rounded(millions / regor[i]!),
        'older core': rounded(millions / classic[i]!),
        ...(peer && {
          'C encoder': rounded(millions / peer.seconds),
          'times slower': rounded(classic[i]! / peer.seconds),
        }),
      };
    });
  },
};
