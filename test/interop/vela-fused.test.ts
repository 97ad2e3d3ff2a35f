/**
 * Which of `ibn` and `fused-ibn` is the faster one, layer by layer, is another question for each accelerator: over all
 * combinations of a small space, what the model takes for the fastest beside Vela's fastest.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { velaAnswers } from '../../scripts/vela/jobs.ts';
import { cyclesCost } from '../../src/costs/cycles/cycles-cost.ts';
import { writeTflite } from '../../src/formats/tflite/write-tflite.ts';
import { quantise } from '../../src/integer/quantise-network.ts';
import { parseDefinition } from '../../src/language/yaml/parse-definition.ts';
import { instantiate } from '../../src/network/architecture.ts';
import { combinations } from '../../src/network/space-moves.ts';
import { findTarget } from '../../src/targets/find-target.ts';
import { scratchFolder } from '../scratch.ts';
import { foldedOf } from '../unit/formats/run.ts';

const WIDTHS = [
  [8, 16, 16],
  [8, 16, 32],
  [8, 24, 32],
  [16, 16, 32],
  [16, 24, 48],
  [24, 32, 64],
] as const;
const TARGETS = ['ethos-u55-128', 'ethos-u85-256'] as const;
const OPERATOR = 'ibn | fused-ibn';

const definition = ([early, middle, late]: (typeof WIDTHS)[number]): string => `udc: 1
name: fused
input: 32x32x3
target: { npu: ethos-u55-128 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: ${early} }
  - { name: early, op: ${OPERATOR}, kernel: 3x3, filters: ${early}, expand: 4 }
  - { name: middle, op: ${OPERATOR}, kernel: 3x3, stride: 2, filters: ${middle}, expand: 4 }
  - { name: late, op: ${OPERATOR}, kernel: 3x3, stride: 2, filters: ${late}, expand: 4 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 10 }
`;

describe('Vela and fused blocks', () => {
  const folder = scratchFolder('vela-fused');
  mkdirSync(folder, { recursive: true });

  it('the fastest by the model is as fast as the fastest by Vela, and is another on U55 than on U85', async function () {
    this.timeout(600_000);
    const spaces = WIDTHS.map((widths, i) => {
      const { network } = parseDefinition(definition(widths));
      const free = network!.decisions.map((_, d) => d);
      const all = [
        ...combinations(
          network!,
          free.map(() => 0),
          free,
        ),
      ].map((assignment) => [...assignment]);
      return all.map((assignment) => {
        const architecture = instantiate(network!, assignment);
        const file = join(folder, `fused-${i}-${assignment.join('')}.tflite`);
        writeFileSync(file, writeTflite(quantise(foldedOf(architecture)), { description: 'fused' }));
        return { assignment: assignment.join(''), architecture, file };
      });
    });
    const fastest: Record<string, string[]> = {};
    let worst = 0;
    for (const accelerator of TARGETS) {
      const answers = await velaAnswers(spaces.flat().map(({ file }) => ({ file, accelerator })));
      fastest[accelerator] = spaces.map((space, i) => {
        const cycles = space.map((_, k) => answers[i * space.length + k]!.cycles);
        const ours = space.map(({ architecture }) => cyclesCost.of(architecture, findTarget(accelerator)));
        const least = Math.min(...cycles);
        worst = Math.max(worst, cycles[ours.indexOf(Math.min(...ours))]! / least - 1);
        return space[cycles.indexOf(least)]!.assignment;
      });
    }
    const [u55, u85] = TARGETS.map((name) => fastest[name]!);
    const other = WIDTHS.filter((_, i) => u55![i] !== u85![i]).length;
    this.test!.title += `: ${other} of ${WIDTHS.length} spaces (U55 ${u55!.join(' ')}, U85 ${u85!.join(' ')}; 1: fused), at most ${(100 * worst).toFixed(1)} % slower`;
    assert.ok(other > 0, 'the accelerators agree everywhere');
    assert.ok(worst <= 0.03, `the model's choice is ${worst} slower`);
  });
});
