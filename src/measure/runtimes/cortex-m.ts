/**
 * Our own C program on Cortex-M processors that QEMU emulates: it counts instructions, which are neither cycles nor
 * time.
 */
import { cProgram } from '../../formats/c/c-program.ts';
import { formatBytes } from '../../text/format.ts';
import { firstCompiler, ROUNDED } from '../c-compiler.ts';
import { BOARDS, type Board } from '../emulated/boards.ts';
import { COMPILER, EMULATOR, link, runOn } from '../emulated/cortex-m-program.ts';
import type { Around, Availability, Device, Reading, Runtime } from '../runtime.ts';
import type { Subject } from '../subject/subject.ts';
import { compared } from '../timed-outputs.ts';

const OPTIMISE = '-O2';
const KIB = 1024;
/** Left to code, constants, data and stack of the board. */
const BESIDE = { flash: 64 * KIB, ram: 8 * KIB };
const USUAL = ['Cortex-M4', 'Cortex-M55'];

type BoardDevice = Device & { readonly board: Board };

const DEVICES: readonly BoardDevice[] = BOARDS.map((board) => ({
  id: board.processor.toLowerCase(),
  title: board.processor,
  usual: USUAL.includes(board.processor),
  board,
}));

async function available(around: Around): Promise<Availability> {
  const versions: string[] = [];
  for (const program of [COMPILER, EMULATOR]) {
    const found = await firstCompiler([program], around);
    if ('reason' in found)
      return {
        reason: `${found.reason}: on Debian, apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm`,
      };
    versions.push(found.version);
  }
  return { version: `gcc ${versions[0]!}, qemu ${versions[1]!}` };
}

async function measure(subject: Subject, { id }: Device, around: Around): Promise<Reading> {
  const { board } = DEVICES.find((device) => device.id === id)!;
  const { network, expected, same } = subject.program();
  const program = cProgram(network, subject.name);
  const { flash, ram } = board;
  const most = { flash: flash * KIB - BESIDE.flash, ram: ram * KIB - BESIDE.ram };
  const stored = program.weightBytes + program.sideBytes;
  if (stored > most.flash || program.arenaBytes > most.ram)
    return {
      reason: `it does not fit the emulated board: ${formatBytes(stored)} of weights and ${formatBytes(program.arenaBytes)} of activations, ${formatBytes(most.flash)} and ${formatBytes(most.ram)} are free`,
    };
  const { weightBytes, sideBytes, constantBytes, codeBytes, arenaBytes } = await link(program, board, OPTIMISE, around);
  const { inputs } = subject.samples();
  const { answers, stack, instructions } = await runOn(board, inputs, around);
  const said = compared(answers, subject, 'exact', expected);
  if (said.reason !== undefined) return said;
  return {
    ...said,
    work: { unit: 'instructions', count: instructions },
    memory: { arenaBytes, stackBytes: stack, flashBytes: weightBytes + sideBytes + constantBytes + codeBytes },
    note: `${OPTIMISE} on ${board.machine}${same ? '' : ROUNDED}`,
  };
}

export const cortexM: Runtime = {
  id: 'cortex-m',
  title: 'UDC C program, emulated',
  mark: 'simulated',
  devices: DEVICES,
  available,
  measure,
};
