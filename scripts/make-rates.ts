/**
 * Makes src/costs/weights/rates/rates.generated.ts: what the Ethos-U stream encoder really needs for quantised, pruned,
 * bell-shaped weights.
 * Run by hand after a change of the encoder or of the quantiser: `npx tsx scripts/make-rates.ts` (about a minute).
 */
import { writeFileSync } from 'node:fs';
import { streamBits } from '../src/costs/weights/mlw/encode-stream.ts';
import { entropyBits } from '../src/costs/weights/flat-formats.ts';
import { BITS, ELEMENTS, LONG, REFERENCE_TAPS, SHORT, SPARSITIES, TAPS } from '../src/costs/weights/rates/rate-grid.ts';
import { codesOf, fitSteps } from '../src/costs/weights/fitted-codes.ts';
import { SeededRandom } from '../src/base/random.ts';

/** Coded elements a grid point is averaged over. */
const SAMPLE = 49152;
const MICRO_BLOCK = 64;

const random = new SeededRandom(20220105);

/** Codes of `SAMPLE` weights of filters of `taps` weights, pruned over all of them, with the search's own quantiser. */
function pool(bits: number, sparsity: number, taps: number): Int8Array {
  const channels = Math.ceil(SAMPLE / taps);
  const weights = Float32Array.from({ length: channels * taps }, () => random.normal());
  const order = Float32Array.from(weights, Math.abs).sort();
  const threshold = order[Math.floor(sparsity * order.length)] ?? Infinity;
  const mask = Float32Array.from(weights, (w) => (Math.abs(w) >= threshold ? 1 : 0));
  return codesOf(weights, mask, fitSteps(weights, mask, channels, bits), bits);
}

/**
 * `n` coded elements: codes from `source`, with the zeros of partly filled micro-block rows and of whole micro-blocks
 * between them.
 */
function brick(source: Int8Array, from: number, n: number, longShare: number, shortShare: number): Int16Array {
  const out = new Int16Array(n);
  const micro = n >= 1024 ? MICRO_BLOCK : 8;
  const kept = Math.round(8 * (1 - shortShare));
  let taken = from;
  let due = 0;
  for (let block = 0; block < n; block += micro) {
    // Live micro-blocks come spread out, as kernel elements and input channels leave them.
    due += 1 - longShare;
    if (due < 0.5) continue;
    due -= 1;
    for (let i = block; i < Math.min(n, block + micro); i++)
      if (i % 8 < kept) out[i] = source[taken++ % source.length]!;
  }
  return out;
}

function rate(source: Int8Array, n: number, longShare: number, shortShare: number): number {
  const repeats = Math.max(1, Math.round(SAMPLE / 2 / n));
  let bits = 0;
  for (let k = 0; k < repeats; k++) bits += streamBits(brick(source, k * n, n, longShare, shortShare));
  return bits / repeats / n;
}

/** Thousandths, as base64 of little-endian 16-bit numbers. */
function pack(values: readonly number[]): string {
  const thousandths = Uint16Array.from(values, (value) => Math.round(value * 1000));
  return Buffer.from(thousandths.buffer).toString('base64');
}

const rates: number[] = [];
const tapFactors: number[] = [];
const entropies: number[] = [];
const zeroShares: number[] = [];
for (const bits of BITS) {
  for (const sparsity of SPARSITIES) {
    const reference = pool(bits, sparsity, REFERENCE_TAPS);
    for (const longShare of LONG)
      for (const shortShare of SHORT) for (const n of ELEMENTS) rates.push(rate(reference, n, longShare, shortShare));
    const plain = rate(reference, 16384, 0, 0);
    for (const taps of TAPS) {
      const codes = taps === REFERENCE_TAPS ? reference : pool(bits, sparsity, taps);
      tapFactors.push(rate(codes, 16384, 0, 0) / plain);
      entropies.push(entropyBits(codes) / codes.length);
      zeroShares.push(codes.reduce((count, code) => count + (code === 0 ? 1 : 0), 0) / codes.length);
    }
  }
  console.log(`${bits} bits`);
}

const table = (name: string, what: string, values: readonly number[]): string =>
  `/** ${what} */\nexport const ${name} = '${pack(values)}';\n`;
writeFileSync(
  'src/costs/weights/rates/rates.generated.ts',
  [
    '/** Made by scripts/make-rates.ts: do not edit. Thousandths, base64 of little-endian 16-bit numbers, on the grid of rate-grid.ts, last index fastest. */\n',
    table('RATES', 'Bits per coded element [bits, sparsity, long, short, elements].', rates),
    table('TAP_FACTORS', 'Bits per element over those at REFERENCE_TAPS [bits, sparsity, taps].', tapFactors),
    table('ENTROPIES', 'Zero-order entropy per element [bits, sparsity, taps].', entropies),
    table('ZERO_SHARES', 'Share of zeros after quantisation [bits, sparsity, taps].', zeroShares),
  ].join('\n'),
);
