/** Microcontrollers that QEMU emulates, and the C around a network's program on them. */
import type { CProgram } from '../../formats/c/c-program.ts';

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

const SOFT = ['-mthumb', '-mfloat-abi=soft'];
const KIB_OF_MPS2 = { flash: 4096, ram: 4096 };
/** Clocks of 25 MHz and 32 MHz, in nanoseconds. */
const [MPS2_TICK, MPS3_TICK] = [1000 / 25, 1000 / 32];

/** Floating point is computed in software: neither program nor board needs a unit for it. */
export const BOARDS: readonly Board[] = [
  {
    ...{ machine: 'mps2-an385', processor: 'Cortex-M3', perTick: MPS2_TICK },
    ...{ flags: ['-mcpu=cortex-m3', ...SOFT], ...KIB_OF_MPS2 },
  },
  {
    ...{ machine: 'mps2-an386', processor: 'Cortex-M4', perTick: MPS2_TICK },
    ...{ flags: ['-mcpu=cortex-m4', ...SOFT], ...KIB_OF_MPS2 },
  },
  {
    ...{ machine: 'mps2-an500', processor: 'Cortex-M7', perTick: MPS2_TICK },
    ...{ flags: ['-mcpu=cortex-m7', ...SOFT], ...KIB_OF_MPS2 },
  },
  {
    ...{ machine: 'mps3-an547', processor: 'Cortex-M55', perTick: MPS3_TICK },
    ...{ flags: ['-mcpu=cortex-m55+nomve+nofp', ...SOFT], flash: 512, ram: 512 },
  },
];

const KIB = 1024;

export const linkerScript = ({ flash, ram }: Board): string => `MEMORY {
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
 * ticks of the system timer. That counts down 24 bits, and an interrupt counts how often it began anew: a longer run
 * touches the 32 bytes of its frame as well.
 */
export const boardProgram = ({ prefix }: CProgram): string => {
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
static uint64_t ticks;
static volatile unsigned wraps;
static void wrapped(void) { wraps++; }
__attribute__((noinline)) static unsigned run_from(unsigned bottom) {
  volatile uint32_t *const timer = (volatile uint32_t *)0xE000E010;
  const volatile uint8_t *at = (const volatile uint8_t *)(uintptr_t)bottom;
  const unsigned top = (unsigned)(uintptr_t)__builtin_frame_address(0);
  unsigned start, end, before;
  timer[1] = 0xFFFFFF;
  timer[2] = 0;
  timer[0] = 7;
  do start = timer[2]; while (start == 0);
  ${prefix}_run(arena);
  do {
    before = wraps;
    end = timer[2];
  } while (before != wraps || end < timer[2]);
  timer[0] = 0;
  ticks = ((uint64_t)before << 24) + start - end;
  while (*at == 0xA5) at++;
  return top - (unsigned)(uintptr_t)at;
}
int main(void) {
  const int samples = open_file("samples", 7, 1), answers = open_file("answers", 7, 5), taken = open_file("taken", 5, 5);
  int first = 1;
  while (transfer(READ, samples, ${prefix}_input(arena), ${macro}_INPUT_SIZE) == 0) {
    if (first) {
      const unsigned touched = run_from(stack_of_a_run());
      const unsigned both[3] = {touched, (unsigned)ticks, (unsigned)(ticks >> 32)};
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
  (const void *)fault, 0, 0, 0, 0, 0, 0, 0, 0, (const void *)wrapped,
};
`;
};
