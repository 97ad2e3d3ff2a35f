/** Why no definition can be written around a network that was read. */
import type { ImportedModel } from '../reading/model.ts';

/** Most reasons that are listed. */
const MOST_REASONS = 8;

/** @throws Error listing what of the file a definition cannot have, and what to do */
export function checkDefinable({ obstacles }: ImportedModel): void {
  const [only, ...more] = obstacles;
  if (only === undefined) return;
  const rest = obstacles.length - MOST_REASONS;
  const listed = more.length === 0 ? ` ${only}` : `\n${obstacles.slice(0, MOST_REASONS).map((one) => `  ${one}`).join('\n')}${rest > 0 ? `\n  and ${rest} more` : ''}`;
  throw new Error(`no definition can be written around this network:${listed}\nWrite it by hand; the table has the sizes of the layers that could be sized`);
}
