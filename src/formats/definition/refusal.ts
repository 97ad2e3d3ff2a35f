/** Why no definition can be written around a network that was read, or none that its target could run. */
import type { ImportedModel } from '../reading/imported-model.ts';

/** Most reasons that are listed. */
const MOST_REASONS = 8;

/** @throws Error listing what of the file a definition cannot have, and what to do */
export function checkDefinable({ obstacles }: ImportedModel): void {
  const [only, ...more] = obstacles;
  if (only === undefined) return;
  const rest = obstacles.length - MOST_REASONS;
  const listed =
    more.length === 0
      ? ` ${only}`
      : `\n${obstacles
          .slice(0, MOST_REASONS)
          .map((one) => `  ${one}`)
          .join('\n')}${rest > 0 ? `\n  and ${rest} more` : ''}`;
  throw new Error(
    `no definition can be written around this network:${listed}\nWrite it by hand; the table has the sizes of the layers that could be sized`,
  );
}

/** Why an import to a target is no use, in lines; `able`: the names of the targets that run the network. */
export function refusalLines(
  target: string,
  problems: readonly string[],
  able: readonly string[],
): { readonly reasons: readonly string[]; readonly remedy: string } {
  const rest = problems.length - MOST_REASONS;
  const reasons = [...problems.slice(0, MOST_REASONS), ...(rest > 0 ? [`and ${rest} more`] : [])];
  return {
    reasons,
    remedy:
      able.length === 0
        ? `No target runs this network as it is; ${target} needs other operators`
        : `Targets that run it: ${able.join(', ')}`,
  };
}
