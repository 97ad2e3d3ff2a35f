/** The members of an ensemble as C programs, and the function that runs one of them on a stored sample. */
import type { IntegerNetwork } from '../../integer/integer-network.ts';
import { cComment } from '../../text/neutral.ts';
import type { CUse } from '../c/c-helpers.ts';
import { cProgram, type CProgram } from '../c/c-program.ts';

export interface MemberPrograms {
  /** Of each member: `member-1.h` and so on. */
  readonly programs: readonly CProgram[];
  /** `members.c`. */
  readonly source: string;
}

const includeOf = ({ prefix }: CProgram, file: string): string =>
  `#define ${prefix.toUpperCase()}_IMPLEMENTATION\n#include "${file}"`;

/** Writes the sample into the input of a program. */
const inputText = ({ prefix }: CProgram): string => `      input = ${prefix}_input(arena);
      for (i = 0; i < ${prefix.toUpperCase()}_INPUT_SIZE; i++) input[i] = ${prefix}_quantise(values[i], i);`;

const source = (
  includes: readonly string[],
  arenaBytes: number,
  what: string,
  cases: readonly string[],
): string => `/* ${cComment('Runs a member of the ensemble by its C program, without an NPU.')} */
#include "ensemble.h"

${includes.join('\n')}

/* ${what} */
static uint8_t arena[${arenaBytes}];

int udc_ensemble_member(void *context, int member, int8_t *logits) {
  const double *values = (const double *)context;
  int8_t *input;
  size_t i;
  switch (member) {
${cases.join('\n')}
    default:
      return -1;
  }
}
`;

/**
 * @param titles of each member's file
 * @throws RangeError naming an operation that cannot be written
 */
export function memberPrograms(
  networks: readonly IntegerNetwork[],
  titles: readonly string[],
  use: Pick<CUse, 'normalisation'>,
): MemberPrograms {
  const programs = networks.map((network, k) => {
    const { architecture } = network;
    // Two members may be of one definition: their names in C must differ.
    const named = { ...network, architecture: { ...architecture, name: `member ${k + 1} ${architecture.name}` } };
    return cProgram(named, titles[k]!, { ...use, classes: true });
  });
  const arena = Math.max(...programs.map(({ arenaBytes }) => arenaBytes));
  const includes = programs.map((program, k) => includeOf(program, `member-${k + 1}.h`));
  const cases = programs.map(
    (program, k) => `    case ${k}:
${inputText(program)}
      ${program.prefix}_run(arena);
      for (i = 0; i < ${program.prefix.toUpperCase()}_OUTPUT_SIZE; i++) logits[i] = ${program.prefix}_output(arena)[i];
      return 0;`,
  );
  return { programs, source: source(includes, arena, 'Members run one after another: they share it.', cases) };
}

/**
 * A network with early exits as one program, of which each member runs a part: what the parts before it left is in the
 * arena.
 * @throws RangeError naming an operation that cannot be written
 */
export function exitProgram(
  network: IntegerNetwork,
  title: string,
  use: Pick<CUse, 'normalisation'>,
): { readonly program: CProgram; readonly source: string } {
  const program = cProgram(network, title, { ...use, classes: true });
  const { prefix, parts, arenaBytes } = program;
  const cases = Array.from({ length: parts }, (_, k) =>
    [
      `    case ${k}:`,
      ...(k === 0 ? [inputText(program)] : []),
      `      ${prefix}_run_part(arena, ${k});`,
      `      for (i = 0; i < UDC_ENSEMBLE_CLASSES; i++) logits[i] = ${prefix}_answer(arena, ${k})[i];`,
      '      return 0;',
    ].join('\n'),
  );
  const what = 'A member goes on where the one before it has stopped: it keeps what that left here.';
  return { program, source: source([includeOf(program, 'network.h')], arenaBytes, what, cases) };
}
