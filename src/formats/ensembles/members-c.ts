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
  const includes = programs.map(
    ({ prefix }, k) => `#define ${prefix.toUpperCase()}_IMPLEMENTATION\n#include "member-${k + 1}.h"`,
  );
  const cases = programs.map(({ prefix }, k) => {
    const macro = prefix.toUpperCase();
    return `    case ${k}:
      input = ${prefix}_input(arena);
      for (i = 0; i < ${macro}_INPUT_SIZE; i++) input[i] = ${prefix}_quantise(values[i], i);
      ${prefix}_run(arena);
      for (i = 0; i < ${macro}_OUTPUT_SIZE; i++) logits[i] = ${prefix}_output(arena)[i];
      return 0;`;
  });
  const source = `/* ${cComment('Runs a member of the ensemble by its C program, without an NPU.')} */
#include "ensemble.h"

${includes.join('\n')}

/* Members run one after another: they share it. */
static uint8_t arena[${arena}];

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
  return { programs, source };
}
