/**
 * A network of given limits from weights that another run has trained: the best by its predictor, cut out, and as it is
 * or tuned for a few epochs. Not one of the strategies that definitions name: it needs such a run.
 */
import { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import { between, type Between } from '../../network/narrowed.ts';
import type { Architecture, Assignment, Network, Operation } from '../../network/types.ts';
import { SharedFileError, type SearchContext } from '../../training/problem.ts';
import { inherit } from '../../training/trained/inherit.ts';
import type { OperationTensors } from '../../training/trained/weighted-part.ts';
import type { StageHeader } from '../../wire/run.ts';
import { strategyWords } from '../../wire/strategies.ts';
import type { Chooser, Proposal, Strategy } from '../strategy.ts';
import type { Foretelling } from './predictor.ts';
import { SharedChoice } from './shared-choice.ts';
import { unpackShared, type Shared } from './shared-file.ts';
import { SharedJudge } from './shared-judge.ts';

const STAGE: StageHeader = {
  id: 'specialise',
  title: 'Specialise',
  about: 'Finds the best architecture within the limits by the predictor, and measures the first few.',
  epochs: 0,
  deciding: false,
};

/** Few epochs come further at a higher learning rate: up to `most` times the definition's; from `epochs` on its own. */
const HASTE = { most: 2, epochs: 8 };

/** The definition's network, to be trained in the chip's arithmetic for so many epochs and in no other. */
export function tuned(network: Network, epochs: number): Network {
  const { training } = network.definition;
  const haste = epochs === 0 ? 1 : Math.min(HASTE.most, Math.max(1, HASTE.epochs / epochs));
  const learningRate = Math.min(1, haste * training.learningRate);
  const short = { ...training, learningRate, sparsify: 0, settle: epochs };
  return { ...network, definition: { ...network.definition, training: short } };
}

/** What is known of the whole space, of architectures of a part. */
function inPart(
  { predictor, founders }: Shared,
  { whole, nearest }: Between,
): Pick<Shared, 'founders'> & { readonly predictor: Foretelling } {
  return {
    predictor: {
      loss: (assignment: Assignment) => predictor.loss(whole(assignment)),
      metric: (assignment: Assignment) => predictor.metric(whole(assignment)),
    },
    founders: founders.map(nearest),
  };
}

/**
 * @param bytes the file of shared weights, or why it cannot be read: it is needed until the network is chosen
 * @param of the space that the weights are of, where what is looked for is within a part of it
 */
export function specialiser(bytes: Uint8Array | SharedFileError, of?: Network): Strategy {
  const open = (context: SearchContext): Chooser => {
    if (bytes instanceof SharedFileError) throw bytes;
    const { network, target, limits } = context;
    const whole = of ?? network;
    const shared = unpackShared({ network: whole }, bytes);
    const { predictor, founders } = of ? inPart(shared, between(whole, network)) : shared;
    const size = new SizeExpression(network, target);
    let ready: { readonly judge: SharedJudge; readonly choice: SharedChoice } | undefined;
    return {
      inherits: true,
      inheritedSteps: shared.steps,
      range: { smallest: Math.round(size.smallest().bytes), largest: Math.round(size.largest().bytes) },
      logits: network.decisions.map(({ labels }) => labels.map(() => 0)),
      prepare: async () => {
        const judge = await SharedJudge.create(context, shared.host);
        ready = { judge, choice: new SharedChoice(context, shared.host, predictor, judge, size) };
      },
      propose: async (breathe): Promise<Proposal> => ({
        ...(await ready!.choice.propose(limits, founders, breathe)),
        race: false,
        // Bits and sparsities stay as they are: nothing is trained, or little.
        fixed: true,
      }),
      variant: () => Promise.resolve(undefined),
      exactBytes: (assignment) => Promise.resolve(ready!.choice.exactBytes(assignment)),
      initial:
        (architecture: Architecture) =>
        (operation: Operation): OperationTensors =>
          inherit(shared.host, architecture, operation),
      save: () => Promise.resolve({}),
      dispose: () => {
        ready?.judge.dispose();
      },
    };
  };
  return {
    ...strategyWords('once-for-all'),
    curves: () => [],
    stages: () => [STAGE],
    plan: () => ({ networks: 1, racers: 1 }),
    create: (context) => Promise.resolve(open(context)),
    restore: (context) => open(context),
  };
}
