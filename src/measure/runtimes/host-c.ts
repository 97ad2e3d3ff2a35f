/** Our own C program on this computer, compiled by a compiler of the machine. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { list, number } from '../../base/validate.ts';
import { cProgram, type CProgram } from '../../formats/c/c-program.ts';
import { programOutput } from '../../formats/vela/program-output.ts';
import { firstCompiler, LIMITS, ROUNDED } from '../c-compiler.ts';
import type { Around, Device, Reading, Runtime } from '../runtime.ts';
import type { Subject } from '../subject/subject.ts';
import { compared, FILES } from '../timed-outputs.ts';
import { timingOf } from '../timing.ts';

const COMPILERS = ['cc', 'gcc', 'clang'];
const FLAGS = ['-O2'];

/**
 * Writes an answer to each sample, then prints the seconds of runs of the last as JSON: at least 10, and so many as
 * the time given has, up to 2000. A run begins with the input in place.
 */
const main = ({ prefix }: CProgram): string => {
  const macro = prefix.toUpperCase();
  return `#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#define ${macro}_IMPLEMENTATION
#include "network.h"
static uint8_t arena[${macro}_ARENA_BYTES];
static int8_t sample[${macro}_INPUT_SIZE];
static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}
static double seconds_of_a_run(void) {
  double start;
  memcpy(${prefix}_input(arena), sample, sizeof sample);
  start = now();
  ${prefix}_run(arena);
  return now() - start;
}
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
  for (i = 0; i < 10 || (i < 2000 && now() < end); i++)
    printf("%s%.9f", i ? "," : "[", seconds_of_a_run());
  puts("]");
  return 0;
}
`;
};

const times = list(number);

/** @throws Error in the compiler's last words, or the program's */
async function measure(subject: Subject, _: Device, around: Around): Promise<Reading> {
  const compiler = await firstCompiler(COMPILERS, around);
  if ('reason' in compiler) return compiler;
  const { network, expected, same } = subject.program();
  const program = cProgram(network, subject.name);
  await writeFile(join(around.folder, 'network.h'), program.text);
  await writeFile(join(around.folder, 'main.c'), main(program));
  await writeFile(join(around.folder, FILES.inputs), subject.samples().inputs);
  await programOutput(compiler.program, [...FLAGS, '-o', 'network', 'main.c'], around, LIMITS.compile);
  const text = await programOutput(join(around.folder, 'network'), [String(around.seconds)], around, LIMITS.run);
  const said = compared(new Int8Array(await readFile(join(around.folder, FILES.outputs))), subject, 'exact', expected);
  if (said.reason !== undefined) return said;
  const { arenaBytes, weightBytes, sideBytes } = program;
  return {
    ...said,
    seconds: timingOf(times(JSON.parse(text), 'times')),
    memory: { arenaBytes, flashBytes: weightBytes + sideBytes },
    note: `${compiler.program} ${FLAGS.join(' ')}; flash without code${same ? '' : ROUNDED}`,
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
