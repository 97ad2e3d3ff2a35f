/** The stages and steps of a search as its strategy and definition lay them out, or as they were shortened since. */
import type { Network } from '../../network/types.ts';
import type { StageHeader } from '../../wire/run.ts';
import { totalEpochs } from '../../wire/stages.ts';
import type { Costs, Strategy } from '../strategy.ts';
import { raceSteps } from './race.ts';
import { trainedStages } from './trained-stage.ts';

export class SessionPlan {
  /** How many networks the strategy has trained whole. */
  readonly networks: number;
  readonly stages: readonly StageHeader[];
  /** Of the strategy alone. */
  readonly ownStages: readonly StageHeader[];
  /** As the definition lays it out. */
  readonly costs: Costs;
  /** Epochs before anything is proposed. */
  readonly epochsBefore: number;
  readonly totalEpochs: number;
  readonly stepsOfRace: number;
  /** Stages that each chosen network goes through. */
  private readonly stagesEach: number;

  /**
   * @param perEpoch steps of an epoch
   * @param lengths epochs of all stages, where they are not those of the definition
   */
  constructor(
    network: Network,
    strategy: Strategy,
    readonly perEpoch: number,
    lengths?: readonly number[],
  ) {
    const { training } = network.definition;
    const own = strategy.stages(network);
    const each = trainedStages(training);
    this.stagesEach = each.length;
    this.costs = {
      before: (training.warmup + training.search) * perEpoch,
      after: totalEpochs({ stages: each }) * perEpoch,
      race: training.race,
      network,
    };
    const { networks, racers } = strategy.plan(this.costs);
    this.networks = networks;
    const laidOut = [...own, ...trainedStages(training, networks)];
    const stages = lengths ? laidOut.map((stage, i) => ({ ...stage, epochs: lengths[i]! })) : laidOut;
    const afterwards = totalEpochs({ stages: stages.slice(own.length, own.length + each.length) });
    const steps = raceSteps(afterwards * perEpoch, racers);
    this.stepsOfRace = steps;
    this.stages = stages.map((stage, i) =>
      i < own.length && stage.epochs === 0 && stage.id === 'race' ? { ...stage, steps } : stage,
    );
    this.ownStages = this.stages.slice(0, own.length);
    this.epochsBefore = totalEpochs({ stages: this.ownStages });
    this.totalEpochs = totalEpochs(this);
  }

  /** Stages of a network by its place among those that are trained: the first, and the one after its last. */
  stagesOf(index: number): readonly [from: number, to: number] {
    const from = this.ownStages.length + index * this.stagesEach;
    return [from, from + this.stagesEach];
  }

  /** Epochs and steps of such a network. */
  epochsOf(index: number): number {
    return totalEpochs({ stages: this.stages.slice(...this.stagesOf(index)) });
  }
  stepsOf(index: number): number {
    return this.epochsOf(index) * this.perEpoch;
  }

  /** First epoch of such a network. */
  firstEpoch(index: number): number {
    const [from] = this.stagesOf(index);
    return totalEpochs({ stages: this.stages.slice(0, from) });
  }

  /** Epochs up to the end of a stage by its place. */
  endOf(stage: number): number {
    return totalEpochs({ stages: this.stages.slice(0, stage + 1) });
  }

  /** Place of the stage that an epoch is in. @throws Error past the last epoch */
  indexOf(epoch: number): number {
    let before = 0;
    const found = this.stages.findIndex(({ epochs }) => {
      before += epochs;
      return epoch < before;
    });
    if (found < 0) throw new Error(`epoch ${epoch} is past the end`);
    return found;
  }

  /** @throws Error past the last epoch */
  stageOf(epoch: number): StageHeader {
    return this.stages[this.indexOf(epoch)]!;
  }

  /** Where candidates come up: at the end of what the strategy trains, or else where they are trained. */
  stageOfProposal(races: boolean): string {
    const { stages, epochsBefore } = this;
    if (epochsBefore > 0) return this.stageOf(epochsBefore - 1).id;
    const [first] = races ? stages : stages.filter(({ epochs }) => epochs > 0);
    return (first ?? stages[0])?.id ?? '';
  }
}
