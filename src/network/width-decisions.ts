/** Which decisions the channels of a primitive follow from. */
import type { Primitive, Width } from './types.ts';

function* of(width: Width): Generator<number> {
  switch (width.kind) {
    case 'param':
      if (width.param.decision >= 0) yield width.param.decision;
      break;
    case 'times':
      yield* of(width.of);
      if (width.by.decision >= 0) yield width.by.decision;
      break;
    case 'divided':
      yield* of(width.of);
      break;
    case 'skippable':
      yield width.op;
      yield* of(width.skipped);
      yield* of(width.kept);
      break;
  }
}

/** Indices of the decisions, each once: of what it puts out first. */
export const widthDecisions = ({ inWidth, outWidth }: Primitive): number[] => [
  ...new Set([...of(outWidth), ...of(inWidth)]),
];
