/** A network as a C99 program: its weights, the kernels that it uses, and nothing else; in one file or in parts. */
import type { IntegerNetwork } from '../../integer/integer-network.ts';
import { outputsOf, partsOf } from '../../network/network-outputs.ts';
import { filterShape } from '../../network/operation-counts.ts';
import type { Operation } from '../../network/types.ts';
import { brief, cComment, identifier } from '../../text/neutral.ts';
import { double } from './c-arrays.ts';
import { helpersOf, type CHelper, type CUse } from './c-helpers.ts';
import { inOrder } from './c-kernels.ts';
import { planProgram, type CPlan, type Tensor } from './c-plan.ts';
import { stepOf, type ConstantType, type Step } from './c-steps.ts';

/** What a program takes on a chip, as far as its text says. */
interface CSize {
  /** Packed weights. */
  readonly weightBytes: number;
  /** Biases and rescalings. */
  readonly sideBytes: number;
  /** Activations: the block of memory that the caller gives. */
  readonly arenaBytes: number;
}

export interface CProgram extends CSize {
  readonly text: string;
  /** What the names of the program begin with: in lower case, in upper case for macros. */
  readonly prefix: string;
  /** Parts that answer one after another: one, or one an early exit and the network's end. */
  readonly parts: number;
}

/** Names are of letters, digits and _, and begin so that none is a word of the language or of a library. */
const PREFIX = 'udc_';
/** Longer ones are cut: C promises no more than 63 characters that count. */
const LONGEST_NAME = 40;

export const cPrefix = (name: string): string => `${PREFIX}${identifier(name).toLowerCase().slice(0, LONGEST_NAME)}`;

/** Sizes above this do not fit into the 16 bits that the constants of small networks have. */
const NARROW = 2 ** 16 - 1;

const TYPES: Readonly<Record<ConstantType, string>> = {
  window: `/* A window that moves over a map: sizes, steps, rows and columns of zeros before the map, the codes of 0, and the
   least and the largest output code. */
typedef struct {
  @size in_height, in_width, in_channels, out_height, out_width, out_channels;
  @size kernel_height, kernel_width, stride_height, stride_width, dilation_height, dilation_width, top, left;
  int8_t zero_in, zero_out, least, most;
} @window;`,
  weights: `/* Weights packed at their bits, row-major OHWI, the first in the lowest bits; scales of the output channels. */
typedef struct {
  const uint8_t *codes;
  const uint32_t *scales;
  const int8_t *shifts;
} @weights;`,
  addition: `typedef struct {
  int32_t count, multiplier_a, multiplier_b, multiplier;
  int8_t shift_a, shift_b, shift, zero_a, zero_b, zero_out, least, most;
} @addition;`,
  dot: `/* Sum of products of n neighbouring codes and weights. */
typedef uint32_t (*@dot)(const uint8_t *, int32_t, const uint8_t *, int32_t, int32_t, int32_t);`,
};

const TYPE_NAMES = Object.keys(TYPES) as readonly ConstantType[];

function describe(operation: Operation): string {
  const { id, kind, bits, inChannels, outChannels, outSize, kernel } = operation;
  const weights = filterShape(operation) ? ` of ${kernel.height}x${kernel.width} at ${bits} bits` : '';
  const shape = `${inChannels} to ${outChannels} channels, output ${outSize.height}x${outSize.width}`;
  return `${cComment(brief(id))}: ${kind}${weights}, ${shape}`;
}

/** A program's names: `udc_kws` and, for macros, `UDC_KWS`. */
export interface Names {
  readonly prefix: string;
  readonly macro: string;
}

const named = (text: string, { prefix }: Names): string => text.replaceAll('@', `${prefix}_`);

/** How a network with early exits is run as far as is needed. */
const partsInterface = (parts: number): string =>
  parts === 1
    ? ''
    : `
/* The network from early exit to early exit: run part 0, then 1 and so on, of a sample as many as are needed. Each
   leaves the codes of its own answer, one a class; those of the last part are the output. */
void @run_part(uint8_t *arena, int part);
const int8_t *@answer(const uint8_t *arena, int part);
`;

/** @param calls of each part @param answers where each leaves its answer */
function partsImplementation(calls: readonly (readonly string[])[], answers: readonly Tensor[]): string[] {
  if (calls.length === 1) return [];
  const cases = calls.map((lines, k) =>
    [`    case ${k}:`, ...lines.map((line) => `      ${line}`), '      break;'].join('\n'),
  );
  return [
    `void @run_part(uint8_t *arena, int part) {\n  switch (part) {\n${cases.join('\n')}\n  }\n}`,
    `const int8_t *@answer(const uint8_t *arena, int part) {
  static const size_t places[${answers.length}] = {${answers.map(({ offset }) => offset).join(', ')}};
  return (const int8_t *)(arena + places[part]);
}`,
  ];
}

/** The part that every source file sees: how the network is called. */
function interfaceText(
  network: IntegerNetwork,
  plan: CPlan,
  names: Names,
  title: string,
  { parts, ...size }: CSize & Pick<CProgram, 'parts'>,
  helpers: readonly CHelper[],
  how: string,
): string {
  const { prefix, macro } = names;
  const { height, width, channels } = network.architecture.input;
  const output = plan.outputs.at(-1) ?? plan.input;
  const together = size.arenaBytes > plan.peakBytes ? ` (${plan.peakBytes} B are alive together at the most)` : '';
  const defines: readonly (readonly [string, string | number])[] = [
    ['ARENA_BYTES', plan.arenaBytes],
    ['INPUT_SIZE', plan.input.elements],
    ['INPUT_SCALE', double(plan.input.grid.scale)],
    ['INPUT_ZERO_POINT', `(${plan.input.grid.zeroPoint})`],
    ['OUTPUT_SIZE', output.elements],
    ['OUTPUT_SCALE', double(output.grid.scale)],
    ['OUTPUT_ZERO_POINT', `(${output.grid.zeroPoint})`],
    ...(parts > 1 ? [['PARTS', parts] as const] : []),
  ];
  return `/* ${title.split('\n').map(cComment).join('\n   ')}

   ${how}

     static uint8_t arena[${macro}_ARENA_BYTES];
     int8_t *input = ${prefix}_input(arena);
     for (size_t i = 0; i < ${macro}_INPUT_SIZE; i++) input[i] = ${prefix}_quantise(sample[i], i);
     ${prefix}_run(arena);

   Samples are ${height}x${width}x${channels} values: row, column, channel. ${prefix}_run writes over its input.
   Real value of a code: scale * (code - zero point).
   Flash: ${size.weightBytes} B of weights, ${size.sideBytes} B of biases and rescalings, beside code and constants of layers.
   RAM: ${size.arenaBytes} B of activations${together}, beside the stack. */
#ifndef ${macro}_H
#define ${macro}_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

${defines.map(([name, value]) => `#define ${macro}_${name} ${value}`).join('\n')}

/* Where the arena holds the codes of the input, and, after a run, those of the output. */
int8_t *${prefix}_input(uint8_t *arena);
const int8_t *${prefix}_output(const uint8_t *arena);
void ${prefix}_run(uint8_t *arena);
${named(partsInterface(parts), names)}
${helpers.map(({ declaration }) => named(declaration, names)).join('\n\n')}

#ifdef __cplusplus
}
#endif

#endif
`;
}

/** The part that one source file compiles. */
function bodyText(
  steps: readonly Step[],
  operations: readonly Operation[],
  plan: CPlan,
  names: Names,
  helpers: readonly CHelper[],
  traced: boolean,
): string {
  const types = TYPE_NAMES.filter((type) => steps.some((step) => step.types.includes(type)));
  const wide = steps.some(({ largest }) => largest > NARROW);
  const output = plan.outputs.at(-1) ?? plan.input;
  const ends = outputsOf(operations);
  const parts = partsOf(operations).map(({ first, last }) =>
    steps
      .slice(first, last + 1)
      .flatMap(({ call }, i) => (call ? [call, ...(traced ? [`@after(${first + i});`] : [])] : [])),
  );
  const calls = parts.length > 1 ? parts.map((_, k) => `@run_part(arena, ${k});`) : parts.flat();
  const code = [
    ...(types.includes('window') ? [`typedef ${wide ? 'int32_t' : 'uint16_t'} @size;`] : []),
    ...types.map((type) => TYPES[type]),
    ...inOrder(steps.flatMap((step) => step.kernels)).map(({ text }) => text),
  ];
  const constants = steps.flatMap((step, i) =>
    step.constants.length > 0 ? [`/* ${describe(operations[i]!)} */\n${named(step.constants.join('\n'), names)}`] : [],
  );
  const functions = [
    `int8_t *@input(uint8_t *arena) {\n  return (int8_t *)(arena + ${plan.input.offset});\n}`,
    `const int8_t *@output(const uint8_t *arena) {\n  return (const int8_t *)(arena + ${output.offset});\n}`,
    ...partsImplementation(
      parts,
      ends.map((end) => plan.outputs[end]!),
    ),
    `void @run(uint8_t *arena) {\n${(calls.length > 0 ? calls : ['(void)arena;']).map((line) => `  ${line}`).join('\n')}\n}`,
    ...helpers.map(({ definition }) => definition),
  ];
  const text = (parts: readonly string[]): string[] => parts.map((part) => named(part, names));
  return [...text(code), ...constants, ...text(functions)].join('\n\n');
}

/** What files are made of. */
export interface CParts extends CSize, Pick<CProgram, 'parts'> {
  readonly names: Names;
  /** What a header says. @param how a sentence on how it is used */
  readonly header: (how: string) => string;
  /** What is compiled once, behind the header. */
  readonly body: string;
}

/**
 * The program of a network, in one file. Its output is, code by code, that of `evaluateInteger`.
 * @param title what the file says of itself first
 * @param use what the program offers beside the network itself
 * @throws RangeError naming an operation that cannot be written
 */
export function cProgram(network: IntegerNetwork, title: string, use: CUse = {}): CProgram {
  const { names, header, body, ...size } = cParts(network, title, use);
  const { prefix, macro } = names;
  const how = `The network in integer arithmetic, as C99 in one file, without heap and libraries. One source file of a program
   defines ${macro}_IMPLEMENTATION before it includes this; others include it as it is.`;
  const text = `${header(how)}
#if defined(${macro}_IMPLEMENTATION) && !defined(${macro}_IMPLEMENTED)
#define ${macro}_IMPLEMENTED

${body}

#endif
`;
  return { ...size, prefix, text };
}

/** The same in parts. @throws RangeError naming an operation that cannot be written */
export function cParts(network: IntegerNetwork, title: string, use: CUse): CParts {
  const { architecture, operations } = network;
  const prefix = cPrefix(architecture.name);
  const plan = planProgram(network);
  const output = plan.outputs.at(-1) ?? plan.input;
  for (const [what, { bits }] of [['input', plan.input] as const, ['output', output] as const])
    if (bits !== 8) throw new RangeError(`the ${what} of a program has codes of 8 bits, not ${bits}`);
  const steps = operations.map((one, index) =>
    stepOf({
      one,
      index,
      inputs: one.operation.inputs.map((i) => (i < 0 ? plan.input : plan.outputs[i]!)),
      output: plan.outputs[index]!,
    }),
  );
  const sum = (of: (step: Step) => number): number => steps.reduce((total, step) => total + of(step), 0);
  const size = {
    weightBytes: sum((step) => step.weightBytes),
    sideBytes: sum((step) => step.sideBytes),
    arenaBytes: plan.arenaBytes,
  };
  const helpers = helpersOf(plan.input, output, use);
  const names = { prefix, macro: prefix.toUpperCase() };
  const parts = Math.max(1, outputsOf(architecture.operations).length);
  return {
    ...size,
    parts,
    names,
    header: (how) => interfaceText(network, plan, names, title, { ...size, parts }, helpers, how),
    body: bodyText(steps, architecture.operations, plan, names, helpers, use.traced ?? false),
  };
}
