/**
 * Random networks with Vela's default core, in its own process: no network stores more for its weights, biases and
 * scales than UDC promises,
 * whatever the accelerator, the memories and the options. `npm run test:vela` takes all of them, `npm run test:interop`
 * a sample.
 * `UDC_RANDOM_FIRST=16` begins there; `UDC_RANDOM_ACCELERATORS=ethos-u65-512,ethos-u85-2048` takes these;
 * `UDC_RANDOM_LOG=FILE` keeps what was counted, a line for each network and accelerator, as it comes.
 */
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeTflite } from '../../src/formats/tflite/write-tflite.ts';
import { sizeNetwork } from '../../src/integer/sizing.ts';
import { findTarget } from '../../src/targets/find-target.ts';
import { scratchFolder } from '../scratch.ts';
import { randomNetwork } from './random-networks.ts';
import { constantBytes, writeBytes } from './tools.ts';

const LOG = process.env['UDC_RANDOM_LOG'];
const COUNT = Number(process.env['UDC_RANDOM_NETWORKS'] ?? 15);
const FIRST = Number(process.env['UDC_RANDOM_FIRST'] ?? 1);
const ACCELERATORS = process.env['UDC_RANDOM_ACCELERATORS']?.split(',') ?? [
  'ethos-u55-32',
  'ethos-u55-64',
  'ethos-u55-128',
  'ethos-u55-256',
  'ethos-u65-256',
  'ethos-u65-512',
  'ethos-u85-256',
];
/** As test/interop/regor.py names them. */
const OPTIONS = ['default', 'size', 'no-buffering', 'small-arena', 'preset-a', 'preset-b'];

const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

describe('Vela, random networks', () => {
  const folder = scratchFolder('vela-random');

  it(`stores no more than is promised for ${COUNT} networks, ${ACCELERATORS.length} accelerators, ${OPTIONS.length} settings`, async function () {
    this.timeout(COUNT * 60_000);
    const ratios = new Map(ACCELERATORS.map((name) => [name, [] as number[]]));
    const over: string[] = [];
    for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
      const { name, network } = randomNetwork(seed, findTarget('ethos-u55-128'));
      const file = writeBytes(join(folder, `${name}.tflite`), writeTflite(network, { description: 'interop' }));
      for (const { accelerator, stored } of await constantBytes(
        ACCELERATORS.map((each) => ({ file, accelerator: each, options: OPTIONS })),
      )) {
        const promised = sizeNetwork(network, findTarget(accelerator)).totalBytes;
        ratios.get(accelerator)!.push(promised / stored['default']!);
        if (LOG) appendFileSync(LOG, `${JSON.stringify({ seed, accelerator, promised, stored })}\n`);
        for (const [option, bytes] of Object.entries(stored))
          if (bytes > promised)
            over.push(`network ${seed} on ${accelerator}, ${option}: ${bytes} stored, ${promised} promised`);
      }
    }
    for (const [name, values] of ratios)
      this.test!.title += `\n        ${name}: promised / stored by default: median ${middle(values).toFixed(4)}, most ${Math.max(...values).toFixed(3)}`;
    assert.deepEqual(over, []);
  });
});
