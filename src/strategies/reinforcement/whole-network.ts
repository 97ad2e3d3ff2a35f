/** The network that is compressed: its weights, in the order of their channels, and what pruned ones start from. */
import { fittedCodes, magnitudeMask } from '../../costs/weights/fitted-codes.ts';
import { instantiate } from '../../network/architecture.ts';
import type { Architecture, Assignment, Operation } from '../../network/types.ts';
import { taskNamed } from '../../tasks/tasks.ts';
import { outsetOf } from '../../training/outset.ts';
import type { SearchContext } from '../../training/problem.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import { inherit } from '../../training/trained/inherit.ts';
import { freshFor } from '../../training/trained/initial-tensors.ts';
import { ConcreteNetwork, type Mode } from '../../training/trained/trained-network.ts';
import type { OperationTensors } from '../../training/trained/weighted-part.ts';
import type { HostTensors } from '../../training/trainer.ts';
import { loadTensors, saveTensors, tensorsOf, type Initial } from '../space/given-weights.ts';
import type { CodesOf } from '../space/sizes-of-all.ts';
import { byImportance } from './channel-order.ts';
import { Reconstruction } from '../../training/trained/reconstruction.ts';

/** Weights as they are, norms by each batch; pruning masks hold. */
export const FLOAT: Mode = { statistics: 'batch', quantised: false, revives: true, quantisedActivations: false };

/** Integer weights that given tensors would be stored as: pruned, and on the grids that training would start from. */
export const codesOfTensors =
  (tensors: (architecture: Architecture) => Initial): CodesOf =>
  (architecture, operation) => {
    const { w } = tensors(architecture)(operation);
    return fittedCodes(w, magnitudeMask(w, operation.sparsity), operation);
  };

/** An architecture as it is trained here. */
export function concreteOf(context: SearchContext, architecture: Architecture, initial: Initial): ConcreteNetwork {
  const { training, task } = context.network.definition;
  const { weightDecay, exitLoss } = training;
  return new ConcreteNetwork(architecture, taskNamed(task), initial, weightDecay, 0, outsetOf(context), exitLoss);
}

/** What networks of the same shapes start from. */
export const initialOf =
  (tensors: HostTensors): Initial =>
  ({ id, outChannels }) => {
    const { w, beta, gamma } = tensors.get(id)!;
    return { w, beta, gamma: gamma ?? new Float32Array(outChannels).fill(1) };
  };

export class WholeNetwork {
  readonly architecture: Architecture;
  private reconstruction: Reconstruction | undefined;

  /** @param tensors of the whole network; in the order of their channels once it is trained */
  constructor(
    private readonly context: SearchContext,
    assignment: Assignment,
    private tensors: HostTensors,
  ) {
    this.architecture = instantiate(context.network, assignment);
  }

  /** Fresh weights, or those of the definition's file, where they are there. */
  static of(context: SearchContext, assignment: Assignment, host: HostTensors | undefined): WholeNetwork {
    const architecture = instantiate(context.network, assignment);
    const initial = host
      ? (operation: Operation): OperationTensors => inherit(host, architecture, operation)
      : freshFor(context);
    const whole = new WholeNetwork(context, assignment, tensorsOf(architecture, initial));
    if (host) whole.take(whole.tensors);
    return whole;
  }

  /** It has been trained: its tensors, of which the channels are put in order. */
  take(tensors: HostTensors): void {
    this.tensors = byImportance(this.architecture, tensors);
    this.reconstruction = undefined;
  }

  /** A network to train as it is. */
  concrete(): ConcreteNetwork {
    return concreteOf(this.context, this.architecture, initialOf(this.tensors));
  }

  /** What a narrower network would start from before anything is reconstructed. */
  initial(architecture: Architecture): Initial {
    return (operation) => inherit(this.tensors, architecture, operation);
  }

  /** Integer weights of narrower networks, before anything is reconstructed. */
  get codes(): CodesOf {
    return codesOfTensors((architecture) => this.initial(architecture));
  }

  /** What a narrower network starts from: the channels that count most, weights that make up for the others. */
  async pruned(architecture: Architecture): Promise<Initial> {
    const { tensors } = this;
    const reconstruction = (this.reconstruction ??= await this.sample());
    return (operation) => {
      const w = reconstruction.weights(operation.id, operation.inChannels);
      const one = { ...tensors.get(operation.id)!, w };
      return inherit(new Map([[operation.id, one]]), architecture, operation);
    };
  }

  private async sample(): Promise<Reconstruction> {
    const { dataset, seed } = this.context;
    const network = this.concrete();
    try {
      return await Reconstruction.sample(network, FLOAT, this.tensors, dataset.train, seed + 4);
    } finally {
      network.dispose();
    }
  }

  save(into: Map<string, TensorRecord>): void {
    saveTensors('whole', this.tensors, into);
  }

  static load(context: SearchContext, assignment: Assignment, from: ReadonlyMap<string, TensorRecord>): WholeNetwork {
    const architecture = instantiate(context.network, assignment);
    return new WholeNetwork(context, assignment, loadTensors('whole', architecture, from));
  }
}
