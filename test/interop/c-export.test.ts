/**
 * C programs of networks by real compilers: the same codes as the integer evaluation at every level of optimisation, on
 * the host, on one of 32 bits where its libraries are, and on emulated microcontrollers; and by the linker's map the
 * bytes that are promised.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { cProgram } from '../../src/formats/c/c-program.ts';
import { BOARDS, type Board } from '../../src/measure/emulated/boards.ts';
import { COMPILER, EMULATOR, link, runOn, type Linked } from '../../src/measure/emulated/cortex-m-program.ts';
import { activationMemory } from '../../src/costs/activations/activation-memory.ts';
import { storedSize } from '../../src/costs/weights/stored-size.ts';
import { loadDataset } from '../../src/data/load-dataset.ts';
import { quantiseValues } from '../../src/integer/activation-grid.ts';
import { evaluateInteger } from '../../src/integer/evaluate-integer.ts';
import { quantise, weightTensors } from '../../src/integer/quantise-network.ts';
import type { IntegerNetwork } from '../../src/integer/integer-network.ts';
import { instantiate } from '../../src/network/architecture.ts';
import { macs } from '../../src/network/operation-counts.ts';
import { parseDefinition } from '../../src/language/yaml/parse-definition.ts';
import { findTarget } from '../../src/targets/find-target.ts';
import { answers, compiled, expectedAnswers, hasCompiler, samplesOf, STRICT } from '../unit/formats/c/c-compiler.ts';
import { foldedOf } from '../unit/formats/run.ts';
import { NETWORKS, withActivationBits } from '../unit/integer/networks.ts';
import { scratchFolder } from '../scratch.ts';
import { COMPUTED, EXAMPLES } from './networks.ts';
import { randomNetwork } from './random-networks.ts';

const folder = scratchFolder('c-export');
const AROUND = { folder, environment: process.env };
const fileName = (text: string): string => text.replace(/\W+/g, '-');

const workOf = ({ architecture }: IntegerNetwork): number =>
  architecture.operations.reduce((sum, operation) => sum + macs(operation), 0);

/** Samples of a network, the first at random: fewer of one that takes long. */
const SAMPLES = 40;
const MACS = 20e6;
function samplesFor(network: IntegerNetwork, least = 4): Int8Array {
  const { input } = network.architecture;
  const count = Math.max(least, Math.min(SAMPLES, Math.round(MACS / Math.max(1, workOf(network)))));
  return samplesOf(network, Math.max(4, count)).subarray(0, count * input.height * input.width * input.channels);
}

/** `UDC_RANDOM_PROGRAMS` for more. */
const RANDOM = Number(process.env['UDC_RANDOM_PROGRAMS'] ?? 12);

type Case = readonly [string, () => IntegerNetwork];

/** Every operator with weights of all bits, and with activations of 8, 4 and 2 where the output keeps 8. */
const SMALL: readonly Case[] = Object.entries(NETWORKS)
  .flatMap(([name, make]): Case[] => [
    [name, () => quantise(make())],
    ...[4, 2].map((bits): Case => [
      `${name}, activations of ${bits} bits`,
      () => quantise(withActivationBits(make(), bits)),
    ]),
  ])
  .filter(([, make]) => make().operations.at(-1)!.output.bits === undefined);

/** Kernels, strides and dilations that are not square, every padding, odd widths, sparse weights of 2 to 8 bits. */
const RANDOM_NETWORKS: readonly Case[] = Array.from({ length: RANDOM }, (_, seed) => {
  const make = (): IntegerNetwork => randomNetwork(seed + 1, findTarget('mcu-packed')).network;
  return [`random network ${seed + 1}`, make];
});

const GRAPHS: readonly Case[] = Object.entries(COMPUTED)
  .filter(([name]) => !(name in NETWORKS))
  .map(([name, make]) => [name, () => quantise(make())]);

describe('C programs, compiled', () => {
  before(function compiler() {
    if (!hasCompiler()) this.skip();
  });

  for (const [name, make] of SMALL)
    it(`${name}: the same codes at every level, by sanitizers, and of 32 bits where libraries for them are`, () => {
      const network = make();
      const program = cProgram(network, name);
      const samples = samplesFor(network);
      const expected = expectedAnswers(network, samples);
      const sanitized = ['-O1', '-fsanitize=undefined,address', '-fno-sanitize-recover'];
      for (const flags of [
        ['-O0'],
        ['-Os'],
        ['-O3', '-funsigned-char'],
        sanitized,
        ...(has32() ? [['-O2', '-m32']] : []),
      ])
        assert.deepEqual(answers(compiled(folder, fileName(name), program, flags), samples), expected, flags.join(' '));
    });

  for (const [name, make] of [...GRAPHS, ...RANDOM_NETWORKS, ...EXAMPLES])
    it(`${name}: the same codes`, () => {
      const network = make();
      const samples = samplesFor(network);
      const program = compiled(folder, fileName(name), cProgram(network, name));
      assert.deepEqual(answers(program, samples), expectedAnswers(network, samples));
    });

  it('is C++ as well', function () {
    if (!hasCompiler('g++')) this.skip();
    for (const [name, make] of SMALL) {
      const network = make();
      const classNames = Array.from(
        { length: network.operations.at(-1)!.operation.outChannels },
        (_, i) => `class ${i}`,
      );
      const { prefix, text } = cProgram(network, name, { classes: true, classNames });
      const input = `#define ${prefix.toUpperCase()}_IMPLEMENTATION\n${text}`;
      const { stderr } = spawnSync('g++', ['-Wall', '-Wextra', '-Werror', '-fsyntax-only', '-xc++', '-'], { input });
      assert.equal(stderr.toString(), '', name);
    }
  });

  it('gives the same codes for every sample of a test part', async () => {
    const text = readFileSync('examples/quickstart/udc-quickstart.udc.yaml', 'utf8');
    const { definition, network: space } = parseDefinition(text);
    const { test } = await loadDataset(definition!, 'examples/quickstart');
    const network = quantise(
      foldedOf(
        instantiate(
          space!,
          space!.decisions.map(() => 0),
        ),
      ),
    );
    const { images, count } = await test.slice(0, test.count);
    assert.ok(count >= 100);
    const program = compiled(folder, 'test-part', cProgram(network, 'test part'));
    assert.deepEqual(answers(program, quantiseValues(images, network.input)), evaluateInteger(network, images, count));
  });
});

let with32: boolean | undefined;
/** Are there libraries of 32 bits? */
const has32 = (): boolean =>
  (with32 ??=
    spawnSync('gcc', ['-m32', '-xc', '-o', join(folder, 'with32'), '-'], {
      input: '#include <stdio.h>\nint main(void) { return 0; }',
    }).status === 0);

/** The other boards differ in the code that the compiler makes for them: small networks have all of that. */
const WITH_EXAMPLES = ['Cortex-M4', 'Cortex-M55'];

describe('C programs, on emulated microcontrollers', () => {
  before(function boards() {
    if (!hasCompiler(COMPILER) || !hasCompiler(EMULATOR)) this.skip();
  });
  for (const on of BOARDS) {
    for (const [name, make] of SMALL)
      it(`${on.processor}, ${name}: the same codes at every level`, async () => {
        const network = make();
        const samples = samplesFor(network);
        const expected = expectedAnswers(network, samples);
        for (const level of ['-O1', '-O2', '-O3']) {
          await link(cProgram(network, name), on, level, AROUND, STRICT);
          assert.deepEqual((await runOn(on, samples, AROUND)).answers, expected, level);
        }
        const linked = await sizedLink(name, network, on);
        const { answers: found, stack, instructions } = await runOn(on, samples, AROUND);
        assert.deepEqual(found, expected);
        tell(name, network, linked, stack, instructions);
      });
    for (const [name, make] of WITH_EXAMPLES.includes(on.processor) ? EXAMPLES : [])
      it(`${on.processor}, ${name}: the same codes, in the bytes that are promised`, async function () {
        const network = make();
        const taken = promisedOf(network);
        const [flash, ram] = [taken.flash + FOR_CODE, taken.ram + FOR_STACK];
        if (flash > on.flash * 1024 || ram > on.ram * 1024) this.skip();
        const samples = samplesFor(network, 1);
        const linked = await sizedLink(name, network, on);
        const { answers: found, stack, instructions } = await runOn(on, samples, AROUND);
        assert.deepEqual(found, expectedAnswers(network, samples));
        tell(name, network, linked, stack, instructions);
      });
  }
});

/** Bytes of a board's memories that are left to code and constants, and to data and stack of the board. */
const FOR_CODE = 64 * 1024;
const FOR_STACK = 8 * 1024;

interface Promised {
  readonly flash: number;
  readonly ram: number;
}

function promisedOf(network: IntegerNetwork): Promised {
  const packed = findTarget('mcu-packed');
  return {
    flash: weightTensors(network).reduce((sum, tensor) => sum + storedSize(packed, tensor).totalBytes, 0),
    ram: activationMemory(network.architecture, packed).peakBytes,
  };
}

/** Links a program for size, by the linker's map in the bytes that it and `mcu-packed` promise. */
async function sizedLink(name: string, network: IntegerNetwork, on: Board): Promise<Linked> {
  const program = cProgram(network, name);
  const linked = await link(program, on, '-Os', AROUND, STRICT);
  const { flash, ram } = promisedOf(network);
  assert.equal(linked.weightBytes + linked.sideBytes, program.weightBytes + program.sideBytes);
  assert.equal(linked.weightBytes + linked.sideBytes, flash);
  assert.equal(linked.arenaBytes, program.arenaBytes);
  if (network.operations.every(({ output }) => output.bits === undefined)) assert.equal(linked.arenaBytes, ram);
  return linked;
}

function tell(name: string, network: IntegerNetwork, linked: Linked, stack: number, instructions: number): void {
  const { weightBytes, sideBytes, constantBytes, codeBytes, arenaBytes } = linked;
  const { flash, ram } = promisedOf(network);
  const work = workOf(network);
  console.log(
    `      ${name}: weights ${weightBytes} + ${sideBytes}, constants ${constantBytes}, code ${codeBytes}, RAM ${arenaBytes} + ${stack}; promised ${flash}, ${ram}; ${instructions} instructions, ${work} multiply-accumulates`,
  );
}
