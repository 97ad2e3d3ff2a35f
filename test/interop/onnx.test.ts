/** ONNX's checker accepts what UDC exports, and ONNX Runtime computes it, with int8 and with int4 weights. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { writeOnnx } from '../../src/formats/onnx/write-onnx.ts';
import { evaluateInteger } from '../../src/integer/evaluate-integer.ts';
import { quantise } from '../../src/integer/quantise-network.ts';
import { randomImages } from '../unit/integer/networks.ts';
import { COMPUTED, mostDistances } from './networks.ts';
import { scratchFolder } from '../scratch.ts';
import { python, writeBytes } from './tools.ts';

const IMAGES = 60;
interface Found {
  readonly opset: number;
  readonly int4: number;
  readonly plain: number[];
  readonly advised: number[];
  readonly optimised: number[];
  readonly 'advised entries': Readonly<Record<string, string>>;
  /** Do this processor's default kernels saturate? Null: not known. */
  readonly saturates: boolean | null;
}

describe('ONNX Runtime', () => {
  const folder = scratchFolder('onnx');
  for (const int4 of [false, true])
    for (const [name, make] of Object.entries(COMPUTED)) {
      it(`computes the ${name} network${int4 ? ' with int4 weights' : ''}`, async function () {
        const folded = make(),
          network = quantise(folded),
          images = randomImages(folded, IMAGES);
        const expected = evaluateInteger(network, images, IMAGES);
        const { height, width, channels } = network.architecture.input;
        const found = (await python(
          'onnx_runtime.py',
          writeBytes(
            join(folder, `${name}.onnx`),
            writeOnnx(network, { producerVersion: '0', description: 'interop', int4 }),
          ),
          writeBytes(join(folder, 'images'), images),
          writeBytes(join(folder, 'expected'), expected),
          JSON.stringify({ ...network.operations.at(-1)!.output, input: [height, width, channels] }),
        )) as Found;
        assert.equal(found.opset, int4 ? 21 : 17);
        const narrow = network.operations.filter(({ operation, weights }) => weights && operation.bits <= 4).length;
        assert.equal(found.int4, int4 ? 2 * narrow : 0, 'int4 tensors: weights and zero points');
        this.test!.title += `; outputs by distance in steps: ${found.plain.join(', ')}${found.saturates ? `; by default, with kernels that saturate: ${found.optimised.join(', ')}` : ''}`;
        assert.deepEqual(found['advised entries'], { 'session.x64quantprecision': '1' });
        // It rounds once, half to even, where the chip's fixed-point arithmetic rounds twice, half away from zero.
        // What a session is by default is only held to where no kernel saturates: an x86 without VNNI needs the entry
        // that the file advises.
        for (const steps of [found.plain, found.advised, ...(found.saturates === false ? [found.optimised] : [])]) {
          assert.ok(steps.length <= mostDistances(name), `differs by ${steps.length - 1} steps`);
          const near = steps[0]! + (name.startsWith('graph-') ? (steps[1] ?? 0) : 0);
          assert.ok(near > 0.5 * expected.length, 'most outputs are equal');
        }
      });
    }
});
