/** The program of a network as files of a folder: header, source, and a program that tests them on a board. */
import { IntegerEvaluator } from '../../integer/evaluate-integer.ts';
import type { IntegerNetwork } from '../../integer/integer-network.ts';
import type { CUse } from './c-helpers.ts';
import { cParts, type Names } from './c-program.ts';

/** Inputs of the test: codes of a generator that C and this file compute alike. */
const INPUTS = 3;
const GENERATOR = { factor: 1664525, step: 1013904223 };
const FNV = { start: 0x811c9dc5, factor: 0x01000193 };

/** Hashes (FNV-1a, 32 bits) of the outputs to the generator's inputs, one after another. */
function expectedHashes(network: IntegerNetwork): readonly number[] {
  const { height, width, channels } = network.architecture.input;
  const evaluator = new IntegerEvaluator(network);
  let state = 1;
  return Array.from({ length: INPUTS }, () => {
    const input = Int8Array.from({ length: height * width * channels }, () => {
      state = (Math.imul(state, GENERATOR.factor) + GENERATOR.step) >>> 0;
      return (state >>> 24) - 128;
    });
    let hash = FNV.start;
    for (const code of evaluator.evaluateCodes(input)) hash = Math.imul(hash ^ (code & 0xff), FNV.factor);
    return hash >>> 0;
  });
}

const testText = (
  { prefix, macro }: Names,
  hashes: readonly number[],
): string => `/* Runs the network on made-up inputs, and compares its outputs with those that UDC computed. Exit code 0: all are equal.
   A product does without this file. */
#include <stdio.h>

#include "${prefix}.h"

static uint8_t arena[${macro}_ARENA_BYTES];

/* Of the outputs to each input: FNV-1a of 32 bits. */
static const uint32_t expected[${hashes.length}] = {${hashes.map((hash) => `${hash}u`).join(', ')}};

int main(void) {
  uint32_t state = 1;
  int wrong = 0;
  size_t n, i;
  for (n = 0; n < ${hashes.length}; n++) {
    int8_t *input = ${prefix}_input(arena);
    const int8_t *output;
    uint32_t hash = ${FNV.start}u;
    for (i = 0; i < ${macro}_INPUT_SIZE; i++) {
      state = state * ${GENERATOR.factor}u + ${GENERATOR.step}u;
      input[i] = (int8_t)((int)(state >> 24) - 128);
    }
    ${prefix}_run(arena);
    output = ${prefix}_output(arena);
    for (i = 0; i < ${macro}_OUTPUT_SIZE; i++) hash = (hash ^ (uint8_t)output[i]) * ${FNV.factor}u;
    if (hash != expected[n]) {
      printf("input %d: outputs are not those that UDC computed\\n", (int)n);
      wrong = 1;
    }
  }
  if (!wrong) puts("all outputs are those that UDC computed");
  return wrong;
}
`;

/**
 * Files by their names: `udc_NAME.h`, `udc_NAME.c` and `udc_NAME_test.c`.
 * @throws RangeError naming an operation that cannot be written
 */
export function cFiles(network: IntegerNetwork, title: string, use: CUse = {}): Readonly<Record<string, string>> {
  const { names, header, body } = cParts(network, title, use);
  const { prefix } = names;
  const how = `The network in integer arithmetic, as C99 without heap and libraries: build ${prefix}.c with your program.
   ${prefix}_test.c is a program of its own, which tests it.`;
  return {
    [`${prefix}.h`]: header(how),
    [`${prefix}.c`]: `#include "${prefix}.h"\n\n${body}\n`,
    [`${prefix}_test.c`]: testText(names, expectedHashes(network)),
  };
}
