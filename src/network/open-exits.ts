/**
 * Early exits that may be left out (`exit | skip`): they stand while networks are searched and trained, since no loss
 * of the network's end says what they are worth; of a trained network it is measured which of them stay.
 */
import { isExit } from './layer-graph.ts';
import { narrowed } from './narrowed.ts';
import type { Network } from './types.ts';

/** The layers of such exits, ascending. */
export const openExits = ({ layers }: Pick<Network, 'layers'>): readonly number[] =>
  layers.flatMap(({ spec }, layer) => (isExit(spec) && spec.op.options.includes('skip') ? [layer] : []));

/** The network with all of them standing; the one that was given where there is none. */
export function withExits(network: Network): Network {
  if (openExits(network).length === 0) return network;
  const kept = network.decisions.map((decision) => {
    const stands = decision.kind === 'operator' && decision.options.includes('exit') ? decision.options : undefined;
    return decision.labels.map((_, k) => stands === undefined || stands[k] === 'exit');
  });
  return narrowed(network, kept);
}
