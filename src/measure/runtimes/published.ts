/** Boards that somebody else measured: known of MLPerf Tiny's networks alone, with their source. */
import { MLPERF_SOURCE, MLPERF_TINY, PUBLISHED_BOARDS } from '../published-boards.ts';
import type { Device, Reading, Runtime } from '../runtime.ts';
import type { Subject } from '../subject/subject.ts';

const networkOf = ({ hash }: Subject): string | undefined =>
  Object.keys(MLPERF_TINY).find((name) => MLPERF_TINY[name] === hash);

async function measure(subject: Subject, { id }: Device): Promise<Reading> {
  const { results, submitter, software, system, note } = PUBLISHED_BOARDS.find((board) => board.id === id)!;
  const network = networkOf(subject);
  if (network === undefined) return { reason: `published are only the networks of ${MLPERF_SOURCE}, and this is none` };
  const found = results[network];
  if (!found) return { reason: `${submitter} published nothing of this network` };
  const { perSecond, microjoules } = found;
  return {
    published: true,
    seconds: { median: 1 / perSecond },
    ...(microjoules !== undefined && { joules: 1e-6 * microjoules }),
    note: `published by ${submitter} with ${software} (${system})${note === undefined ? '' : `, ${note}`}`,
  };
}

export const published: Runtime = {
  id: 'published',
  title: 'Published',
  mark: 'measured',
  devices: PUBLISHED_BOARDS.map(({ id, title }) => ({ id, title, usual: true })),
  concerns: (subject) => networkOf(subject) !== undefined,
  available: () => Promise.resolve({ version: MLPERF_SOURCE }),
  measure,
};
