/** What a C program offers beside its network: codes of stored values, the class of an answer, real values. */
import { brief, cString } from '../../text/neutral.ts';
import { double } from './c-arrays.ts';
import type { Tensor } from './c-plan.ts';

/** What a program is used for, as far as it is known. */
export interface CUse {
  /** How stored values become what the network takes: (value - mean) / std, the channels in turn. */
  readonly normalisation?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** Is the answer the class of the largest output? */
  readonly classes?: true;
  /** In the order of the outputs. */
  readonly classNames?: readonly string[];
  /** A value = output * std + mean, the outputs in turn. */
  readonly outputScaling?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** After the operation at place i it calls `PREFIX_after(i)`, which whoever compiles it says before. */
  readonly traced?: true;
}

/** A function or a table: `@` stands for the prefix of names. */
export interface CHelper {
  readonly declaration: string;
  readonly definition: string;
}

/** Of a name of a class. Compilers need take no string of more than 4,095 characters. */
const LONGEST_CLASS = 200;

const doubles = (name: string, values: readonly number[]): string =>
  `  static const double ${name}[${values.length}] = {${values.map(double).join(', ')}};`;

/** The code of a stored value: what `channelNormalisation` and `quantiseValue` make of it. */
function quantise({ grid }: Tensor, normalisation: CUse['normalisation']): CHelper {
  const { mean, std } = normalisation ?? { mean: [0], std: [1] };
  const head = 'int8_t @quantise(double value, size_t index)';
  return {
    declaration: `/* The input's code of a ${normalisation ? 'stored' : 'normalised'} value; index: its place in the sample. */\n${head};`,
    definition: `${head} {
${doubles('mean', mean)}
${doubles(
  'factor',
  std.map((value) => 1 / value),
)}
  const double steps = (double)(float)((value - mean[index % ${mean.length}]) * factor[index % ${mean.length}]) / ${double(grid.scale)};
  const double size = steps < 0 ? -steps : steps;
  int32_t code = size < 512 ? (int32_t)size : 512;
  if (size - code >= 0.5 && code < 512) code++;
  code = (steps < 0 ? -code : code) + (${grid.zeroPoint});
  return (int8_t)(code < INT8_MIN ? INT8_MIN : code > INT8_MAX ? INT8_MAX : code);
}`,
  };
}

function top({ elements }: Tensor): CHelper {
  const head = 'size_t @top(const uint8_t *arena)';
  return {
    declaration: `/* The class of the answer: the place of the largest output, of equals the first. */\n${head};`,
    definition: `${head} {
  const int8_t *codes = @output(arena);
  size_t best = 0, i;
  for (i = 1; i < ${elements}; i++)
    if (codes[i] > codes[best]) best = i;
  return best;
}`,
  };
}

function names(classNames: readonly string[]): CHelper {
  const table = `const char *const @classes[${classNames.length}]`;
  const texts = classNames.map((name) => `  ${cString(brief(name, LONGEST_CLASS))}`);
  return {
    declaration: `/* Names of the classes, UTF-8. */\nextern ${table};`,
    definition: `${table} = {\n${texts.join(',\n')}\n};`,
  };
}

function value({ grid }: Tensor, scaling: CUse['outputScaling']): CHelper {
  const head = 'double @value(const uint8_t *arena, size_t index)';
  const real = `(@output(arena)[index] - (${grid.zeroPoint})) * ${double(grid.scale)}`;
  const scaled = scaling
    ? `${doubles('mean', scaling.mean)}\n${doubles('std', scaling.std)}
  return ${real} * std[index % ${scaling.std.length}] + mean[index % ${scaling.mean.length}];`
    : `  return ${real};`;
  return { declaration: `/* The real value of an output. */\n${head};`, definition: `${head} {\n${scaled}\n}` };
}

/** The helpers that a use asks for. */
export function helpersOf(input: Tensor, output: Tensor, use: CUse): CHelper[] {
  const { normalisation, classes, classNames, outputScaling } = use;
  return [
    quantise(input, normalisation),
    ...(classes ? [top(output)] : [value(output, outputScaling)]),
    ...(classes && classNames?.length === output.elements ? [names(classNames)] : []),
  ];
}
