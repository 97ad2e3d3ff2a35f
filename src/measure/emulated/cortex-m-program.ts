/**
 * C programs of networks on emulated microcontrollers: linked by Debian's arm-none-eabi-gcc, run by qemu-system-arm.
 * Samples come from a file of the host by semihosting, answers go to one.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CProgram } from '../../formats/c/c-program.ts';
import { programOutput, type Surroundings } from '../../formats/vela/program-output.ts';
import { LIMITS } from '../c-compiler.ts';
import { boardProgram, linkerScript, type Board } from './boards.ts';

/** What links and what emulates. */
export const [COMPILER, EMULATOR] = ['arm-none-eabi-gcc', 'qemu-system-arm'] as const;

/** Bytes of a linked program, of the network alone: without the board's start and files. */
export interface Linked {
  readonly weightBytes: number;
  readonly sideBytes: number;
  /** Constants of layers, and the code of kernels and steps. */
  readonly constantBytes: number;
  readonly codeBytes: number;
  readonly arenaBytes: number;
}

/** Sections of the map that were kept, by file. */
function sectionsOf(map: string, object: string): readonly { readonly name: string; readonly bytes: number }[] {
  const kept = map.slice(map.indexOf('Linker script and memory map'));
  return [...kept.matchAll(/^ (\.[\w.]+)\s+0x[0-9a-f]+\s+0x([0-9a-f]+)\s+(\S+)$/gm)].flatMap(([, name, size, file]) =>
    file!.endsWith(object) ? [{ name: name!, bytes: parseInt(size!, 16) }] : [],
  );
}

function linkedOf(map: string, { prefix }: CProgram): Linked {
  const network = sectionsOf(map, 'network.o');
  const sum = (pattern: RegExp): number =>
    network.reduce((total, { name, bytes }) => total + (pattern.test(name) ? bytes : 0), 0);
  const [codes, scales] = [`^\\.rodata\\.${prefix}_codes_`, `^\\.rodata\\.${prefix}_(scales|shifts)_`];
  const weightBytes = sum(new RegExp(codes));
  const sideBytes = sum(new RegExp(scales));
  return {
    weightBytes,
    sideBytes,
    constantBytes: sum(/^\.rodata/) - weightBytes - sideBytes,
    codeBytes: sum(/^\.text/),
    arenaBytes: sectionsOf(map, 'board.o').find(({ name }) => name === '.bss.arena')?.bytes ?? 0,
  };
}

/**
 * Links the program for a board, in the folder of the surroundings.
 * @param flags for the network's own source alone
 * @returns what it takes by the linker's map
 * @throws Error in the last words of compiler or linker
 */
export async function link(
  program: CProgram,
  on: Board,
  optimise: string,
  around: Surroundings,
  flags: readonly string[] = [],
): Promise<Linked> {
  const macro = program.prefix.toUpperCase();
  const files = {
    'network.h': program.text,
    'network.c': `#define ${macro}_IMPLEMENTATION\n#include "network.h"\n`,
    'board.c': boardProgram(program),
    'board.ld': linkerScript(on),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(around.folder, name), text);
  const compile = [...on.flags, optimise, '-ffunction-sections', '-fdata-sections', '-c'];
  for (const args of [
    [...flags, ...compile, 'network.c'],
    ['-std=gnu99', ...compile, 'board.c'],
    [
      ...[...on.flags, '-nostartfiles', '-Wl,--gc-sections', '-Wl,-Map=network.map', '-Wl,--no-warn-rwx-segments'],
      ...['-T', 'board.ld', '-o', 'network.elf', 'network.o', 'board.o'],
    ],
  ])
    await programOutput(COMPILER, args, around, LIMITS.compile);
  return linkedOf(await readFile(join(around.folder, 'network.map'), 'utf8'), program);
}

/**
 * Runs what `link` made.
 * @returns the answers, and of the first run the bytes of stack and the instructions
 * @throws Error in the emulator's last words
 */
export async function runOn(
  { machine, perTick }: Board,
  samples: Int8Array,
  around: Surroundings,
): Promise<{ readonly answers: Int8Array; readonly stack: number; readonly instructions: number }> {
  const { folder } = around;
  await writeFile(join(folder, 'samples'), samples);
  const args = [
    ...['-M', machine, '-icount', 'shift=0', '-display', 'none', '-serial', 'none', '-monitor', 'none'],
    ...['-semihosting-config', 'enable=on,target=native', '-kernel', 'network.elf'],
  ];
  await programOutput(EMULATOR, args, around, LIMITS.run);
  const taken = await readFile(join(folder, 'taken'));
  return {
    answers: new Int8Array(await readFile(join(folder, 'answers'))),
    stack: taken.readUInt32LE(),
    instructions: Math.round(Number(taken.readBigUInt64LE(4)) * perTick),
  };
}
