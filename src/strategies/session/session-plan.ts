/** The stages and steps of a search, as its strategy and its definition lay them out before it begins. */
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
  readonly costs: Costs;
  /** Epochs before anything is proposed, and of the stages that each chosen network goes through. */
  readonly epochsBefore: number;
  readonly epochsAfter: number;
  readonly totalEpochs: number;
  /** Steps of the epochs after, and of the race. */
  readonly stepsAfter: number;
  readonly stepsOfRace: number;

  /** @param perEpoch steps of an epoch */
  constructor(
    network: Network,
    strategy: Strategy,
    readonly perEpoch: number,
  ) {
    const { training } = network.definition;
    this.ownStages = strategy.stages(training);
    this.epochsBefore = totalEpochs({ stages: this.ownStages });
    this.epochsAfter = totalEpochs({ stages: trainedStages(training) });
    this.stepsAfter = this.epochsAfter * perEpoch;
    this.costs = {
      before: (training.warmup + training.search) * perEpoch,
      after: this.stepsAfter,
      race: training.race,
      network,
    };
    const { networks, racers } = strategy.plan(this.costs);
    this.networks = networks;
    const steps = raceSteps(this.stepsAfter, racers);
    this.stepsOfRace = steps;
    const before = this.ownStages.map((stage) =>
      stage.epochs === 0 && stage.id === 'race' ? { ...stage, steps } : stage,
    );
    this.stages = [...before, ...trainedStages(training, networks)];
    this.totalEpochs = totalEpochs(this);
  }

  /** First epoch of a network by its place among those that are trained. */
  firstEpoch(index: number): number {
    return this.epochsBefore + index * this.epochsAfter;
  }

  /** @throws Error past the last epoch */
  stageOf(epoch: number): StageHeader {
    let before = 0;
    const found = this.stages.find(({ epochs }) => {
      before += epochs;
      return epoch < before;
    });
    if (!found) throw new Error(`epoch ${epoch} is past the end`);
    return found;
  }

  /** Where candidates come up: at the end of what the strategy trains, or else where they are trained. */
  stageOfProposal(races: boolean): string {
    const { stages, epochsBefore } = this;
    if (epochsBefore > 0) return this.stageOf(epochsBefore - 1).id;
    const [first] = races ? stages : stages.filter(({ epochs }) => epochs > 0);
    return (first ?? stages[0])?.id ?? '';
  }
}
