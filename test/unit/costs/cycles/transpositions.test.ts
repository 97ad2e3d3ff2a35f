/** A depth to space as transpositions: they move every value to where it belongs, and take what Vela says. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { instantiate } from '../../../../src/network/architecture.ts';
import { estimateCycles } from '../../../../src/costs/cycles/estimate-cycles.ts';
import { transpositions } from '../../../../src/costs/cycles/transpositions.ts';
import type { Extent } from '../../../../src/costs/cycles/transfers.ts';
import type { Operation } from '../../../../src/network/types.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import { definition, networkOf } from '../support/random-networks.ts';

function upsampled(height: number, width: number, outputs: number, factor: number): Operation[] {
  const channels = outputs * factor ** 2;
  const layers = [
    `{ name: a, op: pwconv, filters: ${channels}, activation: relu }`,
    `{ name: b, op: upsample, factor: ${factor} }`,
  ];
  const text = definition(layers.map((layer) => `  - ${layer}`).join('\n'), {
    input: `${height}x${width}x${outputs}`,
    task: 'super-resolution',
  });
  return [...instantiate(networkOf(text), []).operations];
}

const depthToSpace = (...sizes: Parameters<typeof upsampled>): Operation => upsampled(...sizes).at(-1)!;

/** Which axis of the input each axis of the output is: all that fit, where sizes are equal. */
function axesOf(input: Extent, output: Extent): readonly (readonly [number, number, number])[] {
  const from = [input.height, input.width, input.depth];
  const to = [output.height, output.width, output.depth];
  const swaps = [
    [1, 0, 2],
    [0, 2, 1],
    [2, 1, 0],
  ] as const;
  return swaps.filter((axes) => axes.every((axis, i) => from[axis] === to[i]));
}

function turned(values: readonly number[], input: Extent, axes: readonly [number, number, number]): number[] {
  const from = [input.height, input.width, input.depth];
  const steps = [input.width * input.depth, input.depth, 1];
  const [a, b, c] = axes;
  const out: number[] = [];
  for (let i = 0; i < from[a]!; i++)
    for (let j = 0; j < from[b]!; j++)
      for (let k = 0; k < from[c]!; k++) out.push(values[i * steps[a]! + j * steps[b]! + k * steps[c]!]!);
  return out;
}

/** Where each value of the output comes from: rows, columns and channels of blocks of `factor` by `factor` pixels. */
function rearranged({ inSize, inChannels, outChannels, factor }: Operation): number[] {
  const out: number[] = [];
  for (let y = 0; y < inSize.height * factor; y++)
    for (let x = 0; x < inSize.width * factor; x++)
      for (let c = 0; c < outChannels; c++) {
        const pixel = Math.floor(y / factor) * inSize.width + Math.floor(x / factor);
        out.push(pixel * inChannels + ((y % factor) * factor + (x % factor)) * outChannels + c);
      }
  return out;
}

describe('transpositions of a depth to space', () => {
  it('bring every value to its place', () => {
    const size = fc.integer({ min: 2, max: 7 });
    fc.assert(
      fc.property(size, size, fc.integer({ min: 1, max: 4 }), fc.constantFrom(2, 3, 4), (h, w, outputs, factor) => {
        const operation = depthToSpace(h, w, outputs, factor);
        const passes = transpositions(operation);
        // Equal sizes leave open which of two transpositions is meant: any that ends right will do.
        let found = [rearranged(operation).map((_, i) => i)];
        for (const { input, output } of passes)
          found = found.flatMap((values) => axesOf(input, output).map((axes) => turned(values, input, axes)));
        const wanted = rearranged(operation).join();
        assert.ok(found.some((values) => values.join() === wanted));
      }),
      { numRuns: 60 },
    );
  });

  it('take what Vela 5.2 says of them', () => {
    // vela --accelerator-config … --verbose-performance: the five transpositions of 24x24x4, of a map without gaps.
    const vela = {
      'ethos-u55-256': 8640,
      'ethos-u65-512': 1152 + 1152 + 1152 + 336 + 1018,
      'ethos-u85-256': 5561 + 9952 + 1984 + 9682 + 1996,
      'ethos-u85-2048': 1396 + 2628 + 1024 + 1483 + 1757,
    };
    for (const [target, cycles] of Object.entries(vela)) {
      const operations = upsampled(24, 24, 1, 2);
      const architecture = { name: 'a', input: { height: 24, width: 24, channels: 1 }, operations };
      const { perOperation } = estimateCycles(architecture, findTarget(target), [64, 0]);
      assert.ok(Math.abs(perOperation[1]! / cycles - 1) <= 0.01, `${target}: ${perOperation[1]}, ${cycles} by Vela`);
    }
  });
});
