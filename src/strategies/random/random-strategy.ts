/**
 * Random search: architectures drawn within the limits, each trained whole; the best on the validation part comes
 * first.
 */
import { strategyWords } from '../../wire/strategies.ts';
import { mutate } from '../space/decode.ts';
import { atMost, type Field } from '../space/candidates.ts';
import { drawn, UntrainedChooser, type Untrained } from '../space/untrained-chooser.ts';
import type { Costs, Proposal, Strategy } from '../strategy.ts';
import { raceSteps } from '../session/race.ts';

/** Any option of each decision, then random changes until it fits. */
function draw({ scores, constraint, random, network }: Field): number[] | undefined {
  const any = network.decisions.map((_, d) => {
    const allowed = scores.allowed[d]!.flatMap((ok, k) => (ok ? [k] : []));
    return allowed[random.integer(allowed.length)]!;
  });
  return mutate(scores, constraint, any, 0, random);
}

/** As many whole trainings as the steps of a UDC search of this definition pay for. */
function networksFor({ before, after, race, network }: Costs): number {
  if (after === 0) return 1;
  return atMost(Math.max(1, Math.floor((before + raceSteps(after, race) + after) / after)), network);
}

const proposing =
  (costs: Costs) =>
  (untrained: Untrained): Proposal => ({
    candidates: drawn(untrained, networksFor(costs), draw).map((assignment) => ({
      assignment,
      origin: { kind: 'draw' },
    })),
    race: false,
  });

export const random: Strategy = {
  ...strategyWords('random'),
  curves: () => [],
  shown: 1,
  stages: () => [],
  plan: (costs) => ({ networks: networksFor(costs), racers: 1 }),
  create: (context, costs) => Promise.resolve(new UntrainedChooser(context, proposing(costs))),
  restore: (context, costs, state) => new UntrainedChooser(context, proposing(costs), state),
};
