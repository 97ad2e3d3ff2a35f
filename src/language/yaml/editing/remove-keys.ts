/** Edits that take keys out of a mapping and leave its comments where they are. */
import type { Entry, MapNode } from '../../tree.ts';
import type { TextEdit } from '../../edit-plan.ts';

const endOf = ({ keyRange, value }: Entry): number => Math.max(keyRange.end, value.range.end);

const removal = (start: number, end: number): TextEdit => ({ range: { start, end }, text: '' });

/** Neighbouring entries that all go, without a comment between them. */
interface Run {
  readonly first: Entry;
  readonly last: Entry;
  /** Their neighbours. */
  readonly before: Entry | undefined;
  readonly behind: Entry | undefined;
}

function runsOf(text: string, entries: readonly Entry[], goes: (entry: Entry) => boolean): readonly Run[] {
  const joined = (i: number): boolean => {
    const [one, next] = [entries[i], entries[i + 1]];
    return !!one && !!next && goes(one) && goes(next) && !commented(text, one, next);
  };
  return entries.flatMap((first, i) => {
    if (!goes(first) || joined(i - 1)) return [];
    let end = i;
    while (joined(end)) end += 1;
    return [{ first, last: entries[end]!, before: entries[i - 1], behind: entries[end + 1] }];
  });
}

const commented = (text: string, one: Entry, next: Entry): boolean =>
  text.slice(endOf(one), next.keyRange.start).includes('#');

/** With the comma on one side, unless a comment stands in between. */
function flowRemoval(text: string, { first, last, before, behind }: Run): TextEdit {
  const start = first.keyRange.start;
  const end = endOf(last);
  if (before && !commented(text, before, first)) return removal(endOf(before), end);
  if (behind && !commented(text, last, behind)) return removal(start, behind.keyRange.start);
  return removal(start, end + /^(?:\s*,)?/.exec(text.slice(end))![0].length);
}

/** With its lines, unless a dash or a comment stands on them. */
function blockRemoval(text: string, { first, last, behind }: Run): TextEdit {
  const { start } = first.keyRange;
  const end = endOf(last) + /^[ \t]*/.exec(text.slice(endOf(last)))![0].length;
  const line = text.lastIndexOf('\n', start - 1) + 1;
  if (text.slice(line, start).trim() !== '')
    return removal(start, behind && !commented(text, last, behind) ? behind.keyRange.start : endOf(last));
  const alone = line > 0 && /^(?:\r?\n|$)/.test(text.slice(end));
  return removal(alone ? line - (text[line - 2] === '\r' ? 2 : 1) : start, end);
}

/** The edits that remove keys of a mapping, others of which stay. */
export function keyRemovals(text: string, map: MapNode, keys: ReadonlySet<string>): readonly TextEdit[] {
  const runs = runsOf(text, map.entries, ({ key }) => keys.has(key));
  return runs.map((run) => (map.flow ? flowRemoval(text, run) : blockRemoval(text, run)));
}
