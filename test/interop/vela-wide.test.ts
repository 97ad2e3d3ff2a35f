/**
 * Wide single layers, where the promise does not encode every part: no layout that Vela chooses stores more.
 * `UDC_WIDE_LAYERS=24` for many, `UDC_WIDE_FIRST=7`
 * to begin there.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { writeTflite } from '../../src/formats/tflite/write-tflite.ts';
import { quantise } from '../../src/integer/quantise-network.ts';
import { sizeNetwork } from '../../src/integer/sizing.ts';
import type { FoldedNetwork } from '../../src/integer/integer-network.ts';
import { findTarget } from '../../src/targets/find-target.ts';
import { scratchFolder } from '../scratch.ts';
import { foldedNetwork, generator, type OperationOptions } from '../unit/integer/networks.ts';
import { constantBytes, writeBytes } from './tools.ts';

const COUNT = Number(process.env['UDC_WIDE_LAYERS'] ?? 2);
const FIRST = Number(process.env['UDC_WIDE_FIRST'] ?? 1);
const ACCELERATORS = ['ethos-u55-128', 'ethos-u65-256', 'ethos-u85-256', 'ethos-u85-1024'];
const OPTIONS = ['default', 'size', 'no-buffering', 'small-arena', 'preset-a', 'preset-b'];
/** Output channels; weights are about as many in all of them. */
const WIDTHS = [144, 160, 200, 256, 320, 400, 512, 640, 768, 1024];
const WEIGHTS = 80_000;

type Random = () => number;
const any = (random: Random): number => Math.floor(random() * 255) - 127;
/** Kinds of weights: of each a value. */
const KINDS: readonly ((random: Random) => number)[] = [
  (random) => (random() < 0.95 ? 0 : any(random)),
  any,
  (random) => (random() < 0.5 ? 0 : Math.round((random() + random() + random() - 1.5) * 60)),
  (random) => Math.round((random() + random() - 1) * 7),
  (random) => (random() < 0.8 ? 0 : random() < 0.5 ? 1 : -1),
];

/** A convolution, depthwise convolution or dense layer, its output channels in up to four ranges of different kinds. */
function wide(seed: number): FoldedNetwork {
  const random = generator(seed);
  const of = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const kind = of(['conv', 'conv', 'conv', 'dense', 'depthwise'] as const),
    filters = of(WIDTHS),
    kernel = kind === 'dense' ? 1 : of([1, 3]);
  const side = kind === 'dense' ? 1 : of([2, 5, 9, 24]);
  const channels =
    kind === 'depthwise'
      ? filters
      : Math.max(4, Math.round((WEIGHTS * (0.5 + random())) / (filters * kernel * kernel)));
  const options: OperationOptions = kind === 'depthwise' ? { kind, kernel } : { kind, kernel, filters };
  const folded = foldedNetwork({ height: side, width: side, channels }, [options]);
  const kinds = [of(KINDS), of(KINDS), of(KINDS), of(KINDS)],
    ends = [random(), random(), random()].map((share) => share * 1.5 * filters);
  return {
    ...folded,
    operations: folded.operations.map((one) => {
      if (!one.codes) return one;
      const filter = one.codes.length / filters;
      return { ...one, codes: one.codes.map((_, i) => kinds[ends.filter((end) => i / filter >= end).length]!(random)) };
    }),
  };
}

describe('Vela, wide layers', () => {
  const folder = scratchFolder('vela-wide');

  for (let seed = FIRST; seed < FIRST + COUNT; seed++)
    it(`stores no more than is promised: layer ${seed}`, async function () {
      const network = quantise(wide(seed));
      const file = writeBytes(join(folder, `wide-${seed}.tflite`), writeTflite(network, { description: 'interop' }));
      const { kind, inChannels, outChannels, kernel, outSize } = network.architecture.operations.find(
        ({ bits }) => bits > 0,
      )!;
      this.test!.title += `: ${kind} ${kernel.height}x${kernel.width}, ${inChannels} to ${outChannels}, ${outSize.height}x${outSize.width};`;
      for (const { accelerator, stored } of await constantBytes(
        ACCELERATORS.map((each) => ({ file, accelerator: each, options: OPTIONS })),
      )) {
        const promised = sizeNetwork(network, findTarget(accelerator)).totalBytes;
        this.test!.title += ` ${accelerator} ${(promised / Math.max(...Object.values(stored))).toFixed(4)}`;
        for (const [option, bytes] of Object.entries(stored))
          assert.ok(bytes <= promised, `${accelerator}, ${option}: ${bytes} stored, ${promised} promised`);
      }
    });
});
