/**
 * Layers whose output channels are of different kinds (nearly all zeros, two values, dense): cuts between them change
 * what streams take most,
 * and a long part may take more than its pieces. None takes more than is promised.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { writeTflite } from '../../src/formats/tflite/write-tflite.ts';
import { quantise } from '../../src/integer/quantise-network.ts';
import { sizeNetwork } from '../../src/integer/sizing.ts';
import type { FoldedNetwork } from '../../src/integer/integer-network.ts';
import { findTarget } from '../../src/targets/find-target.ts';
import { scratchFolder } from '../scratch.ts';
import { foldedNetwork, generator } from '../unit/integer/networks.ts';
import { constantBytes, writeBytes } from './tools.ts';

const ACCELERATORS = ['ethos-u55-128', 'ethos-u85-128', 'ethos-u85-256', 'ethos-u85-512'];
const OPTIONS = ['default', 'size', 'no-buffering', 'small-arena', 'preset-a', 'preset-b'];
/** Side of the input, its channels, output channels, kernel. */
const LAYERS = [
  [9, 40, 160, 1],
  [9, 40, 160, 3],
  [9, 24, 256, 3],
  [5, 64, 320, 1],
  [9, 16, 144, 3],
  [4, 32, 512, 1],
] as const;

type Random = () => number;
const any = (random: Random): number => Math.floor(random() * 255) - 127;
/** Kinds of weights: of each a value. */
const KINDS: readonly ((random: Random) => number)[] = [
  (random) => (random() < 0.95 ? 0 : any(random)),
  (random) => (random() < 0.5 ? 1 : -1),
  any,
  (random) => (random() < 0.3 ? 0 : Math.round((random() + random() + random() - 1.5) * 12)),
  (random) => [5, 77, -90, 33][Math.floor(random() * 4)]!,
  () => 0,
];

/** One convolution, its channels in three ranges of different kinds, or the kinds in turn. */
function uneven(
  [side, channels, filters, kernel]: (typeof LAYERS)[number],
  inTurn: boolean,
  random: Random,
): FoldedNetwork {
  const folded = foldedNetwork({ height: side, width: side, channels }, [{ kind: 'conv', kernel, filters }]);
  const kinds = [0, 1, 2].map(() => KINDS[Math.floor(random() * KINDS.length)]!);
  const ends = [random(), random()].map((share) => 16 * Math.ceil(share * (filters / 16 - 1))).sort((a, b) => a - b);
  const kindOf = (channel: number): number => (inTurn ? channel % 3 : ends.filter((end) => channel >= end).length);
  return {
    ...folded,
    operations: folded.operations.map((one) => {
      if (!one.codes) return one;
      const filter = one.codes.length / filters;
      return { ...one, codes: one.codes.map((_, i) => kinds[kindOf(Math.floor(i / filter))]!(random)) };
    }),
  };
}

describe('Vela, layers of uneven channels', () => {
  const folder = scratchFolder('vela-uneven');

  for (const layer of LAYERS)
    it(`stores no more than is promised: ${layer.join(', ')}`, async () => {
      for (const inTurn of [false, true]) {
        const network = quantise(uneven(layer, inTurn, generator(layer[2] + Number(inTurn))));
        const file = writeBytes(
          join(folder, `uneven-${layer.join('-')}-${inTurn}.tflite`),
          writeTflite(network, { description: 'interop' }),
        );
        for (const { accelerator, stored } of await constantBytes(
          ACCELERATORS.map((each) => ({ file, accelerator: each, options: OPTIONS })),
        )) {
          const promised = sizeNetwork(network, findTarget(accelerator)).totalBytes;
          for (const [option, bytes] of Object.entries(stored))
            assert.ok(bytes <= promised, `${accelerator}, ${option}: ${bytes} stored, ${promised} promised`);
        }
      }
    });
});
