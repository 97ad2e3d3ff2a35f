/**
 * Random networks with Vela's default core, in its own process: no network stores more for its weights, biases and scales than UDC promises,
 * whatever the accelerator, the memories and the options. `npm run test:vela` takes all of them, `npm run test:interop` a sample.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { writeTflite } from '../../src/export/tflite/write.ts';
import { sizeNetwork } from '../../src/integer/sizing.ts';
import { findTarget } from '../../src/npu/targets.ts';
import { scratchFolder } from '../scratch.ts';
import { randomNetwork } from './random-networks.ts';
import { writeBytes } from './tools.ts';

interface Answer { readonly accelerator: string; readonly stored: Readonly<Record<string, number>> }

const COUNT = Number(process.env['UDC_RANDOM_NETWORKS'] ?? 15);
const ACCELERATORS = ['ethos-u55-32', 'ethos-u55-64', 'ethos-u55-128', 'ethos-u55-256', 'ethos-u65-256', 'ethos-u65-512', 'ethos-u85-256'];
/** As test/interop/regor.py names them. */
const OPTIONS = ['default', 'size', 'no-buffering', 'small-arena', 'preset-a', 'preset-b'];

const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** What Vela stores of each file, in the order of the jobs. */
async function compiled(jobs: readonly object[]): Promise<Answer[]> {
  const python = spawn(process.env['UDC_INTEROP_PYTHON']!, [resolve('test/interop/regor.py')], { stdio: ['pipe', 'pipe', 'ignore'] });
  python.stdin.end(jobs.map((job) => `${JSON.stringify(job)}\n`).join(''));
  const answers: Answer[] = [];
  for await (const line of createInterface({ input: python.stdout })) if (line.startsWith('{')) answers.push(JSON.parse(line) as Answer);
  assert.equal(answers.length, jobs.length, 'Vela ended early');
  return answers;
}

describe('Vela, random networks', () => {
  const folder = scratchFolder('vela-random');

  it(`stores no more than is promised for ${COUNT} networks, ${ACCELERATORS.length} accelerators, ${OPTIONS.length} settings`, async function () {
    this.timeout(COUNT * 60_000);
    const ratios = new Map(ACCELERATORS.map((name) => [name, [] as number[]]));
    const over: string[] = [];
    for (let seed = 1; seed <= COUNT; seed++) {
      const { name, network } = randomNetwork(seed, findTarget('ethos-u55-128'));
      const file = writeBytes(join(folder, `${name}.tflite`), writeTflite(network, { description: 'interop' }));
      for (const { accelerator, stored } of await compiled(ACCELERATORS.map((each) => ({ file, accelerator: each, options: OPTIONS })))) {
        const promised = sizeNetwork(network, findTarget(accelerator)).totalBytes;
        ratios.get(accelerator)!.push(promised / stored['default']!);
        for (const [option, bytes] of Object.entries(stored)) if (bytes > promised) over.push(`network ${seed} on ${accelerator}, ${option}: ${bytes} stored, ${promised} promised`);
      }
    }
    for (const [name, values] of ratios) this.test!.title += `\n        ${name}: promised / stored by default: median ${middle(values).toFixed(4)}, most ${Math.max(...values).toFixed(3)}`;
    assert.deepEqual(over, []);
  });
});
