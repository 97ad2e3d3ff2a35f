/** What a teacher says of every sample, in memory that threads share: it is as large as the data may be. */
import type { Lessons } from '../../data/mixing/soft-targets.ts';

/** The same, so that a clone of it takes no memory; nobody writes to it. */
export function sharedLessons({ share, rows }: Lessons): Lessons {
  const shared = new Float32Array(new SharedArrayBuffer(rows.byteLength));
  shared.set(rows);
  return { share, rows: shared };
}
