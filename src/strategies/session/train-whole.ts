/** Trains one given network whole: a search that has one choice. */
import { findTarget } from '../../targets/find-target.ts';
import { silentHooks, type SearchContext } from '../../training/problem.ts';
import type { SideJob } from '../../training/side.ts';
import { strategyWords } from '../../wire/strategies.ts';
import type { Chooser, Strategy } from '../strategy.ts';
import { SearchSession } from './search-session.ts';
import { WHOLE, type WholeAnswer, type WholeNews, type WholeOrder } from './whole-order.ts';

/** Comes to one architecture, which is known. */
function only({ assignment, logits, fixed, initial }: WholeOrder): Strategy {
  const chooser: Chooser = {
    inherits: false,
    range: { smallest: 0, largest: 0 },
    logits,
    prepare: () => Promise.resolve(),
    propose: () => Promise.resolve({ candidates: [{ assignment, origin: { kind: 'choice' } }], race: false, fixed }),
    variant: () => Promise.resolve(undefined),
    exactBytes: () => Promise.resolve(0),
    initial: () => (operation) => initial.get(operation.id)!,
    save: () => Promise.resolve({}),
    dispose: () => undefined,
  };
  return {
    ...strategyWords('random'),
    curves: () => [],
    stages: () => [],
    plan: () => ({ networks: 1, racers: 1 }),
    create: () => Promise.resolve(chooser),
    restore: () => chooser,
  };
}

export const TRAIN_WHOLE: SideJob<WholeOrder, WholeNews, WholeAnswer> = {
  ...WHOLE,
  async run(order, { dataset, tell, breathe }) {
    const { network, whole, target, limits, seed, teacher, sampleWeights } = order;
    const context: SearchContext = {
      network,
      whole,
      dataset,
      target: findTarget(target),
      limits,
      seed,
      backend: { name: '', reason: '' },
      ...(teacher && { teacher }),
      ...(sampleWeights && { sampleWeights }),
    };
    const session = await SearchSession.create(context, only(order));
    let file = new Uint8Array();
    const result = await session.run({
      ...silentHooks(new AbortController().signal),
      emit: async (event) => {
        await breathe();
        tell({ event });
      },
      stepped: (loss) => {
        tell({ loss });
      },
      keep: (_, bytes) => {
        file = Uint8Array.from(bytes);
        return Promise.resolve();
      },
    });
    return { result: result.networks[0], file, validationLoss: session.validationLosses[0]! };
  },
};
