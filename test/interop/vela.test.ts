/**
 * Vela compiles what UDC exports, every operator on the NPU, and the bytes that it stores are those that UDC counts.
 * UDC promises before it knows where Vela's scheduler will cut a layer's output channels; given the cuts, the numbers
 * are equal to the byte, and no network takes more than was promised.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { writeTflite } from '../../src/formats/tflite/write-tflite.ts';
import { quantise, weightTensor } from '../../src/integer/quantise-network.ts';
import { sizeNetwork } from '../../src/integer/sizing.ts';
import type { IntegerNetwork } from '../../src/integer/integer-network.ts';
import type { StreamEncoder, WeightTensor } from '../../src/targets/weight-tensor.ts';
import { encodedBytes, sideBytes } from '../../src/costs/weights/stored-size.ts';
import { findTarget, type Target } from '../../src/targets/find-target.ts';
import { CASES, EXAMPLES, PUBLISHED_MODELS } from './networks.ts';
import { foldedStride } from './vela-rewrites.ts';
import { scratchFolder } from '../scratch.ts';
import { python, writeBytes } from './tools.ts';

interface Compiled {
  readonly operators: readonly {
    bytes: number;
    output: number[];
    kernel: number[];
    blockDepth: number;
    slices: number[];
  }[];
  readonly cpu: number | null;
}
interface Matched {
  readonly id: string;
  readonly tensor: WeightTensor;
  readonly compiled: Compiled['operators'][number];
}
interface Sums {
  readonly promised: number;
  readonly uncut: number;
  readonly stored: number;
}

const ACCELERATORS = ['ethos-u55-32', 'ethos-u55-128', 'ethos-u55-256', 'ethos-u65-256', 'ethos-u65-512'];
/** Channels that Vela cuts at multiples of. */
const CUT_STEP = 16;

const targetOf = (accelerator: string, encoder: StreamEncoder): Target => ({ ...findTarget(accelerator), encoder });

/**
 * Bytes of streams and scales where the output channels are cut into slices: streams of their own, in blocks of a given
 * depth.
 */
function slicedBytes(target: Target, tensor: WeightTensor, slices: readonly number[], blockDepth: number): number {
  const [, height, width, inputs] = tensor.ohwi;
  const filter = height * width * inputs;
  return slices.slice(1).reduce((sum, end, i) => {
    const start = slices[i]!;
    const ohwi = [end - start, height, width, inputs] as const;
    const part: WeightTensor = {
      ...tensor,
      ohwi,
      values: tensor.values.subarray(start * filter, end * filter),
      outputBlockDepth: blockDepth,
    };
    return sum + encodedBytes(target, part).length + sideBytes(target, part);
  }, 0);
}

/**
 * Vela's operator for each weighted operation: by output and kernel. Among equals the one that stores what the
 * operation would (branches may run in another order), else the first in Vela's order.
 */
function matched(
  target: Target,
  network: IntegerNetwork,
  { operators }: Compiled,
  rewrite: (...first: Parameters<typeof foldedStride>) => WeightTensor,
): Matched[] {
  const left = [...operators];
  const found = network.operations.flatMap(({ operation: o, weights }, index) => {
    if (!weights) return [];
    const asWritten = weightTensor(o, weights.codes)!;
    const tensor = index === 0 ? rewrite(o, asWritten) : asWritten;
    const kernel = [tensor.ohwi[1], tensor.ohwi[2]].sort((a, b) => a - b).join();
    const alike = left.filter(
      ({ output, kernel: k }) =>
        output.join() === [o.outSize.height, o.outSize.width, o.outChannels].join() && k.join() === kernel,
    );
    const stores = ({ bytes, slices, blockDepth }: Matched['compiled']): boolean =>
      slices.at(-1) === tensor.ohwi[0] && slicedBytes(target, tensor, slices, blockDepth) === bytes;
    const at = left.indexOf((alike.find(stores) ?? alike[0])!);
    assert.ok(at >= 0, `${o.id}: Vela has no such operator`);
    return [{ id: o.id, tensor, compiled: left.splice(at, 1)[0]! }];
  });
  assert.deepEqual(left, [], 'operators with weights that UDC does not know');
  return found;
}

/**
 * Each layer is explained to the byte, and all of them are within what a certificate says; the sums over the network.
 */
function explained(target: Target, network: IntegerNetwork, layers: readonly Matched[]): Sums {
  let [uncut, stored] = [0, 0];
  for (const {
    id,
    tensor,
    compiled: { bytes, slices, blockDepth },
  } of layers) {
    const outputs = tensor.ohwi[0];
    assert.deepEqual([slices[0], slices.at(-1)], [0, outputs], id);
    assert.equal(
      slicedBytes(target, tensor, slices, blockDepth),
      bytes,
      `${id}, blocks of ${blockDepth}, slices ${slices.join()}`,
    );
    uncut += slicedBytes(target, tensor, [0, outputs], blockDepth);
    stored += bytes;
  }
  const promised = sizeNetwork(network, target).totalBytes;
  assert.ok(stored <= promised, `stores ${stored}, ${promised} promised`);
  return { promised, uncut, stored };
}

describe('Vela', () => {
  const folder = scratchFolder('vela');
  const compile = (file: string, accelerator: string, ...options: string[]): Promise<Compiled> =>
    python('vela.py', file, accelerator, folder, ...options) as Promise<Compiled>;
  const exported = (name: string, network: IntegerNetwork): string =>
    writeBytes(join(folder, `${name.replace(/\W+/g, '-')}.tflite`), writeTflite(network, { description: 'interop' }));
  const title = ({ promised, uncut, stored }: Sums): string =>
    `: promised ${promised}, stored ${stored}${stored === uncut ? '' : ` (cuts ${stored - uncut})`}`;

  async function withDefaultCore(file: string, network: IntegerNetwork, accelerator: string): Promise<Sums> {
    const target = targetOf(accelerator, 'regor');
    const compiled = await compile(file, accelerator);
    assert.equal(compiled.cpu, 0, 'operators on the CPU');
    const layers = matched(target, network, compiled, (_, tensor) => tensor);
    const sums = explained(target, network, layers);
    for (const {
      id,
      compiled: { slices },
    } of layers)
      for (const cut of slices.slice(1, -1)) assert.equal(cut % CUT_STEP, 0, `${id} is cut at ${cut}`);
    return sums;
  }

  for (const accelerator of ACCELERATORS)
    for (const [name, make] of Object.entries(CASES)) {
      it(`stores ${name} for ${accelerator} in the bytes that UDC counts`, async function () {
        const network = quantise(make());
        this.test!.title += title(await withDefaultCore(exported(name, network), network, accelerator));
      });

      it(`with its older core, too: ${name} for ${accelerator}`, async function () {
        const network = quantise(make());
        const classic = targetOf(accelerator, 'classic');
        const compiled = await compile(exported(name, network), accelerator, '--debug-force-legacy-core');
        this.test!.title += title(explained(classic, network, matched(classic, network, compiled, foldedStride)));
        assert.equal(
          compiled.cpu ?? 0,
          network.operations.filter(({ operation }) => operation.kind === 'depth-to-space').length,
          'operators on the CPU: the transposition of a depth to space',
        );
      });
    }

  for (const [name, make] of EXAMPLES) {
    it(`stores the example ${name} within the promise, and in the uncut bytes where it does not buffer weights`, async function () {
      const network = make(),
        file = exported(name, network);
      const sums = await withDefaultCore(file, network, 'ethos-u55-128');
      const { operators } = await compile(file, 'ethos-u55-128', '--disable-buffering');
      assert.equal(
        operators.reduce((sum, { bytes }) => sum + bytes, 0),
        sums.uncut,
      );
      this.test!.title += title(sums);
    });
  }

  it('stores published networks within the promise', async function () {
    if (PUBLISHED_MODELS.length === 0) this.skip();
    for (const { name, file, network } of PUBLISHED_MODELS)
      this.test!.title += `; ${name}${title(await withDefaultCore(file, network(), 'ethos-u55-128'))}`;
  });
});
