/**
 * A search in which exits that may be left out stand: what it is given, and what is told of it in terms of the space of
 * the definition.
 */
import { between } from '../../network/narrowed.ts';
import { withExits } from '../../network/open-exits.ts';
import type { SearchContext, SearchHooks } from '../../training/problem.ts';
import type { RunResult, UnnumberedEvent } from '../../wire/run.ts';

/** The context of a search in which all exits stand; the one that was given where none may be left out. */
export function standing<T extends Pick<SearchContext, 'network' | 'whole'>>(context: T): T {
  const network = withExits(context.network);
  return network === context.network ? context : { ...context, network, whole: context.network };
}

type Spaces = Pick<SearchContext, 'network' | 'whole'>;

/** Architectures of the trained space as those of the whole. */
function wayOf({ network, whole }: Spaces): ((assignment: readonly number[]) => readonly number[]) | undefined {
  if (!whole) return undefined;
  const way = between(whole, network);
  return (assignment) => way.whole(assignment);
}

/** Hooks that hear of the whole space what happens in the trained one. */
export function hooksOfWhole(spaces: Spaces, hooks: SearchHooks): SearchHooks {
  const way = wayOf(spaces);
  return way ? { ...hooks, emit: (event) => hooks.emit(eventOfWhole(spaces, way, event)) } : hooks;
}

function eventOfWhole(
  { network, whole }: Spaces,
  way: (assignment: readonly number[]) => readonly number[],
  event: UnnumberedEvent,
): UnnumberedEvent {
  switch (event.type) {
    case 'epoch': {
      const { assignment, probabilities } = event;
      return { ...event, assignment: way(assignment), probabilities: inWhole(network, whole!, probabilities) };
    }
    case 'candidate':
    case 'decoded':
      return { ...event, assignment: way(event.assignment) };
    default:
      return event;
  }
}

/** Probabilities of the options that are left, among all; the others have none. */
function inWhole(
  trained: SearchContext['network'],
  whole: SearchContext['network'],
  probabilities: readonly (readonly number[])[],
): (readonly number[])[] {
  const rows = new Map(trained.decisions.map(({ id, labels }, d) => [id, { labels, row: probabilities[d]! }]));
  return whole.decisions.map(({ id, labels }) => {
    const { labels: left, row } = rows.get(id)!;
    return labels.map((label) => row[left.indexOf(label)] ?? 0);
  });
}

/** A result whose offers are architectures of the whole space. */
export function resultOfWhole(spaces: Spaces, result: RunResult): RunResult {
  const way = wayOf(spaces);
  const { offers } = result;
  if (!way || !offers) return result;
  const list = offers.list.map((offer) => ({ ...offer, assignment: way(offer.assignment) }));
  return { ...result, offers: { ...offers, list } };
}
