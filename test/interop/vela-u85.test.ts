/**
 * What Vela stores for an Ethos-U85: single layers to the byte, given the blocks, cuts and format that it chose, and
 * random networks within the promise.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomFiles, velaAnswers, type VelaJob, type VelaOperator } from '../../scripts/vela/jobs.ts';
import { writeTflite } from '../../src/formats/tflite/write-tflite.ts';
import { quantise, weightTensor, weightTensors } from '../../src/integer/quantise-network.ts';
import type { IntegerNetwork } from '../../src/integer/integer-network.ts';
import { hardwareTensor } from '../../src/costs/weights/ethos/dilation.ts';
import { encodeStream } from '../../src/costs/weights/mlw/encode-stream.ts';
import { storedSize } from '../../src/costs/weights/stored-size.ts';
import { findTarget } from '../../src/targets/find-target.ts';
import type { WeightTensor } from '../../src/targets/weight-tensor.ts';
import { U85_ENGINES, type U85Macs } from '../../src/targets/u85-engine.ts';
import { encodeFast } from '../../src/costs/weights/u85/fast-format.ts';
import { orderOf, u85SideBytes } from '../../src/costs/weights/u85/u85-layouts.ts';
import { u85Interleaved, u85Stream } from '../../src/costs/weights/u85/u85-order.ts';
import { foldedOf } from '../unit/formats/run.ts';
import { foldedNetwork, type OperationOptions } from '../unit/integer/networks.ts';
import { scratchFolder } from '../scratch.ts';

/** How many random networks: `UDC_RANDOM_NETWORKS=150 npm run test:interop -- -g U85` for many. */
const NETWORKS = Number(process.env['UDC_RANDOM_NETWORKS'] ?? 12);
const MACS: readonly U85Macs[] = [128, 256, 512, 1024, 2048];

type Options = Omit<VelaJob, 'file' | 'accelerator'>;
const OPTIONS: Readonly<Record<string, Options>> = {
  'as it is': {},
  size: { optimise: 'Size' },
  'no buffering': { disable: ['WeightBuffering'] },
  'small arena': { arena: 65536 },
  flash: { system: 'Ethos_U85_SYS_Flash_Low', mode: 'Shared_Sram' },
  'flash, size': { system: 'Ethos_U85_SYS_Flash_High', mode: 'Shared_Sram', optimise: 'Size' },
  DRAM: { system: 'Ethos_U85_SYS_DRAM_High', mode: 'Dedicated_Sram' },
  'SRAM, size': { mode: 'Sram_Only', optimise: 'Size' },
};

/** Input side and channels, and a layer. */
const LAYERS: readonly (readonly [number, number, OperationOptions])[] = [
  ...(
    [
      [1, 8],
      [2, 16],
      [3, 24],
      [16, 33],
      [64, 100],
      [130, 70],
    ] as const
  ).flatMap(
    ([channels, filters]) =>
      [
        [9, channels, { kind: 'conv', filters }],
        [9, channels, { kind: 'conv', kernel: 3, filters, bits: 4 }],
        [9, channels + 1, { kind: 'depthwise', kernel: 3 }],
      ] as const,
  ),
  [20, 6, { kind: 'conv', kernel: 5, stride: 2, filters: 20 }],
  [20, 40, { kind: 'conv', kernel: 7, stride: 3, filters: 20, bits: 2 }],
  [20, 3, { kind: 'conv', kernel: 3, stride: 2, padding: 'valid', filters: 20 }],
  [20, 40, { kind: 'depthwise', kernel: 5, stride: 2 }],
  [20, 18, { kind: 'conv', kernel: 3, dilation: 2, filters: 22 }],
  [20, 18, { kind: 'depthwise', kernel: 5, dilation: 2 }],
  [20, 12, { kind: 'conv', kernel: 3, dilation: 3, filters: 12 }],
  [20, 5, { kind: 'conv', kernel: 9, filters: 7 }],
  [20, 18, { kind: 'depthwise', kernel: 11 }],
  [6, 200, { kind: 'conv', kernel: 3, filters: 300 }],
  [1, 777, { kind: 'dense', filters: 301 }],
  [1, 100, { kind: 'dense', filters: 36, bits: 3 }],
];

/** Bytes of streams and scales of a layer as Vela scheduled it. */
function scheduledBytes(
  macs: U85Macs,
  logical: WeightTensor,
  { slices, block, microBlock, weightFormat, traversal }: VelaOperator,
): number {
  const tensor = hardwareTensor(logical);
  const [, height, width, inputs] = tensor.ohwi;
  const filter = height * width * inputs;
  const [sparse, fast] = [weightFormat!.includes('Sparse'), weightFormat!.includes('Fast')];
  const order = orderOf(U85_ENGINES[macs], tensor, sparse, Number(microBlock![2]), Number(block![2]));
  assert.equal(traversal!.toLowerCase(), order.traversal.replace('-', ''));
  const ends = String(slices).split('|').map(Number);
  return ends.slice(1).reduce((sum, end, i) => {
    const from = ends[i]!;
    const values = tensor.values.subarray(from * filter, end * filter);
    const ohwi = [end - from, height, width, inputs] as const;
    const streams = fast
      ? [encodeFast(u85Interleaved(values, ohwi, order), sparse)]
      : Array.from({ length: order.decoders }, (_, decoder) => encodeStream(u85Stream(values, ohwi, order, decoder)));
    return (
      sum + u85SideBytes(end - from, order.microDepth, 10) + streams.reduce((bytes, { length }) => bytes + length, 0)
    );
  }, 0);
}

describe('Vela on the Ethos-U85', () => {
  const folder = scratchFolder('vela-u85');

  for (const macs of MACS) {
    const accelerator = `ethos-u85-${macs}`,
      target = findTarget(accelerator);

    it(`${accelerator}: single layers take what UDC encodes, in either format`, async function () {
      const layers = LAYERS.map(([side, channels, options], i): { network: IntegerNetwork; file: string } => {
        const network = quantise(foldedNetwork({ height: side, width: side, channels }, [options], i + 1));
        const file = join(folder, `layer-${macs}-${i}.tflite`);
        writeFileSync(file, writeTflite(network, { description: 'interop' }));
        return { network, file };
      });
      const formats = new Map<string, number>();
      for (const options of [{}, { system: 'Ethos_U85_SYS_Flash_Low', mode: 'Sram_Only' }] satisfies Options[]) {
        const answers = await velaAnswers(layers.map(({ file }) => ({ file, accelerator, ...options })));
        answers.forEach(({ readOnly, operators }, i) => {
          const { operation, weights } = layers[i]!.network.operations[0]!;
          const scheduled = operators.find(({ weightFormat }) => weightFormat)!;
          assert.equal(
            scheduledBytes(macs, weightTensor(operation, weights!.codes)!, scheduled),
            readOnly,
            `layer ${i}: ${JSON.stringify(LAYERS[i])}, ${JSON.stringify(scheduled)}`,
          );
          formats.set(scheduled.weightFormat!, (formats.get(scheduled.weightFormat!) ?? 0) + 1);
        });
      }
      this.test!.title += ` (${[...formats].map(([format, count]) => `${format} ${count}`).join(', ')})`;
    });

    it(`${accelerator}: random networks take no more than is promised`, async function () {
      const files = randomFiles(folder, 0, NETWORKS);
      const promises = files.map(({ architecture }) =>
        weightTensors(quantise(foldedOf(architecture))).reduce(
          (sum, tensor) => sum + storedSize(target, tensor).totalBytes,
          0,
        ),
      );
      const ratios: number[] = [];
      for (const [name, options] of Object.entries(OPTIONS)) {
        const answers = await velaAnswers(files.map(({ file }) => ({ file, accelerator, ...options })));
        answers.forEach(({ readOnly }, i) => {
          const promised = promises[i]!;
          assert.ok(readOnly <= promised, `${files[i]!.file}, ${name}: ${promised} promised, Vela stores ${readOnly}`);
          if (name === 'as it is') ratios.push(promised / readOnly);
        });
      }
      ratios.sort((a, b) => a - b);
      this.test!.title += `: promised over stored ${ratios.at(0)!.toFixed(3)} to ${ratios.at(-1)!.toFixed(3)}, median ${ratios[ratios.length >> 1]!.toFixed(3)}`;
    });
  }
});
