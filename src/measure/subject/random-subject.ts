/** The network of a definition that has no weights yet, to be measured. */
import { quantise } from '../../integer/quantise-network.ts';
import { instantiate } from '../../network/architecture.ts';
import { largestOption } from '../../network/largest-option.ts';
import type { Network } from '../../network/types.ts';
import { withRandomWeights } from './random-weights.ts';
import { subjectOf, type Subject } from './subject.ts';

/** Of a space its architecture with the largest option of every choice, and weights from a seed. */
export const randomSubject = (name: string, network: Network): Subject =>
  subjectOf({
    name,
    network: quantise(withRandomWeights(instantiate(network, network.decisions.map(largestOption)))),
    weights: 'random',
  });
