/** What a choice of inputs asks of a network: it is possible at each size, and its weights are the same at all. */
import type { Flow } from './flow.ts';
import { sameSize, sizeText } from './map-shapes.ts';
import type { Problem, Problems } from './model-error.ts';
import type { Choice, Definition, Size2D } from './types.ts';

interface Found {
  readonly list: readonly Problem[];
  /** The input that it was found at, as written. */
  readonly input: string;
}

const keyOf = ({ code, path }: Problem): string => `${code} ${path.join('/')}`;

/** Reports what is wrong at any of the inputs; where it is not at all of them, with the input at which it is. */
export function mergeProblems(found: readonly Found[], problems: Problems): void {
  const everywhere = (problem: Problem): boolean =>
    found.every(({ list }) => list.some((other) => keyOf(other) === keyOf(problem)));
  for (const { list, input } of found)
    for (const problem of list) {
      const { severity, code, path, message, ...details } = problem;
      problems[severity](code, path, everywhere(problem) ? message : `With \`input: ${input}\`: ${message}`, details);
    }
}

/** Reports layers whose weights, or whose output, would be others for each input. */
export function checkSizes(
  { layers }: Definition,
  flows: readonly Flow[],
  { texts }: Choice<Size2D>,
  problems: Problems,
  part: boolean,
): void {
  const differing = (sizes: readonly Size2D[]): string | undefined => {
    const other = sizes.findIndex((size) => !sameSize(size, sizes[0]!));
    return other < 0
      ? undefined
      : `${sizeText(sizes[0]!)} with \`input: ${texts[0]!}\` and ${sizeText(sizes[other]!)} with \`${texts[other]!}\``;
  };
  for (const { index, name, op } of layers) {
    const sizes = op.options.includes('flatten') && differing(flows.map((flow) => flow.layers[index]!.inSize));
    if (sizes)
      problems.error(
        'flatten-of-choice',
        ['layers', index, 'op'],
        `\`flatten\` makes a channel of each pixel, and \`${name}\` reads ${sizes}: layers after it would have other weights for each input; take \`global-average-pool\` instead, or write one input`,
      );
  }
  if (part) return;
  const ends = differing(flows.map((flow) => flow.layers.at(-1)!.outSize));
  if (ends)
    problems.error(
      'output-of-choice',
      ['input'],
      `The network puts out ${ends}: its output has to have one size, whatever is chosen; end in \`global-average-pool\` and \`dense\`, or write one input`,
    );
}
