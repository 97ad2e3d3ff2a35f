/** A definition with `ensemble:` as one of a single network. */
import type { Network } from './types.ts';

/** The same space; whoever searches it looks for one network. */
export function withoutEnsemble(network: Network): Network {
  const { ensemble, ...definition } = network.definition;
  return ensemble ? { ...network, definition } : network;
}
