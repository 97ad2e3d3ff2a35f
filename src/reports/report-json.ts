/** A run as one JSON document. */
import { definitionName, reproduction } from './facts.ts';
import type { ExportInput } from './export-input.ts';

/**
 * Everything a script may want: result, definition, how to repeat it, all events. Two-space indentation, trailing
 * newline.
 */
export function runJson(run: ExportInput): string {
  const {
    header: { id, created, version, definitionText, strategy, limits, seed, baselines },
    result,
    events,
  } = run;
  const document = {
    format: 'udc-run-2',
    run: {
      id,
      created,
      version,
      definition: definitionName(run),
      strategy,
      limits,
      seed,
      baselines,
      command: reproduction(run),
    },
    result,
    definitionText,
    events,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
