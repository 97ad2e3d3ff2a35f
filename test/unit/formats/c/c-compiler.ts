/** Compiles C programs of networks with a compiler of the machine, and runs them on codes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CProgram } from '../../../../src/formats/c/c-program.ts';
import { IntegerEvaluator } from '../../../../src/integer/evaluate-integer.ts';
import type { IntegerNetwork } from '../../../../src/integer/integer-network.ts';
import { generator } from '../../integer/networks.ts';

/** Warnings that a program is free of; each is an error. */
export const STRICT = [
  ...['-std=c99', '-pedantic', '-Wall', '-Wextra', '-Werror', '-Wconversion', '-Wsign-conversion', '-Wshadow'],
  ...['-Wcast-qual', '-Wstrict-prototypes', '-Wmissing-prototypes', '-Wdouble-promotion'],
];

export const hasCompiler = (program = 'gcc'): boolean => !spawnSync(program, ['--version']).error;

/** Reads samples of codes, and writes an answer for each, until there are no more. */
export const filter = (file: string, { prefix }: CProgram): string => {
  const macro = prefix.toUpperCase();
  return `#include <stdio.h>
#define ${macro}_IMPLEMENTATION
#include "${file}"
static uint8_t arena[${macro}_ARENA_BYTES];
int main(void) {
  int8_t sample[${macro}_INPUT_SIZE];
  while (fread(sample, 1, sizeof sample, stdin) == sizeof sample) {
    int8_t *input = ${prefix}_input(arena);
    size_t i;
    for (i = 0; i < sizeof sample; i++) input[i] = sample[i];
    ${prefix}_run(arena);
    fwrite(${prefix}_output(arena), 1, ${macro}_OUTPUT_SIZE, stdout);
  }
  return 0;
}
`;
};

/** Compiles the program around a main function without a warning. @returns the file to run */
export function compiled(
  folder: string,
  name: string,
  program: CProgram,
  flags: readonly string[] = ['-O2'],
  main = filter,
): string {
  writeFileSync(join(folder, `${name}.h`), program.text);
  writeFileSync(join(folder, `${name}.c`), main(`${name}.h`, program));
  const out = join(folder, `${name}.out`);
  const { status, stderr } = spawnSync('gcc', [...STRICT, ...flags, '-o', out, join(folder, `${name}.c`)], {
    encoding: 'utf8',
  });
  assert.deepEqual([stderr, status], ['', 0], name);
  return out;
}

/** What a compiled program answers to samples, one after another. */
export function answers(executable: string, samples: Int8Array): Int8Array {
  const { status, stdout, stderr } = spawnSync(executable, [], { input: samples, maxBuffer: 2 ** 28 });
  assert.deepEqual([stderr.toString(), status], ['', 0]);
  return new Int8Array(stdout);
}

/** Samples of any codes: at random, then all at an end, then ends in turn. */
export function samplesOf({ architecture: { input } }: IntegerNetwork, count: number, seed = 1): Int8Array {
  const random = generator(seed);
  const size = input.height * input.width * input.channels;
  const ends: readonly ((i: number) => number)[] = [() => -128, () => 127, (i) => (i % 2 === 0 ? -128 : 127)];
  return Int8Array.from({ length: count * size }, (_, i) => {
    const end = ends[Math.floor(i / size) - (count - ends.length)];
    return end ? end(i) : Math.floor(random() * 256) - 128;
  });
}

/** What the evaluation of the project answers to them. */
export function expectedAnswers(network: IntegerNetwork, samples: Int8Array): Int8Array {
  const { height, width, channels } = network.architecture.input;
  const evaluator = new IntegerEvaluator(network);
  const size = height * width * channels;
  return Int8Array.from(
    Array.from({ length: samples.length / size }, (_, i) => [
      ...evaluator.evaluateCodes(samples.subarray(i * size, (i + 1) * size)),
    ]).flat(),
  );
}
