/** Sentences about a file as a whole. */
import type { Graph } from './tflite-graph.ts';

const FLOATS: ReadonlySet<string> = new Set(['FLOAT32', 'FLOAT16']);

/** What weights and activations are, where they are not int8; undefined where all are. */
export function precisionOf(weights: ReadonlySet<string>, activations: ReadonlySet<string>): string | undefined {
  const other = [...activations].filter((type) => type !== 'INT32' && type !== 'INT64');
  if (weights.size === 0 && other.length === 0) return undefined;
  const float = [...weights].some((type) => FLOATS.has(type));
  if (float) return `a float network (weights ${[...weights].join(', ')})`;
  if (weights.size === 0 && other.every((type) => FLOATS.has(type)))
    return 'a network with int8 weights and float activations (dynamic range)';
  return `a network with ${[...(weights.size > 0 ? [`${[...weights].join(', ')} weights`] : []), ...(other.length > 0 ? [`${other.join(', ')} activations`] : [])].join(' and ')}`;
}

const listed = (names: readonly string[]): string => `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;

/** What further subgraphs hold: nothing, or what belongs to a state or to branches. */
export function otherSubgraphs(others: Graph['others']): { readonly note?: string; readonly obstacle?: string } {
  const full = others.filter(({ operators }) => operators.length > 0);
  if (full.length > 0)
    return {
      obstacle: `${full.length === 1 ? 'a further subgraph is' : `${full.length} further subgraphs are`} not part of the table: ${listed(full.map(({ name, operators }) => `'${name}' (${listed(operators)})`))}`,
    };
  return others.length > 0
    ? { note: `${others.length === 1 ? 'an empty subgraph is' : `${others.length} empty subgraphs are`} left out` }
    : {};
}
