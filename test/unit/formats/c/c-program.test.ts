/** C programs of networks: what they say, and that a compiler of the machine makes the same numbers of them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cProgram } from '../../../../src/formats/c/c-program.ts';
import { activationMemory } from '../../../../src/costs/activations/activation-memory.ts';
import { storedSize } from '../../../../src/costs/weights/stored-size.ts';
import { channelNormalisation } from '../../../../src/data/preparation/channel-normalisation.ts';
import { quantiseValue } from '../../../../src/integer/activation-grid.ts';
import { outputGridOf, quantise, weightTensors } from '../../../../src/integer/quantise-network.ts';
import type { FoldedNetwork, IntegerNetwork, IntegerWeights } from '../../../../src/integer/integer-network.ts';
import { instantiate } from '../../../../src/network/architecture.ts';
import { KEEPS_GRID } from '../../../../src/network/keeps-grid.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import { scratchFolder } from '../../../scratch.ts';
import { foldedNetwork, generator, NETWORKS, OF_VECTORS } from '../../integer/networks.ts';
import { randomGraph } from '../../network/support/random-graphs.ts';
import { foldedOf } from '../run.ts';
import { answers, compiled, expectedAnswers, hasCompiler, samplesOf } from './c-compiler.ts';

const ALL_BITS = [2, 3, 4, 5, 6, 7, 8];
const graph = (seed: number): ReturnType<typeof foldedOf> =>
  foldedOf(instantiate(randomGraph(seed, { bits: ALL_BITS }).network, []), seed);

/** The network with activations of 8, 4 or 2 bits, drawn for each operation; those of its output have 8. */
function narrow(folded: FoldedNetwork, seed: number): FoldedNetwork {
  const random = generator(seed);
  const last = outputGridOf(folded.architecture);
  const bits: number[] = [];
  const operations = folded.operations.map((one) => {
    const { operation } = one;
    const before = bits[operation.inputs[0]!] ?? 8;
    bits.push(
      KEEPS_GRID.has(operation.kind) ? before : operation.id === last ? 8 : [8, 4, 2][Math.floor(random() * 3)]!,
    );
    return { ...one, operation: { ...operation, activationBits: bits.at(-1)! } };
  });
  const architecture = { ...folded.architecture, operations: operations.map(({ operation }) => operation) };
  return { ...folded, architecture, operations };
}

/** A network with other weights and rescalings in each operation that has them. */
const withWeights = (network: IntegerNetwork, change: (weights: IntegerWeights) => Partial<IntegerWeights>) => ({
  ...network,
  operations: network.operations.map((one) =>
    one.weights ? { ...one, weights: { ...one.weights, ...change(one.weights) } } : one,
  ),
});

describe('C programs', () => {
  const folder = scratchFolder('c-programs');
  let count = 0;

  /** Compiles with sanitizers, so that what C leaves undefined is an error. */
  function same(network: IntegerNetwork, program = cProgram(network, 'test'), seed = 1): Int8Array {
    const flags = ['-O1', '-fsanitize=undefined,address', '-fno-sanitize-recover'];
    const samples = samplesOf(network, 10, seed);
    const expected = expectedAnswers(network, samples);
    assert.deepEqual(answers(compiled(folder, `program-${count++}`, program, flags), samples), expected);
    return expected;
  }

  describe('answer as the integer evaluation does', () => {
    before(function compiler() {
      if (!hasCompiler()) this.skip();
    });

    for (const [name, make] of Object.entries({ ...NETWORKS, ...OF_VECTORS }))
      it(name, () => {
        const answer = same(quantise(make()));
        assert.ok(new Set(answer).size > 3, 'outputs that differ');
      });

    for (const seed of [3, 4, 20])
      it(`graph ${seed}, weights of 2 to 8 bits, activations of 2, 4 and 8`, () => {
        const network = quantise(narrow(graph(seed), seed));
        assert.equal(new Set(network.operations.map(({ output }) => output.bits ?? 8)).size, 3);
        const program = cProgram(network, 'test');
        assert.equal(program.arenaBytes, activationMemory(network.architecture).peakBytes);
        same(network, program, seed);
      });

    it('strides beyond kernels, dilated windows beyond maps, maps of one pixel', () => {
      same(
        quantise(
          foldedNetwork({ height: 11, width: 9, channels: 2 }, [
            { kind: 'conv', kernel: 2, stride: 3, filters: 5, bits: 3 },
            { kind: 'depthwise', kernel: 3, dilation: 3, factor: 3, bits: 6 },
            { kind: 'conv', kernel: 3, dilation: 4, filters: 6, bits: 5 },
            { kind: 'max-pool', kernel: 2, stride: 4 },
            { kind: 'conv', kernel: 5, filters: 7, bits: 2 },
            { kind: 'average-pool', kernel: 3 },
            { kind: 'depthwise', kernel: 7 },
          ]),
        ),
      );
    });

    it('more channels than 16 bits count', () => {
      const network = quantise(
        foldedNetwork({ height: 1, width: 1, channels: 3 }, [
          { kind: 'dense', filters: 65_539, bits: 2 },
          { kind: 'dense', filters: 2, bits: 7 },
        ]),
      );
      const program = cProgram(network, 'test');
      assert.match(program.text, /typedef int32_t \w+_size;/);
      same(network, program);
    });

    const shiftsOf = (to: readonly number[]) => (weights: IntegerWeights) => ({
      shifts: weights.shifts.map((_, o) => to[o % to.length]!),
    });
    const CHANGES: Readonly<Record<string, (weights: IntegerWeights) => Partial<IntegerWeights>>> = {
      'shifts from one end to the other': shiftsOf([-31, -12, 0, 5, 30, 31]),
      'shifts that need a table': shiftsOf([-6, 33, -9]),
      'biases at their ends': ({ biases }) => ({
        biases: biases.map((_, o) => [2 ** 31 - 1, 1 - 2 ** 31, 2 ** 27, -(2 ** 27), -(2 ** 27) - 1, 0][o % 6]!),
      }),
      'biases that just fit': ({ biases }) => ({ biases: biases.map((_, o) => [2 ** 27 - 1, -(2 ** 27), 5][o % 3]!) }),
      'multipliers of 0 and at their ends': ({ multipliers, shifts }) => ({
        multipliers: multipliers.map((_, o) => [0, 2 ** 30, 2 ** 31 - 1][o % 3]!),
        shifts: shifts.map((shift, o) => (o % 3 === 0 ? 0 : shift)),
      }),
      'the largest codes': ({ codes }) => ({ codes: codes.map((code) => (code < 0 ? -1 : 1)) }),
    };
    for (const [name, change] of Object.entries(CHANGES))
      it(name, () => {
        same(withWeights(quantise(NETWORKS['separable']!()), change));
      });

    it('sums beyond 32 bits wrap', () => {
      const depth = 2 ** 17 + 3;
      const network = quantise(
        foldedNetwork({ height: 1, width: 1, channels: depth }, [{ kind: 'dense', filters: 2 }]),
      );
      const extreme = withWeights(network, ({ codes }) => ({ codes: codes.map(() => 127) }));
      same({ ...extreme, input: { ...extreme.input, zeroPoint: -128 } });
    });

    it('two programs in one source file', () => {
      const [one, other] = ['residual', 'pooling'].map((name) => {
        const network = quantise(NETWORKS[name]!());
        return { ...network, architecture: { ...network.architecture, name } };
      });
      const program = cProgram(one!, 'test');
      const both = `#define UDC_POOLING_IMPLEMENTATION\n${cProgram(other!, 'test').text}\n${program.text}`;
      same(one!, { ...program, text: both });
    });
  });

  it('take the bytes that a packed target counts, and the activations at their peak', () => {
    const target = findTarget('mcu-packed');
    for (const make of [...Object.values(NETWORKS), ...[1, 2, 3, 4, 5].map((seed) => () => graph(seed))]) {
      const network = quantise(make());
      const promised = weightTensors(network).map((tensor) => storedSize(target, tensor));
      const { weightBytes, sideBytes, arenaBytes, text } = cProgram(network, 'test');
      assert.equal(
        weightBytes + sideBytes,
        promised.reduce((sum, { totalBytes }) => sum + totalBytes, 0),
      );
      assert.equal(arenaBytes, activationMemory(network.architecture, target).peakBytes);
      assert.ok(text.includes(`Flash: ${weightBytes} B of weights, ${sideBytes} B of biases and rescalings`));
    }
  });

  it('traced, are the same but for a call after each operation that does anything', () => {
    for (const make of [...Object.values(NETWORKS), ...[1, 2, 3].map((seed) => () => graph(seed))]) {
      const network = quantise(make());
      const { text } = cProgram(network, 'test', { traced: true });
      const calls = [...text.matchAll(/\n *udc_\w+_after\((\d+)\);/g)].map(([, place]) => Number(place));
      assert.equal(text.replace(/\n *udc_\w+_after\(\d+\);/g, ''), cProgram(network, 'test').text);
      assert.deepEqual(
        calls,
        [...new Set(calls)].sort((a, b) => a - b),
      );
      const weighted = network.operations.flatMap(({ weights }, i) => (weights ? [i] : []));
      assert.ok(weighted.every((place) => calls.includes(place)));
    }
  });

  it('hold the kernels that their network uses, and no others', () => {
    const kernels = (name: string): string[] =>
      [...cProgram(quantise(NETWORKS[name]!()), '').text.matchAll(/^static (?:\w+) udc_test_network_(\w+)\(/gm)].map(
        ([, kernel]) => kernel!,
      );
    assert.deepEqual(
      kernels('upscaling').filter((kernel) => !/^(rescale|result)$/.test(kernel)),
      ['depthwise_w8_x8_y8', 'dot_w4_x8', 'conv_y8', 'depth_to_space_x8_y8'],
    );
    assert.ok(
      kernels('pooling').includes('average_pool_x8_y8') && !kernels('pooling').some((k) => k.startsWith('add')),
    );
  });

  it('have names of letters and digits, whatever the network is called', () => {
    const network = quantise(NETWORKS['upscaling']!());
    for (const [i, name] of ['int', '../x', '*/ x', 'a-b', '0', 'é', 'x'.repeat(500), '__proto__'].entries()) {
      const program = cProgram({ ...network, architecture: { ...network.architecture, name } }, `${name} */ int x;`);
      assert.match(program.prefix, /^udc_[a-z0-9_]{1,40}$/);
      if (hasCompiler() && i < 3) same(network, program);
    }
  });

  it('refuse what only imported networks have, by the name of the operation', () => {
    const network = quantise(NETWORKS['pooling']!());
    const change = (index: number, part: object): IntegerNetwork => ({
      ...network,
      operations: network.operations.map((one, i) => (i === index ? { ...one, ...part } : one)),
    });
    for (const [index, part, message] of [
      [1, { rounding: 'once' }, /^RangeError: layer1\/conv\/main: an operation that rounds once is not written as C/],
      [1, { stages: { first: {}, then: [] } }, /layer1\/conv\/main: an operation that requantises its output/],
      [4, { output: { scale: 1, zeroPoint: 0 } }, /layer4\/global-average-pool\/main: .* averages onto another grid/],
    ] as const)
      assert.throws(() => cProgram(change(index, part), ''), message);
    assert.throws(
      () =>
        cProgram(
          withWeights(network, ({ multipliers }) => ({ multipliers: multipliers.map(() => 7) })),
          '',
        ),
      /layer1\/conv\/main: the multiplier 7 of output channel 0 is neither 0 nor at least 2\^30/,
    );
    const grid = (bits: number): object => ({ output: { ...network.input, bits } });
    assert.throws(
      () => cProgram(change(1, grid(3)), ''),
      /layer1\/conv\/main: activations of 3 bits are not written as C/,
    );
    assert.throws(() => cProgram(change(6, grid(4)), ''), /the output of a program has codes of 8 bits, not 4/);
  });

  it('make codes of stored values as the search does, and say the class', function () {
    if (!hasCompiler()) this.skip();
    const network = quantise(NETWORKS['residual']!());
    const normalisation = { mean: [127.25, 3, -0.001], std: [61.5, 1e-3, 7] };
    const classNames = ['Ünï "c"', 'b??/', '\\', 'd%s\n', 'e'];
    const program = cProgram(network, 'test', { normalisation, classes: true, classNames });
    const random = generator(4);
    const { length } = samplesOf(network, 1);
    const values = Float64Array.from({ length }, (_, i) =>
      i < 9 ? [1e300, -1e300, 0][i % 3]! : Math.round(random() * 255),
    );
    const main = (file: string): string => `#include <stdio.h>
#define UDC_TEST_NETWORK_IMPLEMENTATION
#include "${file}"
int main(void) {
  static const double values[${length}] = {${[...values].join(', ')}};
  static uint8_t arena[UDC_TEST_NETWORK_ARENA_BYTES];
  int8_t *input = udc_test_network_input(arena);
  size_t i;
  for (i = 0; i < UDC_TEST_NETWORK_INPUT_SIZE; i++) {
    input[i] = udc_test_network_quantise(values[i], i);
    printf("%d,", input[i]);
  }
  udc_test_network_run(arena);
  printf("%d", (int)udc_test_network_top(arena));
  for (i = 0; i < 5; i++) printf("|%s", udc_test_network_classes[i]);
  return 0;
}
`;
    const file = compiled(folder, 'stored', program, ['-O2', '-fsanitize=undefined'], main);
    const [head, ...names] = execFileSync(file, { encoding: 'utf8' }).split('|');
    const prepared = new Float32Array(length);
    channelNormalisation(normalisation).prepare(values as never, prepared, 0);
    const codes = Array.from(prepared, (value) => quantiseValue(value, network.input));
    const outputs = expectedAnswers(network, Int8Array.from(codes));
    assert.deepEqual(head!.split(',').map(Number), [...codes, outputs.indexOf(Math.max(...outputs))]);
    assert.deepEqual(names, ['Ünï "c"', 'b??/', '\\', 'd%s ', 'e']);
  });
});
