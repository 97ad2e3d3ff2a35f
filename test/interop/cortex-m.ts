/**
 * C programs of networks on emulated microcontrollers: linked by Debian's arm-none-eabi-gcc, run by qemu-system-arm.
 * Samples come from a file of the host by semihosting, answers go to one.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CProgram } from '../../src/formats/c/c-program.ts';
import { hasCompiler, STRICT } from '../unit/formats/c/c-compiler.ts';

export interface Board {
  /** As QEMU calls it. */
  readonly machine: string;
  readonly processor: string;
  readonly flags: readonly string[];
  /** KiB at address 0, and of data at 0x20000000. */
  readonly flash: number;
  readonly ram: number;
  /** Instructions of a tick of the system timer, where one takes a nanosecond (`-icount shift=0`). */
  readonly perTick: number;
}

/** Floating point is computed in software: neither program nor board needs a unit for it. */
export const BOARDS: readonly Board[] = [
  {
    machine: 'mps2-an386',
    processor: 'Cortex-M4',
    flags: ['-mcpu=cortex-m4', '-mthumb', '-mfloat-abi=soft'],
    flash: 4096,
    ram: 4096,
    perTick: 1000 / 25,
  },
  {
    machine: 'mps3-an547',
    processor: 'Cortex-M55',
    flags: ['-mcpu=cortex-m55+nomve+nofp', '-mthumb', '-mfloat-abi=soft'],
    flash: 512,
    ram: 512,
    perTick: 1000 / 32,
  },
];

export const hasBoards = (): boolean => hasCompiler('arm-none-eabi-gcc') && hasCompiler('qemu-system-arm');

const KIB = 1024;

const script = ({ flash, ram }: Board): string => `MEMORY {
  FLASH (rx) : ORIGIN = 0, LENGTH = ${flash * KIB}
  RAM (rwx) : ORIGIN = 0x20000000, LENGTH = ${ram * KIB}
}
ENTRY(reset)
SECTIONS {
  .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) . = ALIGN(4); } > FLASH
  .data : { data_start = .; *(.data*) . = ALIGN(4); data_end = .; } > RAM AT> FLASH
  data_load = LOADADDR(.data);
  .bss (NOLOAD) : { bss_start = .; *(.bss*) *(COMMON) . = ALIGN(4); bss_end = .; } > RAM
  stack_end = ORIGIN(RAM) + LENGTH(RAM);
  /DISCARD/ : { *(.ARM.exidx*) }
}
`;

/**
 * Start, files of the host, and what the first run takes: the bytes of stack that it touches (painted before), and the
 * ticks of the system timer (24 bits).
 */
const board = ({ prefix }: CProgram): string => {
  const macro = prefix.toUpperCase();
  return `#include "network.h"
extern uint32_t data_load, data_start, data_end, bss_start, bss_end, stack_end;
uint8_t arena[${macro}_ARENA_BYTES];
enum { OPEN = 1, WRITE = 5, READ = 6, EXIT = 0x18, SUCCESS = 0x20026, FAILURE = 0x20023, PAINTED = 4096 };

static int host(int what, const void *about) {
  register int r0 __asm__("r0") = what;
  register const void *r1 __asm__("r1") = about;
  __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}
static int open_file(const char *name, unsigned length, unsigned mode) {
  const struct { const char *name; unsigned mode, length; } about = {name, mode, length};
  return host(OPEN, &about);
}
static int transfer(int what, int file, const void *data, unsigned length) {
  const struct { int file; const void *data; unsigned length; } about = {file, data, length};
  return host(what, &about);
}
__attribute__((noinline)) static unsigned stack_of_a_run(void) {
  volatile uint8_t painted[PAINTED];
  unsigned i, touched;
  for (i = 0; i < PAINTED; i++) painted[i] = 0xA5;
  __asm__ volatile("" ::: "memory");
  touched = (unsigned)(uintptr_t)painted;
  return touched;
}
static unsigned ticks;
__attribute__((noinline)) static unsigned run_from(unsigned bottom) {
  volatile uint32_t *const timer = (volatile uint32_t *)0xE000E010;
  const volatile uint8_t *at = (const volatile uint8_t *)(uintptr_t)bottom;
  const unsigned top = (unsigned)(uintptr_t)__builtin_frame_address(0);
  timer[1] = 0xFFFFFF;
  timer[2] = 0;
  timer[0] = 5;
  ticks = timer[2];
  ${prefix}_run(arena);
  ticks = (ticks - timer[2]) & 0xFFFFFF;
  while (*at == 0xA5) at++;
  return top - (unsigned)(uintptr_t)at;
}
int main(void) {
  const int samples = open_file("samples", 7, 1), answers = open_file("answers", 7, 5), taken = open_file("taken", 5, 5);
  int first = 1;
  while (transfer(READ, samples, ${prefix}_input(arena), ${macro}_INPUT_SIZE) == 0) {
    if (first) {
      const unsigned touched = run_from(stack_of_a_run());
      const unsigned both[2] = {touched, ticks};
      transfer(WRITE, taken, both, sizeof both);
    } else {
      ${prefix}_run(arena);
    }
    first = 0;
    if (transfer(WRITE, answers, ${prefix}_output(arena), ${macro}_OUTPUT_SIZE) != 0) return 1;
  }
  return 0;
}
void reset(void) {
  uint32_t *from = &data_load, *to = &data_start;
  while (to < &data_end) *to++ = *from++;
  for (to = &bss_start; to < &bss_end; to++) *to = 0;
  host(EXIT, (const void *)(main() == 0 ? SUCCESS : FAILURE));
  for (;;) {}
}
static void fault(void) {
  host(EXIT, (const void *)FAILURE);
  for (;;) {}
}
__attribute__((section(".vectors"), used)) static const void *const vectors[] = {
  &stack_end, (const void *)reset, (const void *)fault, (const void *)fault, (const void *)fault, (const void *)fault,
  (const void *)fault,
};
`;
};

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

function quietly(folder: string, command: string, args: readonly string[], timeout?: number): void {
  const { status, stderr, stdout } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', timeout });
  assert.deepEqual([stderr, stdout, status], ['', '', 0], `${command} ${args.join(' ')}`);
}

/** Links the program for a board. @returns what it takes by the linker's map */
export function link(folder: string, program: CProgram, on: Board, optimise: string): Linked {
  const macro = program.prefix.toUpperCase();
  const files = {
    'network.h': program.text,
    'network.c': `#define ${macro}_IMPLEMENTATION\n#include "network.h"\n`,
    'board.c': board(program),
    'board.ld': script(on),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const compile = [...on.flags, optimise, '-ffunction-sections', '-fdata-sections', '-c'];
  quietly(folder, 'arm-none-eabi-gcc', [...STRICT, ...compile, 'network.c']);
  quietly(folder, 'arm-none-eabi-gcc', ['-std=gnu99', ...compile, 'board.c']);
  quietly(folder, 'arm-none-eabi-gcc', [
    ...[...on.flags, '-nostartfiles', '-Wl,--gc-sections', '-Wl,-Map=network.map', '-Wl,--no-warn-rwx-segments'],
    ...['-T', 'board.ld', '-o', 'network.elf', 'network.o', 'board.o'],
  ]);
  return linkedOf(readFileSync(join(folder, 'network.map'), 'utf8'), program);
}

/** Runs what `link` made. @returns the answers, and of the first run the bytes of stack and the instructions */
export function runOn(
  folder: string,
  { machine, perTick }: Board,
  samples: Int8Array,
): { answers: Int8Array; stack: number; instructions: number } {
  writeFileSync(join(folder, 'samples'), samples);
  quietly(
    folder,
    'qemu-system-arm',
    [
      ...['-M', machine, '-icount', 'shift=0', '-display', 'none', '-serial', 'none', '-monitor', 'none'],
      ...['-semihosting-config', 'enable=on,target=native', '-kernel', 'network.elf'],
    ],
    240_000,
  );
  const taken = readFileSync(join(folder, 'taken'));
  return {
    answers: new Int8Array(readFileSync(join(folder, 'answers'))),
    stack: taken.readUInt32LE(),
    instructions: taken.readUInt32LE(4) * perTick,
  };
}
