/** The hover of `ensemble:`: what the members take together, and what the last search came to. */
import { ensembleSentences } from '../../../wire/ensemble-sentences.ts';
import { ensembleReach, ensembleReachText } from '../../../costs/check/ensemble-reach.ts';
import { oneLine, markdownText as plain } from '../../../text/neutral.ts';
import type { RunResult } from '../../../wire/run.ts';
import type { NetworkSizes } from '../sizes/analysis.ts';

/** A finished run, by the name that people know it by. */
export interface LastRun {
  readonly name: string;
  readonly result: RunResult;
}

/** @param last the newest finished run of the definition that had an ensemble */
export function ensembleText(sizes: NetworkSizes, last: LastRun | undefined): string {
  const spec = sizes.definition.ensemble;
  if (!spec) return '';
  const cycles = sizes.worksOut ? undefined : sizes.work('cycles');
  const reach = ensembleReach(spec, sizes, cycles);
  return [
    plain(ensembleReachText(reach, sizes.budgetBytes)),
    ...(last ? [`The last search (${plain(oneLine(last.name))}):`] : []),
    ensembleSentences(last?.result)
      .map((text) => `- ${plain(text)}`)
      .join('\n'),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}
