/**
 * Evolution by training alone: a race between drawn architectures and offspring of the best, without shared weights.
 */
import { architectureKey } from '../../network/architecture.ts';
import type { Assignment } from '../../network/types.ts';
import { strategyWords } from '../../wire/strategies.ts';
import { atMost, draws, rulesOfThumb, type Field } from '../space/candidates.ts';
import { drawn, UntrainedChooser, type Untrained } from '../space/untrained-chooser.ts';
import type { Costs, Proposed, Strategy } from '../strategy.ts';
import { raceSteps } from '../session/race.ts';

const MOST = 256;

/** The most racers whose race takes no more steps than those of `warmup` and `search` and the race of UDC together. */
function racersFor({ before, after, race, network }: Costs): number {
  const pays = before + raceSteps(after, race);
  let racers = 2;
  while (raceSteps(after, racers + 1) <= pays && racers < MOST) racers++;
  return after === 0 ? 1 : atMost(racers, network);
}

/** Rules of thumb first, then draws: a quarter and the rest. */
function propose(untrained: Untrained, count: number): Proposed[] {
  const found = new Map<string, Proposed>();
  const add = (assignment: Assignment, kind: 'rule' | 'draw'): void => {
    const key = architectureKey(untrained.context.network, assignment);
    if (!found.has(key)) found.set(key, { assignment, origin: { kind } });
  };
  for (const rule of rulesOfThumb(untrained.field()).slice(0, Math.ceil(count / 4))) {
    const fitting = untrained.fit(rule);
    if (fitting) add(fitting, 'rule');
  }
  const draw = (field: Field): number[] | undefined => draws(field, 1, 0)[0];
  for (const assignment of drawn(untrained, count, draw)) if (found.size < count) add(assignment, 'draw');
  return [...found.values()];
}

const chooser = (costs: Costs) => (untrained: Untrained) => ({
  candidates: propose(untrained, racersFor(costs)),
  race: true,
});

const RACE = {
  id: 'race',
  title: 'Evolution',
  about: 'Trains candidates a little each; the best go on and have offspring, one wins.',
  epochs: 0,
  deciding: false,
};

export const evolution: Strategy = {
  ...strategyWords('evolution'),
  curves: () => [],
  shown: 1,
  stages: ({ architectures }) => (architectures > 1n ? [RACE] : []),
  plan: (costs) => ({ networks: 1, racers: racersFor(costs) }),
  create: (context, costs) => Promise.resolve(new UntrainedChooser(context, chooser(costs))),
  restore: (context, costs, state) => new UntrainedChooser(context, chooser(costs), state),
};
