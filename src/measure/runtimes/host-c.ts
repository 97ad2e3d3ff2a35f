/** Our own C program on this computer, compiled by a compiler of the machine. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quantile } from '../../base/statistics.ts';
import { list, number } from '../../base/validate.ts';
import { cProgram, type CProgram } from '../../formats/c/c-program.ts';
import { programOutput } from '../../formats/vela/program-output.ts';
import { firstCompiler, LIMITS, ROUNDED } from '../c-compiler.ts';
import { longestLayers } from '../longest-layers.ts';
import type { Around, Device, Reading, Runtime } from '../runtime.ts';
import type { Subject } from '../subject/subject.ts';
import { compared, FILES } from '../timed-outputs.ts';
import { timingOf } from '../timing.ts';

const COMPILERS = ['cc', 'gcc', 'clang'];
const FLAGS = ['-O2'];

/** Compiles the program with a clock after each operation. */
const TRACED = '-DTRACED';

/**
 * Writes an answer to each sample, then prints the seconds of runs of the last as JSON: at least 10, and so many as
 * the time given has, up to 2000. A run begins with the input in place. Where it is traced, each run is a list of
 * seconds, of each operation what passed between two readings of the clock.
 */
const main = ({ prefix }: CProgram, operations: number): string => {
  const macro = prefix.toUpperCase();
  return `#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <stdint.h>
static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}
#ifdef TRACED
static double last, taken[${operations}];
static void ${prefix}_after(int i) {
  taken[i] = now() - last;
  last = now();
}
#else
#define ${prefix}_after(i) ((void)0)
#endif
#define ${macro}_IMPLEMENTATION
#include "network.h"
static uint8_t arena[${macro}_ARENA_BYTES];
static int8_t sample[${macro}_INPUT_SIZE];
static double seconds_of_a_run(void) {
  double start;
  memcpy(${prefix}_input(arena), sample, sizeof sample);
  start = now();
#ifdef TRACED
  last = start;
#endif
  ${prefix}_run(arena);
  return now() - start;
}
#ifdef TRACED
static void print_a_run(void) {
  int i;
  seconds_of_a_run();
  for (i = 0; i < ${operations}; i++) printf("%s%.9f", i ? "," : "[", taken[i]);
  printf("]");
}
#else
static void print_a_run(void) {
  printf("%.9f", seconds_of_a_run());
}
#endif
int main(int count, char **arguments) {
  FILE *samples = fopen("${FILES.inputs}", "rb"), *answers = fopen("${FILES.outputs}", "wb");
  const double seconds = count > 1 ? atof(arguments[1]) : 1;
  double end;
  int i;
  if (!samples || !answers) return 1;
  while (fread(sample, 1, sizeof sample, samples) == sizeof sample) {
    memcpy(${prefix}_input(arena), sample, sizeof sample);
    ${prefix}_run(arena);
    fwrite(${prefix}_output(arena), 1, ${macro}_OUTPUT_SIZE, answers);
  }
  if (fclose(answers) != 0) return 1;
  seconds_of_a_run();
  end = now() + seconds;
  for (i = 0; i < 10 || (i < 2000 && now() < end); i++) {
    printf(i ? "," : "[");
    print_a_run();
  }
  puts("]");
  return 0;
}
`;
};

const times = list(number);
const traces = list(times);

/** Compiles the program and has it run for some seconds: what it prints. */
async function ran(compiler: string, flags: readonly string[], seconds: number, around: Around): Promise<unknown> {
  await programOutput(compiler, [...FLAGS, ...flags, '-o', 'network', 'main.c'], around, LIMITS.compile);
  return JSON.parse(await programOutput(join(around.folder, 'network'), [String(seconds)], around, LIMITS.run));
}

/** @throws Error in the compiler's last words, or the program's */
async function measure(subject: Subject, _: Device, around: Around): Promise<Reading> {
  const compiler = await firstCompiler(COMPILERS, around);
  if ('reason' in compiler) return compiler;
  const { network, expected, same } = subject.program();
  const { operations } = network.architecture;
  const program = cProgram(network, subject.name, { traced: true });
  await writeFile(join(around.folder, 'network.h'), program.text);
  await writeFile(join(around.folder, 'main.c'), main(program, operations.length));
  await writeFile(join(around.folder, FILES.inputs), subject.samples().inputs);
  const seconds = timingOf(times(await ran(compiler.program, [], around.seconds, around), 'times'));
  const said = compared(new Int8Array(await readFile(join(around.folder, FILES.outputs))), subject, 'exact', expected);
  if (said.reason !== undefined) return said;
  const rows = traces(await ran(compiler.program, [TRACED], around.seconds / 2, around), 'traces');
  const layers = longestLayers(
    operations.map(({ layerName }, i) => ({
      name: layerName,
      amount: quantile(
        rows.map((row) => row[i] ?? 0),
        0.5,
      ),
    })),
  );
  const { arenaBytes, weightBytes, sideBytes } = program;
  return {
    ...said,
    seconds,
    layers,
    memory: { arenaBytes, flashBytes: weightBytes + sideBytes },
    note: `${compiler.program} ${FLAGS.join(' ')}; flash without code; layers by a clock between operations${same ? '' : ROUNDED}`,
  };
}

export const hostC: Runtime = {
  id: 'c',
  title: 'UDC C program',
  mark: 'measured',
  devices: [{ id: 'host', title: 'this computer', usual: true }],
  async available(around) {
    if (process.platform === 'win32') return { reason: 'its clock is read on Linux and macOS only' };
    return firstCompiler(COMPILERS, around);
  },
  measure,
};
