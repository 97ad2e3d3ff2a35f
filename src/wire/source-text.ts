/** Where a network that was not searched itself has its weights from, in words. */
import type { RunSource } from './run.ts';

/** 'shared, of run 20260101-…, tuned for 2 epochs' */
export function sourceText({ id, tune }: Pick<RunSource, 'id' | 'tune'>): string {
  const tuned = tune === 0 ? 'as they are' : `tuned for ${tune} ${tune === 1 ? 'epoch' : 'epochs'}`;
  return `shared, of run ${id}, ${tuned}`;
}
